package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// What can be wrong with an item that was found, told apart by errors.Is on an ItemError.
var (
	ErrSwapped = errors.New("it holds another item's content: it was renamed or swapped")
	ErrForged  = errors.New("it is not encrypted as secaws encrypts: it was forged")
	ErrNewer   = errors.New("it was written by a newer secaws")
	ErrDamaged = errors.New("its content is damaged")
)

// Why a passphrase is refused, told apart by errors.Is on a PassphraseError.
var (
	ErrWrongPassphrase = errors.New("wrong passphrase")
	ErrEmptyPassphrase = errors.New("an empty passphrase is refused")
	ErrNoPassphrase    = errors.New("the passphrase is needed and cannot be asked here")
)

// NotFoundError says that the keychain holds no access key of that name.
type NotFoundError struct{ Name, Backend string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no access key %q in the keychain (%s)", e.Name, e.Backend)
}

// Hint names the command that stores one.
func (e *NotFoundError) Hint() string {
	if e.Backend == KeyCtl {
		return "keyctl forgets at reboot; store it again with: secaws add " + e.Name + " --volatile"
	}
	return "store one with: secaws add " + e.Name
}

// ItemError says that an item was found and refused. Err is one of ErrSwapped,
// ErrForged, ErrNewer, ErrDamaged.
type ItemError struct {
	Backend string
	Kind    Kind
	Name    string // the name asked for
	Item    string // the item's name in the backend
	Err     error
}

func (e *ItemError) Error() string {
	return fmt.Sprintf("%s %q in the keychain (%s, item %s): %v", e.Kind, e.Name, e.Backend, e.Item, e.Err)
}

func (e *ItemError) Unwrap() error { return e.Err }

// Hint names the way out.
func (e *ItemError) Hint() string {
	switch {
	case errors.Is(e.Err, ErrNewer):
		return "update secaws on this machine"
	case e.Kind == KindSealing:
		return "make a new sealing key with: secaws logout --all (sessions end, keys stay)"
	case errors.Is(e.Err, ErrDamaged):
		return "remove it and store the key again: secaws remove " + e.Name + ", then secaws add " + e.Name
	}
	return "somebody changed the keychain behind secaws: find out who, make a new access key in IAM, then: secaws remove " +
		e.Name + " and secaws add " + e.Name
}

// TimeoutError says that the keychain did not answer in time.
type TimeoutError struct {
	Backend, Op string
	After       time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("the keychain (%s) did not answer within %s (%s): locked, or waiting for a prompt nobody sees",
		e.Backend, e.After.Round(time.Millisecond), e.Op)
}

// Timeout marks the error as one of time, as net.Error does.
func (e *TimeoutError) Timeout() bool { return true }

// Hint names the way out.
func (e *TimeoutError) Hint() string {
	return "unlock it and try again, or name another with SECAWS_BACKEND, for example SECAWS_BACKEND=file"
}

// UnavailableError says that a backend cannot be used here, and why.
type UnavailableError struct{ Backend, Reason string }

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("the keychain %q cannot be used here: %s", e.Backend, e.Reason)
}

// Hint names the way out.
func (e *UnavailableError) Hint() string {
	return "mend that, or name another with SECAWS_BACKEND, for example SECAWS_BACKEND=file"
}

// VolatileError refuses to put a long-lived key where a reboot forgets it.
type VolatileError struct{ Op string }

func (e *VolatileError) Error() string {
	return fmt.Sprintf("%s: the keychain (keyctl) forgets everything at reboot", e.Op)
}

// Hint names the way out.
func (e *VolatileError) Hint() string {
	if e.Op == "move" {
		return "move to a keychain that lasts: secret-service, kwallet, pass or file"
	}
	return "say that you want this with --volatile, or name another keychain with SECAWS_BACKEND"
}

// PassphraseError says why the file backend's passphrase was refused. Err is one
// of ErrWrongPassphrase, ErrEmptyPassphrase, ErrNoPassphrase.
type PassphraseError struct {
	Dir string
	Err error
}

func (e *PassphraseError) Error() string {
	return fmt.Sprintf("the keychain (file, %s): %v", e.Dir, e.Err)
}

func (e *PassphraseError) Unwrap() error { return e.Err }

// Hint names the way out.
func (e *PassphraseError) Hint() string {
	if errors.Is(e.Err, ErrNoPassphrase) {
		return "run it in a terminal, or set SECAWS_FILE_PASSPHRASE"
	}
	if errors.Is(e.Err, ErrWrongPassphrase) {
		return "if SECAWS_FILE_PASSPHRASE is set, mend or unset it; a lost passphrase cannot be recovered: move the folder away, make new access keys in IAM and add them again"
	}
	return "choose one that is hard to guess; if SECAWS_FILE_PASSPHRASE is set and empty, unset it to be asked"
}

// BackendError names the backend in whatever else went wrong in it.
type BackendError struct {
	Backend, Op string
	Err         error
}

func (e *BackendError) Error() string {
	return fmt.Sprintf("the keychain (%s): %s: %v", e.Backend, e.Op, e.Err)
}

func (e *BackendError) Unwrap() error { return e.Err }

// Hint is that of what went wrong. Where that has none, it names what there is to try.
func (e *BackendError) Hint() string {
	var known interface{ Hint() string }
	var file *fs.PathError
	switch {
	case errors.As(e.Err, &known):
		return known.Hint()
	case errors.As(e.Err, &file), errors.Is(e.Err, context.Canceled):
		return "" // the file says it, or the person
	}
	return "see whether the keychain works in other programs, or name another with SECAWS_BACKEND, for example SECAWS_BACKEND=file"
}
