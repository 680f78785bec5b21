package keyring

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

// KeyInfo is what the index says of an access key, so that the key itself need not be read.
type KeyInfo struct {
	Name       string    `json:"name"`
	ID         string    `json:"id"`
	User       string    `json:"user,omitempty"`
	Account    string    `json:"account,omitempty"`
	MFASerial  string    `json:"mfa_serial,omitempty"`
	LastCode   string    `json:"last_code,omitempty"` // hash of the serial and the code last used
	LastCodeAt time.Time `json:"last_code_at,omitzero"`
	Created    time.Time `json:"created,omitzero"`
}

// index maps key names to what is known of them.
type index map[string]KeyInfo

const indexName = "index"

func (k *Keyring) indexPath() string { return filepath.Join(k.o.Dir, indexName) }

// loadIndex reads the index; one that is lost, torn or foreign is empty, to be
// filled again from the keychain. It does so before the sealing key is read: a
// machine without an index needs no keychain to say so.
func (k *Keyring) loadIndex(ctx context.Context) (index, error) {
	sealed, err := safefile.Read(k.indexPath(), sealedMax)
	if err != nil {
		return index{}, nil
	}
	data, err := k.unsealed(ctx, sealIndex, indexName, sealed)
	if err != nil {
		return nil, err
	}
	idx := index{}
	if data == nil || json.Unmarshal(data, &idx) != nil {
		return index{}, nil
	}
	return idx, nil
}

// editIndex changes the index as its only writer.
func (k *Keyring) editIndex(ctx context.Context, edit func(index) error) error {
	key, err := k.keyOrNew(ctx) // before the lock: a person may be asked
	if err != nil {
		return err
	}
	return k.exclusive(ctx, indexName, func() error {
		idx, err := k.loadIndex(ctx)
		if err != nil {
			return err
		}
		if err := edit(idx); err != nil {
			return err
		}
		return k.saveIndex(key, idx)
	})
}

func (k *Keyring) saveIndex(key []byte, idx index) error {
	data, err := json.Marshal(idx)
	if err != nil {
		return err
	}
	sealed, err := seal(key, sealIndex, indexName, data)
	if err != nil {
		return err
	}
	return safefile.Write(k.indexPath(), sealed, 0o600)
}

// sorted returns the entries by name.
func (idx index) sorted() []KeyInfo {
	var infos []KeyInfo
	for _, name := range slices.Sorted(maps.Keys(idx)) {
		infos = append(infos, idx[name])
	}
	return infos
}

func infoOf(e envelope) KeyInfo {
	return KeyInfo{Name: e.Name, ID: e.KeyID, User: e.User, Account: e.Account, MFASerial: e.MFASerial, Created: e.Created}
}
