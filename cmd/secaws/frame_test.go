package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

// noTerminal is what a process without a terminal has.
type noTerminal struct{}

func (noTerminal) Check() error { return session.ErrNoTerminal }
func (noTerminal) Name() string { return "" }
func (noTerminal) Ask(context.Context, string, bool) (string, error) {
	return "", session.ErrNoTerminal
}
func (noTerminal) Print(string) error { return session.ErrNoTerminal }

// inProcess runs a command line in this process, for what needs no keychain.
func inProcess(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	root := t.TempDir()
	e := &env{
		stdin: strings.NewReader(""), stdout: &out, stderr: &err,
		environ:  []string{"HOME=" + root, "USERPROFILE=" + root, "LOCALAPPDATA=" + root},
		now:      time.Now,
		terminal: noTerminal{},
		process:  harmless{},
		listen:   func() {},
	}
	code = run(context.Background(), append([]string{"secaws"}, args...), e)
	return out.String(), err.String(), code
}

// harmless is a process that conceals nothing and becomes nothing.
type harmless struct{}

func (harmless) Conceal() error                           { return nil }
func (harmless) Replace(string, []string, []string) error { return errors.New("not in a test") }
func (harmless) Caller() string                           { return "test" }

func TestUsageErrors(t *testing.T) {
	tests := []struct{ line, stderr string }{
		{"", "secaws: no command given\nsecaws: hint: how it is used: secaws --help\n"},
		{"nothing", "secaws: no command \"nothing\"\nsecaws: hint: how it is used: secaws --help\n"},
		{"lgoin Ops", "secaws: no command \"lgoin\"\nsecaws: hint: did you mean: secaws login\n"},
		{"--json", "secaws: flag provided but not defined: -json\nsecaws: hint: how it is used: secaws --help\n"},
		{"list --nothing", "secaws: flag provided but not defined: -nothing\nsecaws: hint: how it is used: secaws list --help\n"},
		{"list ops", "secaws: secaws list takes no name: \"ops\" is too much\nsecaws: hint: how it is used: secaws list --help\n"},
		{"remove", "secaws: NAME is missing\nsecaws: hint: how it is used: secaws remove --help\n"},
		{"remove a b", "secaws: one NAME only: \"b\" is too much\nsecaws: hint: how it is used: secaws remove --help\n"},
		{"login", "secaws: PROFILE is missing, and AWS_PROFILE is not set\nsecaws: hint: how it is used: secaws login --help\n"},
		{"exec", "secaws: PROFILE is missing, and AWS_PROFILE is not set\nsecaws: hint: how it is used: secaws exec --help\n"},
		{"exec -- true", "secaws: PROFILE is missing, and AWS_PROFILE is not set\nsecaws: hint: how it is used: secaws exec --help\n"},
		{"exec Ops --nothing", "secaws: flag provided but not defined: -nothing\nsecaws: hint: how it is used: secaws exec --help\n"},
		{"credential-process", "secaws: PROFILE is missing, and AWS_PROFILE is not set\nsecaws: hint: how it is used: secaws credential-process --help\n"},
		{"logout --all Ops", "secaws: --all takes no PROFILE\nsecaws: hint: how it is used: secaws logout --help\n"},
		{"status --log --last 0", "secaws: --last 0: want 1 or more\nsecaws: hint: how it is used: secaws status --help\n"},
		{"status --last x", "secaws: invalid value \"x\" for flag -last: parse error\nsecaws: hint: how it is used: secaws status --help\n"},
		{"add --stdin --from-env ops", "secaws: --from-env or --stdin, not both\nsecaws: hint: how it is used: secaws add --help\n"},
		{"keychain", "secaws: say which of its commands you mean\nsecaws: hint: how it is used: secaws keychain --help\n"},
		{"keychain burn", "secaws: secaws keychain has no command \"burn\"\nsecaws: hint: how it is used: secaws keychain --help\n"},
	}
	for _, test := range tests {
		stdout, stderr, code := inProcess(t, strings.Fields(test.line)...)
		if stdout != "" || stderr != test.stderr || code != exitUsage {
			t.Errorf("secaws %s: exit code %d, stdout %q, stderr\n%s want exit code 2, nothing on stdout, stderr\n%s", test.line, code, stdout, stderr, test.stderr)
		}
	}
}

// Every command explains itself on stdout, with a real example, whatever comes before the question.
func TestHelp(t *testing.T) {
	check := func(c *cli.Command, path ...string) {
		for _, flag := range []string{"--help", "-h"} {
			stdout, stderr, code := inProcess(t, append(slices.Clone(path), flag)...)
			if code != exitDone || stderr != "" || !strings.Contains(stdout, "Example:\n") {
				t.Errorf("secaws %s %s: exit code %d, stderr %q, stdout\n%s", strings.Join(path, " "), flag, code, stderr, stdout)
			}
		}
		if c.Usage == "" || c.Usage != strings.ToLower(c.Usage[:1])+c.Usage[1:] && !strings.HasPrefix(c.Usage, "QR") || strings.HasSuffix(c.Usage, ".") {
			t.Errorf("secaws %s: usage %q is not a lower-case phrase without a full stop", strings.Join(path, " "), c.Usage)
		}
	}
	everyCommand(func(c *cli.Command, path []string) {
		if !c.Hidden {
			check(c, path...)
		}
	})
	stdout, _, code := inProcess(t, "help")
	for _, name := range commandNames() {
		if name == "__complete" { // hidden: the shells call it, people do not
			continue
		}
		if code != exitDone || !strings.Contains(stdout, "   "+name) {
			t.Errorf("secaws help does not list %s:\n%s", name, stdout)
		}
	}
}

// everyCommand visits each command and those below it.
func everyCommand(visit func(c *cli.Command, path []string)) {
	var down func(c *cli.Command, path []string)
	down = func(c *cli.Command, path []string) {
		path = append(slices.Clone(path), c.Name)
		visit(c, path)
		for _, sub := range c.Subcommands {
			down(sub, path)
		}
	}
	for _, c := range build(&env{}, nil) {
		down(c, nil)
	}
}

// A secret on a command line is in the shell's history and in ps. No flag takes one.
func TestNoFlagTakesASecret(t *testing.T) {
	everyCommand(func(c *cli.Command, path []string) {
		for _, f := range c.Flags {
			d, ok := f.(cli.DocGenerationFlag)
			if !ok || !d.TakesValue() {
				continue
			}
			for _, name := range f.Names() {
				for _, word := range []string{"secret", "password", "passphrase", "token", "seed", "code", "credential"} {
					if strings.Contains(name, word) {
						t.Errorf("secaws %s --%s takes a value: is it a secret?", strings.Join(path, " "), name)
					}
				}
			}
		}
	})
}

func TestTableOfCommandsHasTheNames(t *testing.T) {
	for _, c := range commands() {
		if got := c.build(&env{}).Name; got != c.name {
			t.Errorf("the table says %q, the command %q", c.name, got)
		}
	}
}

func TestReport(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		err    error
		code   int
		stderr string
	}{
		{"done", context.Background(), nil, 0, ""},
		{"failed", context.Background(), errors.New("broken"), 1, "secaws: broken\n"},
		{"with a hint", context.Background(), hinted{errors.New("broken"), "mend it"}, 1, "secaws: broken\nsecaws: hint: mend it\n"},
		{"usage", context.Background(), usageError{command: "secaws x", problem: "what"}, 2, "secaws: what\nsecaws: hint: how it is used: secaws x --help\n"},
		{"declined", context.Background(), session.ErrCanceled, 130, "secaws: interrupted\n"},
		{"interrupted", canceled, io.ErrUnexpectedEOF, 130, "secaws: interrupted\n"},
		{"a child's", context.Background(), exitError(42), 42, ""},
		{"a child's, interrupted", canceled, exitError(3), 3, ""},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		e := &env{stderr: &stderr}
		if code := e.report(test.ctx, test.err); code != test.code || stderr.String() != test.stderr {
			t.Errorf("%s: exit code %d, stderr %q; want %d, %q", test.name, code, stderr.String(), test.code, test.stderr)
		}
	}
}

func TestLasting(t *testing.T) {
	tests := map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 59 * time.Second: "59s", 119 * time.Second: "119s", 2 * time.Minute: "2m",
		59*time.Minute + 59*time.Second: "59m", time.Hour: "1h00m", 11*time.Hour + 59*time.Minute + 59*time.Second: "11h59m", 36 * time.Hour: "36h00m",
	}
	for d, want := range tests {
		if got := lasting(d); got != want {
			t.Errorf("lasting(%v) = %q, want %q", d, got, want)
		}
	}
}
