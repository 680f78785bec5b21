package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func userListCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list the users, and what is against good practice",
		UsageText:   "secaws user list [--json]",
		Description: example("Marks users without MFA, keys older than 90 days, second keys, and users never seen.", "secaws user list"),
		Flags:       []cli.Flag{blueprintFlag(), jsonFlag()},
		Action:      func(c *cli.Context) error { return runUserList(e, c) },
	}
}

// userAnswer is a user as user list --json answers it.
type userAnswer struct {
	User       string      `json:"user"`
	Groups     []string    `json:"groups"`
	Keys       []keyOfUser `json:"keys"`
	MFA        bool        `json:"mfa"`
	Console    bool        `json:"console"`
	LastActive *time.Time  `json:"last_active,omitempty"`
	Findings   []string    `json:"findings"`
}

type keyOfUser struct {
	ID       string     `json:"id"`
	Active   bool       `json:"active"`
	AgeDays  int        `json:"age_days"`
	LastUsed *time.Time `json:"last_used,omitempty"`
}

func runUserList(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	open, err := z.open(c.Context, z.blueprint.Identity)
	if err != nil {
		return err
	}
	found, err := provision.ReadPeople(c.Context, open[0].IAM)
	if err != nil {
		return err
	}
	answers := []userAnswer{}
	rows := [][]string{{"USER", "GROUPS", "KEYS", "MFA", "CONSOLE", "LAST SEEN", "NOT GOOD"}}
	for _, p := range found {
		a := answerUser(p, e.now())
		answers = append(answers, a)
		rows = append(rows, a.row())
	}
	if c.Bool("json") {
		return e.writeJSON(answers)
	}
	return e.table(rows)
}

func answerUser(p provision.Person, now time.Time) userAnswer {
	a := userAnswer{
		User: p.Name, Groups: orEmpty(p.Groups), Keys: []keyOfUser{}, MFA: len(p.Devices) > 0, Console: p.Console,
		LastActive: seenAt(p.LastActive()), Findings: orEmpty(p.Findings(now)),
	}
	for _, k := range p.Keys {
		a.Keys = append(a.Keys, keyOfUser{ID: k.ID, Active: k.Active, AgeDays: days(now.Sub(k.Created)), LastUsed: seenAt(k.LastUsed)})
	}
	return a
}

func (a userAnswer) row() []string {
	var keys []string
	for _, k := range a.Keys {
		text := fmt.Sprintf("%s (%dd)", k.ID, k.AgeDays)
		if !k.Active {
			text = k.ID + " (off)"
		}
		keys = append(keys, text)
	}
	last := "never"
	if a.LastActive != nil {
		last = a.LastActive.Format("2006-01-02")
	}
	return []string{a.User, strings.Join(a.Groups, " "), strings.Join(keys, " "), yesNo(a.MFA), yesNo(a.Console), last, strings.Join(a.Findings, ", ")}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func days(d time.Duration) int { return int(d.Hours() / 24) }

// seenAt is nil for never, so that JSON leaves it out.
func seenAt(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// orEmpty is a list that JSON shows as [] where it is empty.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
