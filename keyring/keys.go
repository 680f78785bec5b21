package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// AccessKey is a long-lived key as a person or IAM hands it over.
type AccessKey struct {
	Name      string // what the person calls it
	ID        string // AKIA…
	Secret    Secret
	Account   string // 12 digits, "" when unknown
	User      string // the IAM user's name, "" when unknown
	MFASerial string // "" when unknown or none
	Created   time.Time
}

func (a AccessKey) envelope() envelope {
	return envelope{Kind: KindAccessKey, Name: a.Name, KeyID: a.ID, Account: a.Account, User: a.User,
		MFASerial: a.MFASerial, Created: a.Created, Secret: a.Secret.Reveal()}
}

// Add stores a key, replacing one of its name, and reads it back. Killed at any
// moment, the old key or the new one is there.
func (k *Keyring) Add(ctx context.Context, a AccessKey) error {
	if a.Name == "" || a.ID == "" || a.Secret.IsZero() {
		return errors.New("an access key needs a name, an id and a secret")
	}
	v, err := k.open(ctx)
	if err != nil {
		return err
	}
	if k.backend == KeyCtl && !k.o.Volatile {
		return &VolatileError{Op: "add"}
	}
	return k.exclusive(ctx, "keys", func() error { return k.put(ctx, v, a.envelope()) })
}

// put writes the item between forgetting and learning what the index says of it,
// so that the index never names another key than the keychain holds.
func (k *Keyring) put(ctx context.Context, v vault, e envelope) error {
	if err := k.editIndex(ctx, func(idx index) error { delete(idx, e.Name); return nil }); err != nil {
		return err
	}
	if err := k.putProven(ctx, v, e); err != nil {
		return err
	}
	return k.editIndex(ctx, func(idx index) error { idx[e.Name] = infoOf(e); return nil })
}

// putProven writes the item and compares what is read back.
func (k *Keyring) putProven(ctx context.Context, v vault, e envelope) error {
	if err := writeItem(ctx, v, e); err != nil {
		return err
	}
	back, err := readItem(ctx, v, k.backend, e.Kind, e.Name)
	if errors.Is(err, errNoItem) {
		err = errors.New("it is not there")
	}
	if err == nil && back.Secret == e.Secret && back.KeyID == e.KeyID {
		return nil
	}
	if err == nil {
		err = errors.New("it is another one")
	}
	return &BackendError{Backend: k.backend, Op: "write", Err: fmt.Errorf("reading %s %q back: %w", e.Kind, e.Name, err)}
}

// Remove deletes a key. NotFoundError when there is none.
func (k *Keyring) Remove(ctx context.Context, name string) error {
	v, err := k.open(ctx)
	if err != nil {
		return err
	}
	return k.exclusive(ctx, "keys", func() error {
		err := v.remove(ctx, itemName(KindAccessKey, name))
		missing := errors.Is(err, errNoItem)
		if err != nil && !missing {
			return err
		}
		idx, err := k.loadIndex(ctx)
		if err != nil {
			return err
		}
		if _, known := idx[name]; known {
			return k.editIndex(ctx, func(idx index) error { delete(idx, name); return nil })
		}
		if missing {
			return &NotFoundError{Name: name, Backend: k.backend}
		}
		return nil
	})
}

// Info says what is known of a key, from the index; from the key itself when the
// index does not know it, which then learns it. NotFoundError when there is none.
func (k *Keyring) Info(ctx context.Context, name string) (KeyInfo, error) {
	idx, err := k.loadIndex(ctx)
	if err != nil {
		return KeyInfo{}, err
	}
	if info, ok := idx[name]; ok {
		return info, nil
	}
	e, err := k.accessKey(ctx, name)
	if err != nil {
		return KeyInfo{}, err
	}
	return infoOf(e), k.editIndex(ctx, func(idx index) error { idx[name] = infoOf(e); return nil })
}

// accessKey reads the key itself. NotFoundError, ItemError.
func (k *Keyring) accessKey(ctx context.Context, name string) (envelope, error) {
	v, err := k.open(ctx)
	if err != nil {
		return envelope{}, err
	}
	e, err := readItem(ctx, v, k.backend, KindAccessKey, name)
	if errors.Is(err, errNoItem) {
		return envelope{}, &NotFoundError{Name: name, Backend: k.backend}
	}
	return e, err
}

// Update edits what the index says of a key. NotFoundError when there is none.
func (k *Keyring) Update(ctx context.Context, name string, edit func(*KeyInfo)) error {
	if _, err := k.Info(ctx, name); err != nil {
		return err
	}
	return k.editIndex(ctx, func(idx index) error {
		info, ok := idx[name]
		if !ok {
			return &NotFoundError{Name: name, Backend: k.backend}
		}
		edit(&info)
		idx[name] = info
		return nil
	})
}
