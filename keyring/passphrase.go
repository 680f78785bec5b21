package keyring

import (
	"context"
	"errors"
	"fmt"
)

// unlock finds a passphrase that works: the one that worked before, the one given,
// or one the person types. works tries it; ErrWrongPassphrase asks again.
func (v *fileVault) unlock(ctx context.Context, works func(Secret) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.passphrase.IsZero() {
		return works(v.passphrase)
	}
	return v.obtain(ctx, false, works)
}

// writable returns the passphrase for a new item: one that opens what is there,
// or, for an empty folder, a new one.
func (v *fileVault) writable(ctx context.Context) (Secret, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.passphrase.IsZero() {
		return v.passphrase, nil
	}
	names, err := v.names(ctx)
	if err != nil {
		return Secret{}, err
	}
	err = v.obtain(ctx, len(names) == 0, func(passphrase Secret) error { return v.prove(ctx, passphrase) })
	return v.passphrase, err
}

// prove wants a passphrase to open one of the items that are there. Where no file
// could be opened by any passphrase, there is nothing to prove.
func (v *fileVault) prove(ctx context.Context, passphrase Secret) error {
	names, err := v.names(ctx)
	if err != nil {
		return err
	}
	refused := error(nil)
	for _, name := range names {
		token, err := v.token(name)
		if err != nil {
			continue
		}
		if _, refused = v.decrypt(token, passphrase); refused == nil {
			return nil
		}
	}
	return refused
}

// opensOther says that the passphrase is right for an item other than name, which is then the damaged one.
func (v *fileVault) opensOther(ctx context.Context, name string, passphrase Secret) bool {
	names, err := v.names(ctx)
	if err != nil {
		return false
	}
	for _, other := range names {
		if token, err := v.token(other); err == nil && other != name {
			if _, err := v.decrypt(token, passphrase); err == nil {
				return true
			}
		}
	}
	return false
}

// obtain gets a passphrase from the options or the person and keeps it once works accepts it. Needs v.mu.
func (v *fileVault) obtain(ctx context.Context, fresh bool, works func(Secret) error) error {
	if v.preset.text != nil {
		return v.accept(v.preset, works)
	}
	if v.ask == nil {
		return &PassphraseError{Dir: v.dir, Err: ErrNoPassphrase}
	}
	var err error
	for range passphraseTries {
		err = v.askOnce(ctx, PassphraseAsk{Dir: v.dir, New: fresh, Problem: problem(err)}, works)
		if !errors.Is(err, ErrWrongPassphrase) && !errors.Is(err, ErrEmptyPassphrase) {
			return err
		}
	}
	return err
}

func (v *fileVault) askOnce(ctx context.Context, ask PassphraseAsk, works func(Secret) error) error {
	typed, err := v.ask(ctx, ask)
	var told *PassphraseError
	if errors.As(err, &told) { // says all there is to say
		return err
	}
	if err != nil {
		return fmt.Errorf("the keychain (file): asking for the passphrase: %w", err)
	}
	return v.accept(NewSecret(typed), works)
}

func (v *fileVault) accept(passphrase Secret, works func(Secret) error) error {
	if passphrase.IsZero() {
		return &PassphraseError{Dir: v.dir, Err: ErrEmptyPassphrase}
	}
	if err := works(passphrase); err != nil {
		return err
	}
	v.passphrase = passphrase
	return nil
}

// mustAsk says that opening an item would ask the person.
func (v *fileVault) mustAsk() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.passphrase.IsZero() && v.preset.text == nil && v.ask != nil
}

func problem(err error) string {
	var refused *PassphraseError
	if errors.As(err, &refused) {
		return refused.Err.Error()
	}
	return ""
}
