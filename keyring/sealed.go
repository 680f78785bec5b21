package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

const sealedMax = 4 << 20

// idMax is the length in bytes of the longest identity.
const idMax = 128

// validID says that id may name a sealed file or a lock, on any file system.
func validID(id string) bool {
	if id == "" || len(id) > idMax || id[0] == '.' {
		return false
	}
	for _, c := range []byte(id) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// IDError says that an identity cannot name a file.
type IDError struct{ ID string }

func (e *IDError) Error() string {
	return fmt.Sprintf("%q cannot name a session: letters, digits, dot, dash and underscore, at most %d", e.ID, idMax)
}

// Load returns the data saved under id. A file that is not there, torn, foreign,
// or sealed with another key is a miss: nil and no error. The errors are those of
// reading the sealing key.
func (k *Keyring) Load(ctx context.Context, id string) ([]byte, error) {
	if !validID(id) {
		return nil, &IDError{ID: id}
	}
	sealed, err := safefile.Read(filepath.Join(k.o.Dir, "sealed", id), sealedMax)
	if err != nil {
		return nil, nil
	}
	return k.unsealed(ctx, sealSession, id, sealed)
}

// unsealed opens sealed, or returns nil.
func (k *Keyring) unsealed(ctx context.Context, kind sealKind, id string, sealed []byte) ([]byte, error) {
	key, err := k.key(ctx)
	if errors.Is(err, errNoSealingKey) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := unseal(key, kind, id, sealed)
	if err != nil {
		return nil, nil
	}
	return data, nil
}

// Save seals data under id, replacing what was there, and returns when it is on the disk.
func (k *Keyring) Save(ctx context.Context, id string, data []byte) error {
	if !validID(id) {
		return &IDError{ID: id}
	}
	key, err := k.keyOrNew(ctx)
	if err != nil {
		return err
	}
	sealed, err := seal(key, sealSession, id, data)
	if err != nil {
		return err
	}
	dir, err := k.dir("sealed")
	if err != nil {
		return err
	}
	if err := k.sweep(dir, time.Now()); err != nil {
		return err
	}
	return safefile.Write(filepath.Join(dir, id), sealed, 0o600)
}

// Delete forgets what is saved under id. Nothing there is no error.
func (k *Keyring) Delete(_ context.Context, id string) error {
	if !validID(id) {
		return &IDError{ID: id}
	}
	return ignoreMissing(os.Remove(filepath.Join(k.o.Dir, "sealed", id)))
}

// IDs lists what is saved, readable or not.
func (k *Keyring) IDs(context.Context) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(k.o.Dir, "sealed"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && validID(entry.Name()) {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}
