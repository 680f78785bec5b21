package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/secaws/secaws/configgen/provision"
)

// planAnswer is what plan --json and apply --json answer.
type planAnswer struct {
	Accounts []accountAnswer `json:"accounts"`
	provision.Changes
	Add    int `json:"add"`
	Change int `json:"change"`
	Remove int `json:"remove"`
}

type accountAnswer struct {
	Name string `json:"name"`
	ID   string `json:"id"`
	Via  string `json:"via"`
}

// tellPlan shows a plan, as JSON or for people; a plan without changes in the words of done.
func (s survey) tellPlan(c *cli.Context, plan provision.Changes, done string) error {
	if c.Bool("json") {
		answer := planAnswer{Changes: plan}
		answer.Add, answer.Change, answer.Remove = plan.Count()
		answer.List, answer.Conflicts, answer.Notes = listed(plan.List), listed(plan.Conflicts), listed(plan.Notes)
		for _, a := range s.open {
			answer.Accounts = append(answer.Accounts, accountAnswer{a.Account.Name, a.Account.ID, a.Via})
		}
		return s.e.writeJSON(answer)
	}
	p := painter{colours: s.e.colours()}
	for _, a := range s.open {
		p.account(a, plan)
	}
	added, modified, removed := plan.Count()
	switch {
	case plan.Empty():
		p.line("", done+": nothing to do.")
	default:
		p.line("", fmt.Sprintf("Plan: %d to add, %d to change, %d to remove.", added, modified, removed))
	}
	return s.e.print(p.text.String())
}

// listed is items as JSON lists them: none as [], which programs can walk, and not as null.
func listed[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// painter draws a plan.
type painter struct {
	colours bool
	text    strings.Builder
}

// paints are the colours of signs, as in Terraform and diff.
var paints = map[string]string{"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", "!": "\x1b[35m"}

// line draws one line in the colour of sign. What it says is escaped: names come from AWS.
func (p *painter) line(sign, text string) {
	text = escape(text)
	if paint := paints[sign]; paint != "" && p.colours {
		text = paint + text + "\x1b[0m"
	}
	p.text.WriteString(text + "\n")
}

// account draws what there is to say of an account, nothing when that is nothing.
func (p *painter) account(a provision.Access, plan provision.Changes) {
	body := painter{colours: p.colours}
	for _, c := range plan.Of(a.Account.Name) {
		body.change(c)
	}
	for _, c := range plan.Conflicts {
		if c.Account == a.Account.Name {
			body.line("!", "  ! "+c.What+": "+c.Why)
		}
	}
	for _, n := range plan.Notes {
		if n.Account == a.Account.Name {
			body.line("", "    note: "+n.Text)
		}
	}
	if body.text.Len() > 0 {
		p.line("", fmt.Sprintf("%s (%s)", a.Account.Name, a.Account.ID))
		p.text.WriteString(body.text.String() + "\n")
	}
}

// change draws a change, and the difference it makes where something was there before.
func (p *painter) change(c provision.Change) {
	sign := string(c.Op)
	text := "  " + sign + " " + c.What
	if c.Why != "" {
		text += " (" + c.Why + ")"
	}
	p.line(sign, text)
	if c.Before == "" {
		return
	}
	for _, l := range provision.Difference(c.Before, c.After) {
		p.line(strings.TrimSpace(string(l.Sign)), "      "+string(l.Sign)+" "+l.Text)
	}
}

// colours tells whether stdout shows them: a terminal, and nobody against it (https://no-color.org).
func (e *env) colours() bool {
	f, ok := e.stdout.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}
