package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/session"
)

// openInvitation decrypts the file with the private key that was named, else with a passphrase that is asked for.
func (e *env) openInvitation(c *cli.Context, file string) (provision.Invitation, error) {
	f, err := os.Open(file)
	if err != nil {
		return provision.Invitation{}, err
	}
	defer f.Close()
	sealed, err := provision.ReadSealed(f)
	if err != nil {
		return provision.Invitation{}, fmt.Errorf("%s: %w", file, err)
	}
	if c.String("identity") == "" && !sealed.ByPassphrase() {
		return provision.Invitation{}, hinted{errors.New(file + " is encrypted for a public key"),
			"name your private key: secaws join " + file + " --identity ~/.ssh/id_ed25519"}
	}
	identities, err := e.identities(c)
	if err != nil {
		return provision.Invitation{}, err
	}
	i, err := sealed.Open(identities...)
	if err != nil {
		return i, fmt.Errorf("%s: %w", file, err)
	}
	return i, nil
}

func (e *env) identities(c *cli.Context) ([]age.Identity, error) {
	path := c.String("identity")
	if path == "" {
		passphrase, err := e.askPassphraseOf(c.Context, "the invitation")
		if err != nil {
			return nil, err
		}
		identity, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{identity}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(text, []byte("AGE-SECRET-KEY-")) {
		return age.ParseIdentities(bytes.NewReader(text))
	}
	identity, err := e.sshIdentity(c.Context, path, text)
	return []age.Identity{identity}, err
}

// sshIdentity reads an OpenSSH private key, and asks for its passphrase where it has one.
func (e *env) sshIdentity(ctx context.Context, path string, text []byte) (age.Identity, error) {
	identity, err := agessh.ParseIdentity(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return identity, nil
	case !errors.As(err, &locked):
		return nil, hinted{fmt.Errorf("%s: no private key that can be used: %w", path, err), "give an SSH private key (ed25519 or RSA) or an age one"}
	}
	passphrase, err := e.askPassphraseOf(ctx, path)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParseRawPrivateKeyWithPassphrase(text, []byte(passphrase))
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, fmt.Errorf("%s: that is not its passphrase", path)
	}
	switch key := key.(type) {
	case *ed25519.PrivateKey:
		return agessh.NewEd25519Identity(*key)
	case *rsa.PrivateKey:
		return agessh.NewRSAIdentity(key)
	}
	return nil, fmt.Errorf("%s: no private key that can be used: %w", path, errors.Join(err, errors.New("neither ed25519 nor RSA")))
}

func (e *env) askPassphraseOf(ctx context.Context, what string) (string, error) {
	passphrase, err := e.askSecret(ctx, "Passphrase of "+escape(what)+": ")
	if errors.Is(err, session.ErrNoTerminal) {
		return "", hinted{errors.New("no terminal to ask for the passphrase of " + what + " on"),
			"run it in a terminal, or name a private key without a passphrase: --identity FILE"}
	}
	return passphrase, err
}
