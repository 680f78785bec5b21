package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// While a key is being rotated the keychain has a second item beside it, which first only says so, and then holds the
// new key. It is in the keychain and not in a file, so that no other loss makes the new key an unknown one.
const (
	nextSuffix = " (next)"
	begunID    = "begun"
)

func nextName(name string) string { return name + nextSuffix }

func isNext(name string) bool { return strings.HasSuffix(name, nextSuffix) }

// rotation is the keychain's part of rotating one key: provision.RotationKeys.
type rotation struct {
	e            *env
	ring         *keyring.Keyring
	name, region string
	old          keyring.KeyInfo
	prove        func(context.Context) error
}

// note is what an earlier run has left.
func (r *rotation) note(ctx context.Context) (provision.RotationNote, error) {
	info, err := r.ring.Info(ctx, nextName(r.name))
	var none *keyring.NotFoundError
	switch {
	case errors.As(err, &none):
		return provision.RotationNote{}, nil
	case err != nil:
		return provision.RotationNote{}, err
	case info.ID == begunID:
		return provision.RotationNote{Begun: true, At: info.Created}, nil
	}
	return provision.RotationNote{Begun: true, At: info.Created, Next: info.ID}, nil
}

// begun tells whether a rotation of the key was stopped halfway.
func (e *env) begun(ctx context.Context, ring *keyring.Keyring, name string) bool {
	note, err := (&rotation{e: e, ring: ring, name: name}).note(ctx)
	return err == nil && note.Begun
}

// Begin implements provision.RotationKeys.
func (r *rotation) Begin(ctx context.Context) error {
	return r.ring.Add(ctx, keyring.AccessKey{Name: nextName(r.name), ID: begunID, Secret: keyring.NewSecret(begunID), Created: r.e.now()})
}

// StoreKey implements provision.KeyStore.
func (r *rotation) StoreKey(ctx context.Context, key provision.AccessKey) error {
	return r.ring.Add(ctx, r.like(nextName(r.name), key.ID, keyring.NewSecret(key.Secret)))
}

// like is a key that has all but id and secret from the old one.
func (r *rotation) like(name, id string, secret keyring.Secret) keyring.AccessKey {
	return keyring.AccessKey{
		Name: name, ID: id, Secret: secret, Account: r.old.Account, User: r.old.User, MFASerial: r.old.MFASerial,
		Created: r.e.now(),
	}
}

// Prove implements provision.RotationKeys.
func (r *rotation) Prove(ctx context.Context) error { return r.prove(ctx) }

// Promote implements provision.RotationKeys.
func (r *rotation) Promote(ctx context.Context) error {
	next, err := r.ring.Credentials(ctx, nextName(r.name))
	if err != nil {
		return err
	}
	before, err := r.ring.Info(ctx, r.name)
	if err != nil {
		return err
	}
	if err := r.ring.Add(ctx, r.like(r.name, next.AccessKeyID, keyring.NewSecret(next.SecretAccessKey))); err != nil {
		return err
	}
	return r.ring.Update(ctx, r.name, func(now *keyring.KeyInfo) { // the device is the same, and so are its codes
		now.LastCode, now.LastCodeAt = before.LastCode, before.LastCodeAt
	})
}

// ForgetSessions implements provision.RotationKeys: all sessions whose key is not in the keychain any more, since a run
// that goes on after a kill does not know the old key's id.
func (r *rotation) ForgetSessions(ctx context.Context) error {
	infos, err := r.ring.List(ctx)
	if err != nil {
		return err
	}
	retriever, err := r.e.retriever()
	if err != nil {
		return err
	}
	_, err = retriever.Forget(ctx, func(s session.Info) bool {
		return !slices.ContainsFunc(infos, func(info keyring.KeyInfo) bool { return info.ID == s.KeyID })
	})
	return err
}

// End implements provision.RotationKeys.
func (r *rotation) End(ctx context.Context) error {
	return absent(r.ring.Remove(ctx, nextName(r.name)))
}
