package keyring

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// sealingName is the name of the one item of KindSealing.
const sealingName = "sealing key"

// errNoSealingKey says that no sealing key was made yet, or that it was lost.
var errNoSealingKey = errors.New("no sealing key")

// UnlockError says that a passphrase was being asked by another process, and what came of it.
type UnlockError struct{ Outcome string }

func (e *UnlockError) Error() string {
	return "another secaws was asking for the passphrase of the keychain (file): " + e.Outcome
}

// Hint names the way out.
func (e *UnlockError) Hint() string { return "run it again, to be asked here" }

// key returns the sealing key: from the kernel's hold, else from the backend,
// once a process. errNoSealingKey when there is none.
func (k *Keyring) key(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sealing != nil {
		return k.sealing[:], nil
	}
	v, err := k.opened(ctx)
	if err != nil {
		return nil, err
	}
	if k.fromHold(v) {
		return k.sealing[:], nil
	}
	if f, ok := v.(*fileVault); ok && f.mustAsk() {
		return k.askedKey(ctx, v)
	}
	return k.takeKey(ctx, v)
}

// fromHold takes the sealing key that the kernel holds, if it holds it and the
// file it came from was not removed since. Needs k.mu.
func (k *Keyring) fromHold(v vault) bool {
	place, held := k.hold()
	if !held {
		return false
	}
	if f, ok := v.(*fileVault); ok && !f.has(itemName(KindSealing, sealingName)) {
		return false
	}
	key := place.read()
	if key == nil {
		return false
	}
	k.sealing = (*[sealingKeySize]byte)(key)
	return true
}

// askedKey reads the sealing key where a person must be asked for it, one process
// at a time: those who wait take it from the hold, or fail as the first one did.
// Needs k.mu.
func (k *Keyring) askedKey(ctx context.Context, v vault) (key []byte, err error) {
	release, previous, err := k.Lock(ctx, "passphrase", func(holder string) {
		k.notice("waiting for the passphrase that another secaws is asking for (" + holder + ")")
	})
	if err != nil {
		return nil, err
	}
	if previous != "" {
		return nil, errors.Join(&UnlockError{Outcome: previous}, release(previous))
	}
	defer func() { err = errors.Join(err, release(outcome(err))) }()
	if k.fromHold(v) {
		return k.sealing[:], nil
	}
	return k.takeKey(ctx, v)
}

// outcome is what those who wait are told: not being there is no failure.
func outcome(err error) string {
	if err == nil || errors.Is(err, errNoSealingKey) {
		return ""
	}
	return err.Error()
}

// takeKey reads the sealing key from the backend and keeps it. Needs k.mu.
func (k *Keyring) takeKey(ctx context.Context, v vault) ([]byte, error) {
	key, err := readSealing(ctx, v, k.backend)
	if err != nil {
		return nil, err
	}
	return k.keep(key), nil
}

// keep remembers key for this process and, where that is wanted, in the kernel; and
// the backend, now that it has proved to work. Needs k.mu.
func (k *Keyring) keep(key []byte) []byte {
	k.sealing = (*[sealingKeySize]byte)(key)
	if err := k.remember(); err != nil {
		k.notice("the choice of a keychain could not be remembered: " + err.Error())
	}
	if place, held := k.hold(); held {
		if err := place.write(key); err != nil {
			k.notice("the kernel does not hold the sealing key, each run will ask: " + err.Error())
		}
	}
	return key
}

func readSealing(ctx context.Context, v vault, backend string) ([]byte, error) {
	e, err := readItem(ctx, v, backend, KindSealing, sealingName)
	if errors.Is(err, errNoItem) {
		return nil, errNoSealingKey
	}
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(e.Secret)
	if err != nil || len(key) != sealingKeySize {
		return nil, &ItemError{Backend: backend, Kind: KindSealing, Name: sealingName,
			Item: itemName(KindSealing, sealingName), Err: ErrDamaged}
	}
	return key, nil
}

// keyOrNew is key, and makes the sealing key when there is none.
func (k *Keyring) keyOrNew(ctx context.Context) ([]byte, error) {
	key, err := k.key(ctx)
	if !errors.Is(err, errNoSealingKey) {
		return key, err
	}
	err = k.exclusive(ctx, "sealing-key", func() error {
		k.mu.Lock()
		defer k.mu.Unlock()
		key, err = k.makeKey(ctx)
		return err
	})
	return key, err
}

// makeKey makes a sealing key, unless another process was first. Needs k.mu and the lock.
func (k *Keyring) makeKey(ctx context.Context) ([]byte, error) {
	v, err := k.opened(ctx)
	if err != nil {
		return nil, err
	}
	if k.fromHold(v) { // another process made it meanwhile
		return k.sealing[:], nil
	}
	key, err := readSealing(ctx, v, k.backend)
	if err == nil {
		return k.keep(key), nil
	}
	if !errors.Is(err, errNoSealingKey) {
		return nil, err
	}
	key = make([]byte, sealingKeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if err := writeSealing(ctx, v, k.backend, key); err != nil {
		return nil, err
	}
	k.tellLoss()
	return k.keep(key), nil
}

// writeSealing stores key and reads it back.
func writeSealing(ctx context.Context, v vault, backend string, key []byte) error {
	e := envelope{Kind: KindSealing, Name: sealingName, Secret: base64.StdEncoding.EncodeToString(key)}
	if err := writeItem(ctx, v, e); err != nil {
		return err
	}
	back, err := readSealing(ctx, v, backend)
	if err != nil {
		return err
	}
	if !bytes.Equal(back, key) {
		return &BackendError{Backend: backend, Op: "write", Err: errors.New("the sealing key read back is another one")}
	}
	return nil
}

// tellLoss speaks up when sealed files are there that the new key cannot open.
func (k *Keyring) tellLoss() {
	entries, err := os.ReadDir(filepath.Join(k.o.Dir, "sealed"))
	if err == nil && len(entries) > 0 {
		k.notice(fmt.Sprintf("the sealing key was not in the keychain (%s) and is made anew: %d sessions are lost, keys are not",
			k.backend, len(entries)))
	}
}

// EndHold forgets the sealing key that the kernel holds, if it does.
func (k *Keyring) EndHold(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.chosen(ctx); err != nil {
		return err
	}
	if !holdable() {
		return nil
	}
	return k.holdPlace(holdLimit).end()
}

// Reset forgets all that is sealed: every session, the index, the hold and the
// sealing key itself, also one that is damaged or forged. Access keys stay.
func (k *Keyring) Reset(ctx context.Context) error {
	ids, err := k.IDs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		errs = append(errs, k.Delete(ctx, id))
	}
	v, err := k.open(ctx)
	if err != nil {
		return err
	}
	errs = append(errs, k.EndHold(ctx), ignoreMissing(os.Remove(k.indexPath())))
	if err := v.remove(ctx, itemName(KindSealing, sealingName)); !errors.Is(err, errNoItem) {
		errs = append(errs, err)
	}
	k.mu.Lock()
	k.sealing = nil
	k.mu.Unlock()
	return cmp.Or(errs...) // one is told: the others are mostly the same
}
