package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/secaws/secaws/internal/awsvault"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

const vaultHint = "if the keys are elsewhere, say so as to aws-vault: AWS_VAULT_BACKEND, AWS_VAULT_FILE_DIR"

// keysOfAWSVault reads aws-vault's own store.
func (e *env) keysOfAWSVault(ctx context.Context, names []string) ([]foundKey, error) {
	o := awsvault.FromEnviron(e.getenv, e.home())
	o.Passphrase = func(dir string) (string, error) {
		if passphrase, ok := e.lookupEnv("AWS_VAULT_FILE_PASSPHRASE"); ok {
			return passphrase, nil
		}
		if err := e.canPrompt(); err != nil {
			return "", hinted{fmt.Errorf("aws-vault's folder %s needs its passphrase, and there is no terminal to ask on", dir), "set AWS_VAULT_FILE_PASSPHRASE, or run this at a terminal"}
		}
		return e.terminal.Ask(ctx, "Passphrase of aws-vault's keys in "+escape(dir)+": ", true)
	}
	store, err := awsvault.Open(ctx, o)
	if err != nil {
		return nil, hinted{err, vaultHint}
	}
	if len(names) == 0 {
		if names, err = e.namesInVault(ctx, store); err != nil {
			return nil, hinted{err, vaultHint}
		}
	}
	files, err := e.files()
	if err != nil {
		return nil, err
	}
	var found []foundKey
	for _, name := range names {
		key, err := store.Key(ctx, name)
		if ctx.Err() != nil || errors.Is(err, session.ErrCanceled) {
			return nil, errors.Join(ctx.Err(), err)
		}
		found = append(found, foundKey{name: name, key: givenKey{ID: key.ID, Secret: keyring.NewSecret(key.Secret)}, err: err,
			origin: store.Where(), mfaSerial: deviceOf(files, name)})
	}
	return found, nil
}

// namesInVault are all keys of the store; of one that others share, those only that are called like a profile: nothing
// else of it is opened.
func (e *env) namesInVault(ctx context.Context, store *awsvault.Store) ([]string, error) {
	names, err := store.Names(ctx)
	if err != nil || !store.Shared() {
		return names, err
	}
	files, err := e.files()
	if err != nil {
		return nil, err
	}
	e.notice("%s also holds what is not aws-vault's: only items called like a profile are read", store.Where())
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(files.Names(), name) }), nil
}
