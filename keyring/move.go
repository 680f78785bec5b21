package keyring

import (
	"context"
	"errors"
	"fmt"
)

// ConflictError says that a move would replace a key by another of the same name.
type ConflictError struct{ Name, From, To string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the keychains %s and %s hold different access keys named %q", e.From, e.To, e.Name)
}

// Hint names the way out.
func (e *ConflictError) Hint() string {
	return "remove the one you do not want, for example: SECAWS_BACKEND=" + e.To + " secaws remove " + e.Name
}

// Move brings all keys from one keychain to another: each is copied and read back;
// then the settings name the new keychain; then the old one is emptied. Killed at
// any moment, every key is in the keychain that the settings name, and running the
// move again, with Settings.MovingFrom as its source, finishes it. A dry run says
// what it would do. Both keyrings have the same state folder and settings.
//
// keyctl is refused as the target (VolatileError), as is a key that would replace a
// different one (ConflictError) and an item that cannot be read (ItemError): then
// nothing was changed.
func Move(ctx context.Context, from, to *Keyring, dryRun bool, notice func(line string)) error {
	m := move{from: from, to: to, notice: notice}
	if err := m.open(ctx); err != nil {
		return err
	}
	return from.exclusive(ctx, "keys", func() error {
		items, err := m.plan(ctx)
		if err != nil {
			return err
		}
		if dryRun {
			for _, e := range items {
				notice(fmt.Sprintf("would move %s %q from %s to %s", e.Kind, e.Name, from.backend, to.backend))
			}
			return nil
		}
		return m.do(ctx, items)
	})
}

type move struct {
	from, to   *Keyring
	source     vault
	target     vault
	continuing bool // the keys are copied, the old keychain is not empty yet
	notice     func(string)
}

func (m *move) open(ctx context.Context) (err error) {
	if m.source, err = m.from.open(ctx); err != nil {
		return err
	}
	if m.target, err = m.to.open(ctx); err != nil {
		return err
	}
	if m.to.backend == KeyCtl {
		return &VolatileError{Op: "move"}
	}
	if m.from.backend == m.to.backend {
		return fmt.Errorf("the keys are in the keychain %s already", m.to.backend)
	}
	m.continuing = m.to.settings.MovingFrom == m.from.backend && m.to.settings.Backend == m.to.backend
	return nil
}

// plan reads what is to be moved and refuses before anything is changed.
func (m *move) plan(ctx context.Context) ([]envelope, error) {
	names, err := m.source.names(ctx)
	if err != nil {
		return nil, err
	}
	var items []envelope
	for _, name := range names {
		e, err := readAny(ctx, m.source, m.from.backend, name)
		if err != nil {
			return nil, err
		}
		if err := m.conflict(ctx, e); err != nil {
			return nil, err
		}
		items = append(items, e)
	}
	return items, nil
}

// conflict wants the target to have no such key, or the same. A move that goes on
// leaves the target's: it is newer.
func (m *move) conflict(ctx context.Context, e envelope) error {
	if e.Kind != KindAccessKey || m.continuing {
		return nil
	}
	there, err := readItem(ctx, m.target, m.to.backend, e.Kind, e.Name)
	if errors.Is(err, errNoItem) {
		return nil
	}
	if err != nil {
		return err
	}
	if there.KeyID != e.KeyID || there.Secret != e.Secret {
		return &ConflictError{Name: e.Name, From: m.from.backend, To: m.to.backend}
	}
	return nil
}

func (m *move) do(ctx context.Context, items []envelope) error {
	for _, e := range items {
		if err := m.copy(ctx, e); err != nil {
			return err
		}
	}
	if err := m.remember(m.from.backend); err != nil {
		return err
	}
	for _, e := range items {
		if err := m.source.remove(ctx, itemName(e.Kind, e.Name)); err != nil && !errors.Is(err, errNoItem) {
			return err
		}
		m.notice(fmt.Sprintf("moved %s %q from %s to %s", e.Kind, e.Name, m.from.backend, m.to.backend))
	}
	return errors.Join(m.from.EndHold(ctx), m.remember(""))
}

func (m *move) copy(ctx context.Context, e envelope) error {
	if m.continuing {
		_, err := readItem(ctx, m.target, m.to.backend, e.Kind, e.Name)
		if !errors.Is(err, errNoItem) {
			return err
		}
	}
	return m.to.putProven(ctx, m.target, e)
}

// remember makes the target the keychain in use, with left still to be emptied.
func (m *move) remember(left string) error {
	if m.to.o.Settings == "" {
		return nil
	}
	return editSettings(m.to.o.Settings, func(s *Settings) {
		s.Backend, s.MovingFrom = m.to.backend, left
	})
}
