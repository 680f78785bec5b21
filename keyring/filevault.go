package keyring

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/safefile"
)

const (
	fileItemMax     = 64 << 10
	newFolderPrefix = ".new-"
	passphraseTries = 3
)

// fileVault is the library's file backend, mended. The library writes in place
// and unlocked, follows links, accepts open folders, and takes any passphrase,
// also an empty or a mistyped one, for a new item. Here the library encrypts into
// a temporary folder of our own and the result is renamed into place, under a
// lock; a passphrase must open an item that is there before it may close another.
type fileVault struct {
	dir    string
	limit  time.Duration
	preset Secret
	ask    func(context.Context, PassphraseAsk) (string, error)

	mu         sync.Mutex
	passphrase Secret // opened an item, or was chosen for the first one
}

func (v *fileVault) get(ctx context.Context, name string) ([]byte, error) {
	token, err := v.token(name)
	if err != nil {
		return nil, v.named("read", err)
	}
	var data []byte
	err = v.unlock(ctx, func(passphrase Secret) error {
		data, err = v.decrypt(token, passphrase)
		if errors.Is(err, ErrWrongPassphrase) && v.opensOther(ctx, name, passphrase) {
			return ErrDamaged
		}
		return err
	})
	return data, v.named("read", err)
}

// token returns an item's file taken apart. Errors: those of read, ErrForged, ErrDamaged.
func (v *fileVault) token(name string) (jwe, error) {
	data, err := v.read(name)
	if err != nil {
		return jwe{}, err
	}
	return parseJWE(data)
}

// decrypt opens a token and returns the item's content.
func (v *fileVault) decrypt(token jwe, passphrase Secret) ([]byte, error) {
	data, err := token.open(passphrase)
	if errors.Is(err, ErrWrongPassphrase) {
		return nil, &PassphraseError{Dir: v.dir, Err: err}
	}
	if err != nil {
		return nil, err
	}
	var item keyring.Item
	if json.Unmarshal(data, &item) != nil {
		return nil, ErrDamaged
	}
	return item.Data, nil
}

// read returns an item's file, refusing links and open permissions. A folder that is not there holds nothing.
func (v *fileVault) read(name string) ([]byte, error) {
	if err := safefile.Private(v.dir); err != nil {
		return nil, err
	}
	path := filepath.Join(v.dir, name)
	if err := safefile.Private(path); err != nil {
		return nil, err
	}
	return safefile.Read(path, fileItemMax)
}

// has says that an item's file is there, without opening it.
func (v *fileVault) has(name string) bool {
	_, err := os.Lstat(filepath.Join(v.dir, name))
	return err == nil
}

func (v *fileVault) set(ctx context.Context, name, label string, data []byte) error {
	passphrase, err := v.writable(ctx) // outside the lock: a person may be asked
	if err != nil {
		return v.named("write", err)
	}
	return v.locked(ctx, func() error {
		if err := v.prove(ctx, passphrase); err != nil {
			return err
		}
		token, err := v.encrypt(ctx, keyring.Item{Key: name, Label: label, Data: data}, passphrase)
		if err != nil {
			return v.named("write", err)
		}
		return v.named("write", safefile.Write(filepath.Join(v.dir, name), token, 0o600))
	})
}

// encrypt has the library write the item into a folder of its own, and reads it back.
func (v *fileVault) encrypt(ctx context.Context, item keyring.Item, passphrase Secret) (data []byte, err error) {
	temp, err := os.MkdirTemp(v.dir, newFolderPrefix)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	config := libraryConfig(File, serviceName)
	config.FileDir = temp
	config.FilePasswordFunc = func(string) (string, error) { return passphrase.Reveal(), nil }
	library := &library{backend: File, limit: v.limit, config: config}
	if err := library.set(ctx, item.Key, item.Label, item.Data); err != nil {
		return nil, err
	}
	data, err = safefile.Read(filepath.Join(temp, item.Key), fileItemMax)
	if err != nil {
		return nil, err
	}
	return data, v.readsBack(data, item, passphrase)
}

// readsBack wants what the library wrote to be what this package reads.
func (v *fileVault) readsBack(data []byte, item keyring.Item, passphrase Secret) error {
	token, err := parseJWE(data)
	if err != nil {
		return err
	}
	back, err := v.decrypt(token, passphrase)
	if err == nil && !bytes.Equal(back, item.Data) {
		err = errors.New("read back something else than was written")
	}
	return err
}

func (v *fileVault) remove(ctx context.Context, name string) error {
	if _, err := v.read(name); errors.Is(err, fs.ErrNotExist) {
		return errNoItem
	}
	return v.locked(ctx, func() error {
		if _, err := v.read(name); err != nil {
			return v.named("remove", err)
		}
		return v.named("remove", os.Remove(filepath.Join(v.dir, name)))
	})
}

func (v *fileVault) names(context.Context) ([]string, error) {
	err := safefile.Private(v.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, v.named("list", err)
	}
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, v.named("list", err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return ours(names), nil
}

// locked runs change as the folder's only writer, after clearing what killed writers left.
func (v *fileVault) locked(ctx context.Context, change func() error) error {
	if v.dir == "" {
		return &UnavailableError{Backend: File, Reason: "no folder was given for it"}
	}
	if err := safefile.Dir(v.dir); err != nil {
		return v.named("open", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*v.limit)
	defer cancel()
	lock, err := safefile.Acquire(ctx, filepath.Join(v.dir, ".lock"))
	if err != nil {
		return v.named("lock", err)
	}
	defer lock.Release()
	if err := v.sweep(); err != nil {
		return v.named("clean", err)
	}
	return change()
}

func (v *fileVault) sweep() error {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), newFolderPrefix) {
			errs = append(errs, os.RemoveAll(filepath.Join(v.dir, entry.Name())))
		}
	}
	return errors.Join(append(errs, safefile.Sweep(v.dir, 0, time.Now()))...)
}

// named puts the backend's name on an error that has none.
func (v *fileVault) named(op string, err error) error {
	var passphrase *PassphraseError
	var timeout *TimeoutError
	var backend *BackendError
	if errors.As(err, &passphrase) || errors.As(err, &timeout) || errors.As(err, &backend) {
		return err
	}
	return named(File, op, err)
}
