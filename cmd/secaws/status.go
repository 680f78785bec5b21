package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

func statusCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "status",
		Usage:       "show which sessions are alive and for how long, or who used what",
		UsageText:   "secaws status [--json] [--log [--last N]]",
		Description: example("A session of a key is shown without a role; roles are made from it silently.", "secaws status --log --last 20"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "log", Usage: "show the audit log instead"},
			&cli.IntFlag{Name: "last", Usage: "with --log, the last `N` entries", Value: 50},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noNames(c); err != nil {
				return err
			}
			if c.Bool("log") {
				return showLog(e, c)
			}
			return showSessions(e, c)
		},
	}
}

// sessionAnswer is a session as status --json answers it.
type sessionAnswer struct {
	Profile    string     `json:"profile"` // the first that asked for it
	RoleARN    string     `json:"role_arn,omitempty"`
	Account    string     `json:"account,omitempty"`
	KeyID      string     `json:"key_id"`
	MFA        bool       `json:"mfa"`
	Issued     time.Time  `json:"issued"`
	Expires    time.Time  `json:"expires"`
	Left       int        `json:"left_seconds"`
	MFAExpires *time.Time `json:"mfa_expires,omitempty"` // when the next code will be asked for
}

func showSessions(e *env, c *cli.Context) error {
	r, err := e.retriever()
	if err != nil {
		return err
	}
	infos, err := r.Sessions(c.Context)
	if err != nil {
		return err
	}
	slices.SortStableFunc(infos, keysThenProfiles)
	answers := []sessionAnswer{}
	names := e.accountNames()
	rows := [][]string{{"PROFILE", "ROLE", "ACCOUNT", "LEFT", "NEXT CODE"}}
	for _, s := range infos {
		if s.Left <= 0 {
			continue
		}
		answers = append(answers, answerSession(s))
		rows = append(rows, sessionRow(s, names[s.Account]))
	}
	if c.Bool("json") {
		return e.writeJSON(answers)
	}
	if len(answers) == 0 {
		e.notice("no session is alive; make one with: secaws login PROFILE")
		return nil
	}
	return e.table(rows)
}

// keysThenProfiles puts sessions of keys, which roles are made from, before those of roles.
func keysThenProfiles(a, b session.Info) int {
	if a, b := a.RoleARN == "", b.RoleARN == ""; a != b {
		if a {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Profile, b.Profile)
}

func answerSession(s session.Info) sessionAnswer {
	answer := sessionAnswer{
		Profile: s.Profile, RoleARN: s.RoleARN, Account: s.Account, KeyID: s.KeyID, MFA: s.MFA,
		Issued: s.Issued.UTC(), Expires: s.Expires.UTC(), Left: int(s.Left.Seconds()),
	}
	if !s.MFAExpires.IsZero() {
		until := s.MFAExpires.UTC()
		answer.MFAExpires = &until
	}
	return answer
}

// sessionRow reckons the next code from what is left, so that a clock that is off does not matter. account is the
// account's name, "" where none is known. Which key it is, --json tells: a line is to fit into 80 columns.
func sessionRow(s session.Info, account string) []string {
	next := ""
	if !s.MFAExpires.IsZero() {
		next = lasting(s.MFAExpires.Sub(s.Expires) + s.Left)
	}
	return []string{s.Profile, roleName(s.RoleARN), strings.TrimSpace(s.Account + " " + account), lasting(s.Left), next}
}

// roleName is the name at the end of a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func showLog(e *env, c *cli.Context) error {
	last := c.Int("last")
	if last < 1 {
		return usageErrorf(c, "--last %d: want 1 or more", last)
	}
	p, err := e.paths()
	if err != nil {
		return err
	}
	entries, err := auditEntries(p.audit(), last)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return e.writeJSON(entries)
	}
	if len(entries) == 0 {
		e.notice("the audit log %s is empty", p.audit())
		return nil
	}
	rows := [][]string{{"TIME", "COMMAND", "PROFILE", "ROLE", "KEY", "MFA", "BY"}}
	for _, entry := range entries {
		rows = append(rows, logRow(entry))
	}
	return e.table(rows)
}

func logRow(entry auditEntry) []string {
	who := entry.Caller
	if entry.Program != "" {
		who += " → " + entry.Program
	}
	mfa := "no"
	if entry.MFA {
		mfa = "yes"
	}
	profile := entry.Profile
	if profile == "" {
		profile = entry.Key
	}
	return []string{entry.Time.Local().Format("2006-01-02 15:04:05"), entry.Command, profile, roleName(entry.RoleARN), entry.KeyID, mfa, who}
}
