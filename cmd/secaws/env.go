package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/secaws/secaws/internal/dbusguard"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// env is everything secaws takes from the outside world. Commands reach the operating system only through it, so a
// test can replace any part.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // as our parent gave it to us: what a child's environment is made from
	now            func() time.Time
	terminal       terminal
	process        process
	listen         func() // from now on an interrupt ends the context, see interruptible
	sts            func(session.Caller) session.STS
	transport      http.RoundTripper  // to AWS; nil: connections
	retryer        func() aws.Retryer // of IAM's clients; nil: provision.Patient

	ring *keyring.Keyring // see keyring
	told map[string]bool  // see noticeOnce
}

// system is the world as it is.
func system() *env {
	e := &env{
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		environ:  dbusguard.Environ(os.Environ()),
		now:      time.Now,
		terminal: controllingTerminal{},
		process:  osProcess{},
		listen:   func() {},
	}
	e.sts = e.newSTS
	_ = os.Unsetenv("SECAWS_FILE_PASSPHRASE") // programs that libraries of ours start would inherit it
	return e
}

// getenv is the value of an environment variable, "" where it is not set.
func (e *env) getenv(key string) string {
	value, _ := e.lookupEnv(key)
	return value
}

// lookupEnv tells an empty variable from one that is not set. Of two settings the first counts, as for os.Getenv.
func (e *env) lookupEnv(key string) (string, bool) {
	for _, setting := range e.environ {
		if name, value, ok := strings.Cut(setting, "="); ok && sameVariable(name, key) {
			return value, true
		}
	}
	return "", false
}

// sameVariable compares names of environment variables, in which Windows does not tell case.
func sameVariable(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// terminal is the person's own terminal, whatever stdin, stdout and stderr are.
type terminal interface {
	// Check says whether a question could be asked now: session.ErrNoTerminal where there is no controlling
	// terminal, or where it belongs to another job just now.
	Check() error
	// Name is the terminal's device, for those who wait for us; "" when unknown.
	Name() string
	// Ask shows question and returns the line that was typed, without its end; the typing is not shown when secret.
	// It gives session.ErrNoTerminal as Check does, session.ErrCanceled when ctx ends or the input does, and
	// tooLate after five minutes.
	Ask(ctx context.Context, question string, secret bool) (string, error)
	// Print shows text (a QR code, a table to confirm) on the terminal. The text may hold line ends; what comes
	// from outside must be escaped by the caller.
	Print(text string) error
}

// process is what secaws does to itself and to other processes.
type process interface {
	// Conceal keeps other processes of the same user from reading our memory. It comes before the first secret.
	Conceal() error
	// Replace becomes the program at path with these arguments and this environment. Where the system has no
	// execve it runs the program, relays what interrupts us and returns its exit code as an exitError.
	Replace(path string, argv, environ []string) error
	// Caller is the name of the program that started us, "" when unknown.
	Caller() string
}
