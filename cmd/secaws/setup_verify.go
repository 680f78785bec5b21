package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func setupVerifyCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "prove that the landing zone allows what it should, and refuses the rest",
		UsageText: "secaws setup verify [--json]",
		Description: example("Makes a user in each group for a minute, tries every role with MFA and without, makes and removes\n"+
			"buckets. Exit 1 on any surprise.", "secaws setup verify"),
		Flags:  []cli.Flag{blueprintFlag(), jsonFlag()},
		Action: func(c *cli.Context) error { return runSetupVerify(e, c) },
	}
}

func runSetupVerify(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	open, err := z.open(c.Context)
	if err != nil {
		return err
	}
	v, err := z.verifier(open)
	if err != nil {
		return err
	}
	if v.Bootstrap, err = z.bootstrapKeyIDs(c.Context); err != nil {
		return err
	}
	checks, err := v.Verify(c.Context)
	if err != nil {
		return err
	}
	e.audit(auditEntry{Command: "setup verify"})
	return e.tellChecks(c, checks)
}

func (z *zone) verifier(open []provision.Access) (*provision.Verifier, error) {
	step, err := z.codeStep()
	return &provision.Verifier{
		Blueprint: z.blueprint, Site: z.site, Open: open, Wait: z.waiter(), Now: z.e.now, CodeStep: step, Suffix: randomSuffix,
		Say: func(line string) { z.e.notice("%s", line) },
	}, err
}

// codeStep is how long an MFA code lasts: 30 seconds with AWS. A rehearsal cloud with a faster phone says so in
// SECAWS_LAB_TOTP_STEP, which counts for no endpoint but its own.
func (z *zone) codeStep() (time.Duration, error) {
	text := z.e.getenv("SECAWS_LAB_TOTP_STEP")
	if text == "" || z.site.IAMEndpoint == "" {
		return 30 * time.Second, nil
	}
	step, err := time.ParseDuration(text)
	if err != nil || step < time.Second {
		return 0, fmt.Errorf("SECAWS_LAB_TOTP_STEP=%q is no time of 1s or more", text)
	}
	return step, nil
}

// randomSuffix makes names that nobody has taken.
func randomSuffix() string {
	var b [6]byte
	rand.Read(b[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(b[:])
}

// tellChecks shows what was found and fails on a surprise.
func (e *env) tellChecks(c *cli.Context, checks []provision.Check) error {
	surprises := 0
	for _, check := range checks {
		if !check.OK {
			surprises++
		}
	}
	var err error
	if c.Bool("json") {
		err = e.writeJSON(map[string]any{"ok": surprises == 0, "surprises": surprises, "checks": checks})
	} else {
		err = e.table(checkRows(checks))
	}
	if err != nil || surprises == 0 && c.Bool("json") {
		return err
	}
	if surprises > 0 {
		e.notice("%s in %d checks", counted(surprises, "surprise"), len(checks))
		return exitError(exitFailed)
	}
	return e.printf("all %d checks are as expected\n", len(checks))
}

// checkRows joins checks that differ in their account only.
func checkRows(checks []provision.Check) [][]string {
	rows := [][]string{{"", "WHO", "WHAT", "WHERE", "EXPECTED", "SEEN"}}
	at := map[provision.Check]int{}
	var where [][]string
	for _, c := range checks {
		key := c
		key.Account = ""
		i, known := at[key]
		if !known {
			i = len(where)
			at[key] = i
			where = append(where, nil)
			rows = append(rows, []string{mark(c), c.Who, c.What, "", c.Expected, c.Seen})
		}
		where[i] = append(where[i], c.Account)
	}
	for i, accounts := range where {
		rows[i+1][3] = fewAccounts(accounts)
	}
	return rows
}

func mark(c provision.Check) string {
	switch {
	case !c.OK:
		return "✗"
	case c.Info:
		return "i"
	}
	return "✓"
}

// fewAccounts names accounts while they fit.
func fewAccounts(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s … (%d accounts)", strings.Join(names[:most-1], " "), len(names))
	}
	return strings.Join(names, " ")
}
