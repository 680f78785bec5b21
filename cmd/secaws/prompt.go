package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// promptFormat is what prompt shows when it is not told.
const promptFormat = "{profile}( {role}(@{account}))( {left})"

// shortLeft is how little time makes the rest of a session stand out.
const shortLeft = 5 * time.Minute

func promptCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "prompt",
		Usage:     "print the active profile for a shell's prompt",
		UsageText: "secaws prompt [--format TEMPLATE] [--color WHEN]",
		Description: example("TEMPLATE holds {profile}, {role}, {account}, {region}, {left} and {expires}; a part in ( ) is left out when\n"+
			"all in it is empty, and \\ makes the next character plain. Nothing is printed when no profile is active. It\n"+
			"reads the environment and ~/.aws/config: no keychain, no network. The hooks of secaws shell-init need\n"+
			"no process at all.", `secaws prompt --format '{account}/{role}( {left})'`),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "what to print: `TEMPLATE`", Value: promptFormat},
			&cli.StringFlag{Name: "color", Usage: "`WHEN`: auto, always, never, or bash or zsh for their prompt variables", Value: "auto"},
		},
		Action: func(c *cli.Context) error { return runPrompt(e, c) },
	}
}

func runPrompt(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	paint, ok := painters[e.colorMode(c.String("color"))]
	if !ok {
		return usageErrorf(c, "--color %q: want auto, always, never, bash or zsh", c.String("color"))
	}
	a := e.active()
	if a.profile == "" {
		return nil
	}
	template := c.String("format")
	if !a.labelled && hasField(template, "role", "account", "region") {
		a = e.lookedUp(a)
	}
	a.clock = strings.Contains(template, "{expires}")
	text, err := renderTemplate(template, a.fields(paint))
	if err != nil {
		return usageErrorf(c, "--format: %v", err)
	}
	return e.print(text + "\n")
}

// colorMode settles auto: colours for a terminal that has them, where the person did not say no (https://no-color.org).
func (e *env) colorMode(mode string) string {
	if mode != "auto" {
		return mode
	}
	if e.getenv("NO_COLOR") != "" || e.getenv("TERM") == "dumb" || !isTerminal(e.stdout) {
		return "never"
	}
	return "always"
}

// painters put a text between terminal sequences, which bash and zsh must be told do not take space.
// https://www.gnu.org/software/bash/manual/html_node/Controlling-the-Prompt.html
var painters = map[string]func(color, text string) string{
	"never":  func(_, text string) string { return text },
	"always": func(color, text string) string { return "\x1b[" + color + "m" + text + "\x1b[0m" },
	"bash": func(color, text string) string {
		return "\x01\x1b[" + color + "m\x02" + text + "\x01\x1b[0m\x02"
	},
	"zsh": func(color, text string) string {
		return "%{\x1b[" + color + "m%}" + strings.ReplaceAll(text, "%", "%%") + "%{\x1b[0m%}"
	},
}

// activeProfile is what the environment says of the shell's credentials.
type activeProfile struct {
	profile, role, account, region string
	expires                        time.Time // zero: unknown, or there is no session
	left                           time.Duration
	labelled                       bool // role and account are told, and known where they are empty
	clock                          bool // {expires} is asked for
}

// active reads the environment: the profile whose credentials it holds, else the one that SDKs are told to use.
func (e *env) active() activeProfile {
	region := e.orElse("AWS_REGION", e.getenv("AWS_DEFAULT_REGION"))
	profile := e.getenv("SECAWS_PROFILE")
	if profile == "" {
		return activeProfile{profile: e.getenv("AWS_PROFILE"), region: region}
	}
	role, account := e.getenv(labelNames[0]), e.getenv(labelNames[1])
	a := activeProfile{profile: profile, role: role, account: firstOf(account, e.getenv("AWS_ACCOUNT_ID")), region: region, labelled: role+account != ""}
	if at, err := time.Parse(time.RFC3339, e.getenv("AWS_CREDENTIAL_EXPIRATION")); err == nil {
		a.expires, a.left = at, at.Sub(e.now())
	}
	return a
}

// lookedUp is a with what AWS's config tells of the profile.
func (e *env) lookedUp(a activeProfile) activeProfile {
	if p, err := e.profile(a.profile); err == nil {
		a.role, a.account, a.region = roleName(p.RoleARN), firstOf(a.account, accountOf(p.RoleARN)), firstOf(a.region, p.Region)
	}
	return a
}

func hasField(template string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(template, "{"+name+"}") })
}

// withoutLabels is environ without what a shell's prompt shows beside the profile: for a program that gets another one.
func withoutLabels(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(labelNames[:], name)
	})
}

// fields are the template's, escaped and painted: red in production, yellow when little time is left.
func (a activeProfile) fields(paint func(color, text string) string) map[string]string {
	color := "36" // cyan
	if isProduction(a.profile) || isProduction(a.account) {
		color = "1;31"
	}
	painted := func(color, text string) string {
		if text == "" {
			return ""
		}
		return paint(color, escape(text))
	}
	fields := map[string]string{"left": "", "expires": ""}
	for name, text := range map[string]string{"profile": a.profile, "role": a.role, "account": a.account, "region": a.region} {
		fields[name] = painted(color, text)
	}
	if a.expires.IsZero() {
		return fields
	}
	text, timeColor := lasting(a.left), "36"
	switch {
	case a.left <= 0:
		text, timeColor = "ended", "1;33"
	case a.left < shortLeft:
		timeColor = "1;33"
	}
	fields["left"] = painted(timeColor, text)
	if a.clock { // reading the time zone costs as much as all the rest
		fields["expires"] = painted(timeColor, a.expires.Local().Format("15:04"))
	}
	return fields
}

// isProduction tells whether a name has a part that means production: prod-Ops, but neither preprod-Ops nor non-prod.
func isProduction(name string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for i, part := range parts {
		negated := i > 0 && slices.Contains([]string{"non", "not", "pre"}, parts[i-1])
		if slices.Contains([]string{"prod", "prd", "production", "live"}, part) && !negated {
			return true
		}
	}
	return false
}
