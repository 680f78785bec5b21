package main

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
)

// keyAnswer is a long-lived key as list --json and add --json answer it.
type keyAnswer struct {
	Name      string     `json:"name"`
	KeyID     string     `json:"key_id"`
	User      string     `json:"user,omitempty"`
	Account   string     `json:"account,omitempty"`
	MFASerial string     `json:"mfa_serial,omitempty"`
	Created   *time.Time `json:"created,omitempty"` // in IAM, where known
	Backend   string     `json:"backend"`
	Profile   string     `json:"profile,omitempty"` // written by add
}

func answerKey(info keyring.KeyInfo, backend string) keyAnswer {
	answer := keyAnswer{Name: info.Name, KeyID: info.ID, User: info.User, Account: info.Account, MFASerial: info.MFASerial, Backend: backend}
	if !info.Created.IsZero() {
		created := info.Created.UTC()
		answer.Created = &created
	}
	return answer
}

func listCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list the long-lived keys in the keychain",
		UsageText:   "secaws list [--json]",
		Description: example("Shows everything that is known of a key but its secret.", "secaws list"),
		Flags:       []cli.Flag{jsonFlag()},
		Action:      func(c *cli.Context) error { return runList(e, c) },
	}
}

func runList(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	infos, err := ring.List(c.Context)
	if err != nil {
		return err
	}
	backend, err := ring.Backend(c.Context)
	if err != nil {
		return err
	}
	answers := []keyAnswer{}
	rows := [][]string{{"NAME", "KEY", "ACCOUNT", "USER", "MFA"}}
	for _, info := range infos {
		answers = append(answers, answerKey(info, backend))
		rows = append(rows, []string{info.Name, info.ID, info.Account, info.User, info.MFASerial})
	}
	if c.Bool("json") {
		return e.writeJSON(answers)
	}
	if len(infos) == 0 {
		e.notice("no keys in the keychain (%s) yet; store one with: secaws add NAME", backend)
		return nil
	}
	return e.table(rows)
}

// table prints rows in columns; the first row is the heading. Cells are escaped, empty ones shown as "-".
func (e *env) table(rows [][]string) error {
	var widths []int
	cells := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			cell = escape(cell)
			if cell == "" {
				cell = "-"
			}
			cells[i] = append(cells[i], cell)
			if j == len(widths) {
				widths = append(widths, 0)
			}
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range cells {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return e.print(b.String())
}
