package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/secaws/secaws/session"
)

func shellEnvCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "env",
		Usage:     "print a profile's credentials for the current shell",
		UsageText: "secaws env [--format FORMAT] [PROFILE]\n   secaws env [--format FORMAT] --clear",
		Description: example("FORMAT is "+strings.Join(shellFormats, ", ")+" (default: your shell's). What the shell has of\n"+
			"other credentials is taken away. Without PROFILE the shell's own is renewed, else AWS_PROFILE's taken. With\n"+
			"secaws shell-init, secaws-use does this in one word.", `eval "$(secaws env Ops)"`),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "for whom to print: `FORMAT`"},
			&cli.BoolFlag{Name: "clear", Usage: "take the credentials away instead"},
			directFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runShellEnv(e, c) },
	}
}

func runShellEnv(e *env, c *cli.Context) error {
	format, err := e.shellFormat(c)
	if err != nil {
		return err
	}
	if c.Bool("clear") {
		return e.clearShell(c, format)
	}
	p, err := e.shellProfile(c)
	if err != nil {
		return err
	}
	s, err := e.retrieveFor(c.Context, p)
	if err != nil {
		return err
	}
	assignments := e.assignments(s)
	if format == "json" {
		e.audit(usedSession("env", s))
		return e.writeJSON(jsonOf(assignments))
	}
	text, err := formatAssignments(format, assignments)
	if err != nil {
		return err
	}
	if isTerminal(e.stdout) {
		e.notice("these lines are secret, and a shell is to read them: eval \"$(secaws env %s)\"", p.Name)
	}
	e.audit(usedSession("env", s))
	return e.print(text)
}

// isTerminal tells whether somebody would see what is written to w.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// shellFormat is the format asked for, else that of the person's shell.
func (e *env) shellFormat(c *cli.Context) (string, error) {
	format := c.String("format")
	shell := filepath.Base(e.getenv("SHELL"))
	switch {
	case c.Bool("json"):
		return "json", nil
	case slices.Contains(shellFormats, format):
		return format, nil
	case format != "":
		return "", usageErrorf(c, "--format %q: want one of %s", format, strings.Join(shellFormats, ", "))
	case runtime.GOOS == "windows":
		return "powershell", nil
	case shell == "fish":
		return "fish", nil
	case slices.Contains([]string{"csh", "tcsh", "nu", "elvish", "xonsh", "rc", "es"}, shell):
		return "", usageErrorf(c, "nothing is printed for %s: say --format json and read that, or use secaws exec", shell)
	}
	return "sh", nil
}

// shellProfile is the profile named, else the one whose credentials the shell has, which are then renewed, else AWS_PROFILE's.
func (e *env) shellProfile(c *cli.Context) (session.Profile, error) {
	name := e.getenv("SECAWS_PROFILE")
	if c.NArg() > 0 || name == "" {
		return e.namedProfile(c, e.meantProfile)
	}
	p, err := e.profile(name)
	p.Direct = p.Direct || c.Bool("direct")
	return p, err
}

// clearShell prints what takes a session's variables away again.
func (e *env) clearShell(c *cli.Context, format string) error {
	if c.NArg() > 0 {
		return usageErrorf(c, "--clear takes no PROFILE: %q is too much", c.Args().First())
	}
	if format == "dotenv" || format == "json" {
		return usageErrorf(c, "--format %s has no word for taking a variable away", format)
	}
	var gone []assignment
	for name := range sessionVariables {
		gone = append(gone, assignment{name: name, unset: true})
	}
	for _, name := range labelNames {
		gone = append(gone, assignment{name: name, unset: true})
	}
	sortAssignments(gone)
	text, err := formatAssignments(format, gone)
	if err != nil {
		return err
	}
	return e.print(text)
}

// assignment is a variable of a shell, set or, when unset, taken away.
type assignment struct {
	name, value string
	unset       bool
}

// assignments turn the shell that started us into one with the session's credentials and no others. What unlocks the
// keychain stays: this is the person's own shell and not a program that exec starts.
func (e *env) assignments(s session.Session) []assignment {
	after := session.Environ(e.environ, s, session.EnvironOptions{})
	var out []assignment
	for _, entry := range e.environ {
		name, _, _ := strings.Cut(entry, "=")
		if isForeignVariable(name) && !slices.ContainsFunc(after, func(a string) bool { return strings.HasPrefix(a, name+"=") }) {
			out = append(out, assignment{name: name, unset: true})
		}
	}
	for _, entry := range after {
		name, value, _ := strings.Cut(entry, "=")
		if !slices.Contains(e.environ, entry) || sessionVariables[name] {
			out = append(out, assignment{name: name, value: value})
		}
	}
	out = append(out, e.labels(s)...)
	sortAssignments(out)
	return out
}

func sortAssignments(a []assignment) {
	slices.SortFunc(a, func(a, b assignment) int { return strings.Compare(a.name, b.name) })
}

// isForeignVariable tells whether a variable may be taken away: AWS's own, but not what unlocks a keychain or says where
// one is (AWS_VAULT_FILE_PASSPHRASE, AWS_VAULT_PASS_…). A name is printed for a shell to run, so it must be one: a
// program can put anything into the environment.
func isForeignVariable(name string) bool {
	return strings.HasPrefix(name, "AWS_") && !strings.Contains(name, "PASS") && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

var labelNames = [2]string{"SECAWS_ROLE", "SECAWS_ACCOUNT"}

// labels are what prompts show of a session beside its profile. They are no secrets, and stay empty where unknown.
func (e *env) labels(s session.Session) []assignment {
	role, account := roleName(s.RoleARN), e.accountName(s.Account)
	return []assignment{{labelNames[0], role, role == ""}, {labelNames[1], account, account == ""}}
}

// withLabels is environ for a shell with the session's credentials, labels included.
func (e *env) withLabels(environ []string, s session.Session) []string {
	for _, label := range e.labels(s) {
		environ = slices.DeleteFunc(slices.Clone(environ), func(entry string) bool { return strings.HasPrefix(entry, label.name+"=") })
		if !label.unset {
			environ = append(environ, label.name+"="+label.value)
		}
	}
	return environ
}

// sessionVariables are set even where the shell has them with the same value.
var sessionVariables = map[string]bool{
	"AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true, "AWS_CREDENTIAL_EXPIRATION": true,
	"AWS_REGION": true, "AWS_DEFAULT_REGION": true, "AWS_ACCOUNT_ID": true, "SECAWS_PROFILE": true,
}

func jsonOf(assignments []assignment) map[string]string {
	out := map[string]string{}
	for _, a := range assignments {
		if !a.unset {
			out[a.name] = a.value
		}
	}
	return out
}

// formatAssignments writes the lines for one kind of shell. A value that it could not take as it is gives an error.
func formatAssignments(format string, assignments []assignment) (string, error) {
	var b strings.Builder
	for _, a := range assignments {
		line, err := formatAssignment(format, a)
		if err != nil {
			return "", fmt.Errorf("%s: %w", a.name, err)
		}
		b.WriteString(line)
	}
	return b.String(), nil
}
