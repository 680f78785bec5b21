package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// keyring is the person's keychain. Opening it touches no backend.
func (e *env) keyring() (*keyring.Keyring, error) {
	if e.ring == nil {
		ring, err := e.openKeyring(e.getenv("SECAWS_BACKEND"), false)
		if err != nil {
			return nil, err
		}
		e.ring = ring
	}
	return e.ring, nil
}

// openKeyring opens the keychain in backend, "" for the remembered one or the platform's own. volatile lets keyctl,
// which forgets at reboot, take long-lived keys.
func (e *env) openKeyring(backend string, volatile bool) (*keyring.Keyring, error) {
	p, err := e.paths()
	if err != nil {
		return nil, err
	}
	return keyring.Open(keyring.Options{
		Backend:        backend,
		Dir:            p.state,
		FileDir:        p.keys,
		Settings:       p.settings,
		FilePassphrase: e.filePassphrase(),
		Passphrase:     e.askPassphrase,
		Interactive:    e.interactive(),
		Terminal:       e.terminal.Name,
		Volatile:       volatile,
		Notice:         func(line string) { e.notice("%s", line) },
	})
}

// filePassphrase is SECAWS_FILE_PASSPHRASE, the zero Secret where it is not set.
func (e *env) filePassphrase() keyring.Secret {
	if passphrase, ok := e.lookupEnv("SECAWS_FILE_PASSPHRASE"); ok {
		return keyring.NewSecret(passphrase)
	}
	return keyring.Secret{}
}

// interactive tells whether somebody is there to unlock a keychain: at a terminal, or at a desktop whose own prompt
// would show.
func (e *env) interactive() bool {
	if e.canPrompt() == nil {
		return true
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return e.getenv("SSH_CONNECTION") == ""
	}
	return e.getenv("DISPLAY") != "" || e.getenv("WAYLAND_DISPLAY") != ""
}

// askPassphrase asks for the file backend's passphrase, twice for a new one.
func (e *env) askPassphrase(ctx context.Context, ask keyring.PassphraseAsk) (string, error) {
	if err := e.canPrompt(); err != nil {
		if errors.Is(err, session.ErrNoTerminal) {
			err = &keyring.PassphraseError{Dir: ask.Dir, Err: keyring.ErrNoPassphrase}
		}
		return "", err
	}
	e.listen()
	name := "assphrase of the keychain in " + escape(ask.Dir) + ": "
	problem := ""
	if ask.Problem != "" {
		problem = "secaws: " + escape(ask.Problem) + "\n"
	}
	if ask.New {
		return e.newPassphrase(ctx, problem+"New p"+name)
	}
	return e.terminal.Ask(ctx, problem+"P"+name, true)
}

// newPassphrase asks until it got the same twice.
func (e *env) newPassphrase(ctx context.Context, question string) (string, error) {
	for problem := ""; ; problem = "secaws: the two passphrases differ; nothing is stored yet\n" {
		first, err := e.terminal.Ask(ctx, problem+question, true)
		if err != nil || first == "" {
			return first, err
		}
		second, err := e.terminal.Ask(ctx, "The same again: ", true)
		if err != nil || first == second {
			return second, err
		}
	}
}

// files are the person's AWS configuration as it is on the disk now.
func (e *env) files() (*configgen.Files, error) {
	p, err := e.paths()
	if err != nil {
		return nil, err
	}
	return configgen.Load(configgen.Paths{Config: p.config, Credentials: p.shared})
}

// profile resolves a profile by its name.
func (e *env) profile(name string) (session.Profile, error) {
	files, err := e.files()
	if err != nil {
		return session.Profile{}, err
	}
	return files.Profile(name, e.getenv)
}

// retriever makes and keeps sessions.
func (e *env) retriever() (*session.Retriever, error) {
	ring, err := e.keyring()
	if err != nil {
		return nil, err
	}
	canPrompt := e.canPrompt()
	if canPrompt != nil && !errors.Is(canPrompt, session.ErrNoTerminal) {
		return nil, canPrompt
	}
	return &session.Retriever{
		Keys:      keys{ring},
		Store:     store{ring, e.listen},
		Prompter:  prompter{e},
		STS:       e.sts,
		Now:       e.now,
		CanPrompt: canPrompt == nil,
		Notice:    e.noticeOnce,
		Environ:   e.environ,
		Stderr:    e.stderr,
	}, nil
}

// retrieve gives credentials for the profile called name.
func (e *env) retrieve(ctx context.Context, name string) (session.Session, error) {
	p, err := e.profile(name)
	if err != nil {
		return session.Session{}, err
	}
	return e.retrieveFor(ctx, p)
}

// retrieveFor gives credentials for a profile.
func (e *env) retrieveFor(ctx context.Context, p session.Profile) (session.Session, error) {
	r, err := e.retriever()
	if err != nil {
		return session.Session{}, err
	}
	return r.Retrieve(ctx, p)
}

// keys are the keyring's long-lived keys as a session wants them.
type keys struct{ ring *keyring.Keyring }

func (k keys) Info(ctx context.Context, name string) (session.KeyInfo, error) {
	info, err := k.ring.Info(ctx, name)
	return session.KeyInfo{
		Name: info.Name, ID: info.ID, User: info.User, Account: info.Account, MFASerial: info.MFASerial,
		LastCode: info.LastCode, LastCodeAt: info.LastCodeAt,
	}, err
}

func (k keys) Signer(ctx context.Context, name string) (session.Signer, error) {
	signer, err := k.ring.Signer(ctx, name)
	if err != nil {
		return nil, err
	}
	return signer, nil
}

func (k keys) UsedCode(ctx context.Context, name, hash string, at time.Time) error {
	return k.ring.Update(ctx, name, func(info *keyring.KeyInfo) { info.LastCode, info.LastCodeAt = hash, at })
}

// store is the keyring's sealed sessions. To take a lock is to be about to wait, or to ask.
type store struct {
	*keyring.Keyring
	listen func()
}

func (s store) Lock(ctx context.Context, id string, waiting func(string)) (func(string) error, string, error) {
	s.listen()
	return s.Keyring.Lock(ctx, id, waiting)
}

// counted is "1 session", "2 sessions".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
