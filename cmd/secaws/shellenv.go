package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/session"
)

func shellEnvCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "env",
		Usage:     "print a profile's credentials for the current shell",
		UsageText: "secaws env [--format FORMAT] [PROFILE]",
		Description: example("FORMAT is "+strings.Join(shellFormats, ", ")+". What the shell has of other credentials is taken away.\n"+
			"With secaws shell-init, secaws-use does this in one word.", `eval "$(secaws env Ops)"`),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "for whom to print: `FORMAT` (default: " + defaultFormat() + ")"},
			directFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runShellEnv(e, c) },
	}
}

func defaultFormat() string {
	if runtime.GOOS == "windows" {
		return "powershell"
	}
	return "sh"
}

func runShellEnv(e *env, c *cli.Context) error {
	format := firstOf(c.String("format"), defaultFormat())
	if c.Bool("json") {
		format = "json"
	}
	if !slices.Contains(shellFormats, format) {
		return usageErrorf(c, "--format %q: want one of %s", format, strings.Join(shellFormats, ", "))
	}
	p, err := e.namedProfile(c)
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
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
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
		if strings.HasPrefix(name, "AWS_") && !slices.ContainsFunc(after, func(a string) bool { return strings.HasPrefix(a, name+"=") }) {
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
	slices.SortFunc(out, func(a, b assignment) int { return strings.Compare(a.name, b.name) })
	return out
}

// labels are what prompts show of a session beside its profile. They are no secrets, and stay empty where unknown.
func (e *env) labels(s session.Session) []assignment {
	role, account := roleName(s.RoleARN), e.accountName(s.Account)
	return []assignment{{"SECAWS_ROLE", role, role == ""}, {"SECAWS_ACCOUNT", account, account == ""}}
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

// accountName is what the blueprint calls an account, else its number.
func (e *env) accountName(id string) string {
	p, err := e.paths()
	if err != nil {
		return id
	}
	data, err := os.ReadFile(p.blueprint)
	if err != nil {
		return id
	}
	b, err := configgen.ParseBlueprint(p.blueprint, data)
	if err != nil {
		return id
	}
	for _, a := range b.All() {
		if a.ID == id && id != "" {
			return a.Name
		}
	}
	return id
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
