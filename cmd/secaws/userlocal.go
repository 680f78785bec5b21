package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
)

// noteOwner notes with the keys in the keychain that IAM knows for the user's whose they are. A key that was stored
// unverified does not say it, and IAM will not know it any more when a run that was stopped is repeated.
func (e *env) noteOwner(ctx context.Context, person provision.Person, account string) error {
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	infos, err := ring.List(ctx)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if !person.HasKey(info.ID) || info.Account == account && info.User == person.Name {
			continue
		}
		err := ring.Update(ctx, info.Name, func(k *keyring.KeyInfo) { k.Account, k.User = account, person.Name })
		if err != nil {
			return err
		}
	}
	return nil
}

// removeLocally takes the user's keys, with their sessions and profiles, from this machine, and tells whether there was
// one.
func (e *env) removeLocally(ctx context.Context, name, account string) (bool, error) {
	ring, err := e.keyring()
	if err != nil {
		return false, err
	}
	infos, err := ring.List(ctx)
	if err != nil {
		return false, err
	}
	removed := false
	for _, info := range infos {
		switch {
		case info.Account == account && info.User == name:
			removed = true
			if err := e.removeKey(ctx, ring, info); err != nil {
				return removed, err
			}
		case info.Name == name:
			e.notice("the key %s in the keychain (%s) is not known for one of this user: left as it is", info.Name, info.ID)
		}
	}
	return removed, nil
}

// removeKey removes the key itself last: by it the next run finds what a stopped one has left.
func (e *env) removeKey(ctx context.Context, ring *keyring.Keyring, info keyring.KeyInfo) error {
	if err := e.forgetSessions(ctx, info.ID); err != nil {
		return err
	}
	if err := e.removeProfiles(info.Name); err != nil {
		return err
	}
	half := &rotation{e: e, ring: ring, name: info.Name}
	if err := half.End(ctx); err != nil {
		return err
	}
	return absent(ring.Remove(ctx, info.Name))
}

// absent is no error for a key that is not there.
func absent(err error) error {
	var none *keyring.NotFoundError
	if errors.As(err, &none) {
		return nil
	}
	return err
}

// removeProfiles removes the profiles that secaws made for the key; others are told and left alone.
func (e *env) removeProfiles(key string) error {
	files, err := e.files()
	if err != nil {
		return err
	}
	var names []string
	for _, name := range files.Names() {
		if values, _ := files.Raw(name); values["secaws_key"] == key {
			names = append(names, name)
		}
	}
	p, err := e.paths()
	if err != nil || len(names) == 0 {
		return err
	}
	return configgen.Edit(p.config, func(d *configgen.Document) error {
		for _, name := range names {
			err := d.Remove(name, false)
			var refused *configgen.WriteError
			if errors.As(err, &refused) {
				e.noticeOnce(fmt.Sprintf("%v: left as it is", err))
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
