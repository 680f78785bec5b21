package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

func loginCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "login",
		Usage:     "give the MFA code now, so that nothing asks for it later",
		UsageText: "secaws login [--force] [--direct] [--json] [PROFILE]",
		Description: example("A session that has more than half of its time left is kept, unless --force is given.",
			"secaws login Ops"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "make a new session whatever is left of the old one"},
			directFlag(),
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runLogin(e, c) },
	}
}

// runLogin makes the session of the key, then that of the profile, so that a wrong role shows now.
func runLogin(e *env, c *cli.Context) error {
	p, err := e.namedProfile(c, e.meantProfile)
	if err != nil {
		return err
	}
	r, err := e.retriever()
	if err != nil {
		return err
	}
	least := enough(p)
	if c.Bool("force") {
		least = 1 << 62
	}
	if _, err := r.Login(c.Context, p, least); err != nil {
		return err
	}
	s, err := r.Retrieve(c.Context, p)
	if err != nil {
		return err
	}
	e.audit(usedSession("login", s))
	return e.tellLogin(c, s)
}

// enough is what must be left of a session for login to keep it: half of the time it is made for.
func enough(p session.Profile) time.Duration {
	const usual = 12 * time.Hour
	switch {
	case p.RoleARN != "" && (p.Direct || p.Duration > time.Hour):
		return max(p.Duration, time.Hour) / 2
	case p.SessionDuration > 0:
		return p.SessionDuration / 2
	}
	return usual / 2
}

// loginAnswer is what login --json answers.
type loginAnswer struct {
	Profile    string     `json:"profile"`
	RoleARN    string     `json:"role_arn,omitempty"`
	Account    string     `json:"account,omitempty"`
	Expires    time.Time  `json:"expires"`
	MFAExpires *time.Time `json:"mfa_expires,omitempty"` // when the next code will be asked for
}

func (e *env) tellLogin(c *cli.Context, s session.Session) error {
	answer := loginAnswer{Profile: s.Profile, RoleARN: s.RoleARN, Account: s.Account, Expires: s.Expires.UTC()}
	next := ""
	if !s.MFAExpires.IsZero() {
		until := s.MFAExpires.UTC()
		answer.MFAExpires = &until
		next = ", next MFA code in " + lasting(s.MFAExpires.Sub(e.now().Add(s.Offset)))
	}
	if c.Bool("json") {
		return e.writeJSON(answer)
	}
	return e.printf("%s: credentials for %s%s\n", s.Profile, lasting(s.Expires.Sub(e.now().Add(s.Offset))), next)
}

// lasting is a time in hours and minutes, in seconds where it is short.
func lasting(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
