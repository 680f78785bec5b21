package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	processLimit  = 45 * time.Second // for a person to touch a key; callers wait 60 s
	processOutput = 256              // bytes; a code and a line end are 7
)

// ProcessError is an mfa_process that gave no code.
type ProcessError struct {
	Profile, Command, Problem string
	err                       error
}

func (e *ProcessError) Error() string {
	if e.Profile == "" {
		return fmt.Sprintf("mfa_process %s: %s", e.Command, e.Problem)
	}
	return fmt.Sprintf("profile %q: mfa_process %s: %s", e.Profile, e.Command, e.Problem)
}

// Unwrap is what the operating system said.
func (e *ProcessError) Unwrap() error { return e.err }

// Hint says what is expected of the program.
func (e *ProcessError) Hint() string {
	return "it runs without a shell and must print a code of six digits, nothing else, and exit 0; wrap pipes in a script"
}

func (c *chain) runProcess(ctx context.Context, argv []string) (string, error) {
	code, err := ProcessCode(ctx, argv, c.Environ, c.Stderr)
	var failed *ProcessError
	if errors.As(err, &failed) {
		failed.Profile = c.profile.Name
	}
	return code, err
}

// ProcessCode gets a code from the program argv, which runs in environ (nil is our own)
// without what unlocks the keychain, and tells the person what it has to say on stderr.
// It reads no input, and its output is told to nobody: it may hold more than a code.
// Errors are *ProcessError, or that of ctx.
func ProcessCode(ctx context.Context, argv, environ []string, stderr io.Writer) (string, error) {
	fail := func(err error, format string, args ...any) error {
		return &ProcessError{"", argv[0], fmt.Sprintf(format, args...), err}
	}
	if environ == nil {
		environ = os.Environ()
	}
	path, err := findProgram(argv[0])
	if err != nil {
		return "", fail(err, "%v", err)
	}
	limited, cancel := context.WithTimeout(ctx, processLimit)
	defer cancel()
	out := &shortBuffer{stop: cancel}
	cmd := exec.CommandContext(limited, path, argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = Scrub(environ), out, stderr
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case out.over:
		return "", fail(nil, "it printed more than a code")
	case limited.Err() != nil:
		return "", fail(limited.Err(), "no code within %s", processLimit)
	case err != nil:
		return "", fail(err, "%v", err)
	}
	code, ok := parseCode(out.data)
	if !ok {
		return "", fail(nil, "what it printed is not a code of six digits")
	}
	return code, nil
}

// parseCode reads the output of an mfa_process: six digits, with blanks or a line
// end around them.
func parseCode(output []byte) (string, bool) {
	code := strings.Trim(string(output), " \t\r\n")
	return code, isDigits(code, 6)
}

// shortBuffer takes up to processOutput bytes and then ends the program.
// (It embeds no buffer: io.Copy would prefer that one's ReadFrom.)
type shortBuffer struct {
	data []byte
	stop func()
	over bool
}

func (b *shortBuffer) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > processOutput {
		b.over = true
		b.stop()
		return 0, errors.New("too long")
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// findProgram resolves a name through PATH as a shell would, but neither in the
// current folder nor in one that anybody can write to.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		return "", errors.New("name it by its full path, or by a name in PATH")
	}
	if filepath.IsAbs(name) || runtime.GOOS == "windows" {
		return path, nil
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if folder.Mode().Perm()&0o002 != 0 {
		return "", fmt.Errorf("%s is in a folder that anybody can write to", path)
	}
	return path, nil
}
