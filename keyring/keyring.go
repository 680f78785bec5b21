package keyring

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/secaws/secaws/internal/dbusguard"
	"github.com/secaws/secaws/internal/safefile"
)

// How long a call into a keychain may take: with somebody there to unlock it, and without.
const (
	patienceInteractive = 60 * time.Second
	patienceAlone       = 5 * time.Second
)

// Options says which keychain to open and where its files are.
type Options struct {
	// Backend names the keychain. "" takes the remembered one, else the platform's own.
	Backend string
	// Dir is the state folder: sealed sessions, the index, locks. It is made with mode 0700.
	Dir string
	// FileDir is the file backend's folder.
	FileDir string
	// Settings is the path of the JSON file that remembers the backend.
	Settings string
	// FilePassphrase opens the file backend without asking. The zero Secret asks;
	// one that was set and is empty is refused.
	FilePassphrase Secret
	// Passphrase asks the person for the file backend's passphrase. Nil: nobody can be asked.
	Passphrase func(context.Context, PassphraseAsk) (string, error)
	// Interactive says that somebody sees a terminal or a desktop and can unlock a
	// keychain: 60 s for each call into it, else 5 s.
	Interactive bool
	// Terminal names our own, for those who wait for us: "/dev/pts/2". "" is unknown, as is nil.
	Terminal func() string
	// Volatile allows long-lived keys in keyctl, which forgets them at reboot.
	Volatile bool
	// Hold is about keeping the sealing key in the kernel. The zero value takes the settings.
	Hold HoldPolicy
	// Notice tells the person one line. Nil: nobody reads it.
	Notice func(line string)

	// service is what items are filed under, where a backend has such a thing. "" is
	// secaws; tests take a name of their own in a keychain that they cannot make.
	service string
}

// PassphraseAsk is one question for the file backend's passphrase.
type PassphraseAsk struct {
	Dir     string // whose passphrase
	New     bool   // it is being chosen: ask twice
	Problem string // why the last answer was refused, "" the first time
}

// Keyring is access keys in one backend, and sealed files in one folder.
// Its methods may be called by several goroutines.
type Keyring struct {
	o        Options
	settings Settings

	mu      sync.Mutex            // guards what follows
	backend string                // "" until chosen
	vault   vault                 // nil until opened
	sealing *[sealingKeySize]byte // nil until read; a pointer, which fmt does not follow
}

// Open takes o as it is and touches no backend: the first call that needs one
// opens it. Errors: an unknown backend, settings that cannot be read.
func Open(o Options) (*Keyring, error) {
	settings, err := LoadSettings(o.Settings)
	if err != nil {
		return nil, err
	}
	k := &Keyring{o: o, settings: settings, backend: o.Backend}
	if k.backend == "" {
		k.backend = settings.Backend
	}
	if k.backend != "" && !inBuild(k.backend) {
		return nil, &UnavailableError{Backend: k.backend, Reason: "this build knows " + joined(Backends())}
	}
	if err := refuseInTest(o, k.backend); err != nil {
		return nil, err
	}
	// The library has looked for its bus, in init: children get the caller's address.
	return k, dbusguard.Restore()
}

// Format says that it is a keyring, and shows nothing of what is in it.
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keyring") }

// Backend names the keychain in use, choosing one if none is remembered or given.
func (k *Keyring) Backend(ctx context.Context) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.chosen(ctx)
}

// chosen needs k.mu.
func (k *Keyring) chosen(ctx context.Context) (string, error) {
	if k.backend != "" {
		return k.backend, nil
	}
	backend, err := choose(probeAll(ctx, k.patience()))
	if err != nil {
		return "", err
	}
	if err := refuseInTest(k.o, backend); err != nil {
		return "", err
	}
	k.backend = backend
	return backend, nil
}

// opened returns the backend, opening it at the first call. It needs k.mu.
func (k *Keyring) opened(ctx context.Context) (vault, error) {
	if k.vault != nil {
		return k.vault, nil
	}
	backend, err := k.chosen(ctx)
	if err != nil {
		return nil, err
	}
	k.vault = newVault(backend, k.o, k.patience())
	return k.vault, nil
}

// open is opened for callers without k.mu.
func (k *Keyring) open(ctx context.Context) (vault, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.opened(ctx)
}

// remember makes an own choice of backend last, and says which it is.
func (k *Keyring) remember() error {
	if k.o.Backend != "" || k.settings.Backend != "" || k.o.Settings == "" {
		return nil
	}
	if err := editSettings(k.o.Settings, func(s *Settings) { s.Backend = k.backend }); err != nil {
		return err
	}
	k.settings.Backend = k.backend
	k.notice(fmt.Sprintf("keys are kept in %s (remembered in %s)", describe(k.backend), k.o.Settings))
	return nil
}

func (k *Keyring) patience() time.Duration {
	if k.o.Interactive {
		return patienceInteractive
	}
	return patienceAlone
}

func (k *Keyring) notice(line string) {
	if k.o.Notice != nil {
		k.o.Notice(line)
	}
}

// exclusive runs do under one of our own locks between processes.
func (k *Keyring) exclusive(ctx context.Context, name string, do func() error) error {
	dir, err := k.dir("locks")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*k.patience())
	defer cancel()
	lock, err := safefile.Acquire(ctx, filepath.Join(dir, name+".lock"))
	if err != nil {
		return err
	}
	defer lock.Release()
	return do()
}

// dir makes the folder name under the state folder, both closed to others.
func (k *Keyring) dir(name string) (string, error) {
	if err := safefile.Dir(k.o.Dir); err != nil {
		return "", err
	}
	path := filepath.Join(k.o.Dir, name)
	return path, safefile.Dir(path)
}
