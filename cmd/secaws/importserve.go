package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
)

// serve has secaws serve the profile that held the key until now, where --profile asks for it, and returns its name.
// SDKs would find no credentials there otherwise, so without it that is told.
func (i importing) serve(f foundKey) (string, error) {
	if f.profile == "" {
		return "", nil
	}
	if !i.c.Bool("profile") || configgen.CheckName(f.profile) != nil {
		i.e.notice("SDKs find no key in profile %s now; to have secaws serve it: secaws config write %s --key %s --adopt", f.profile, f.profile, f.name)
		return "", nil
	}
	s, err := i.e.sectionFor(i.c, f.profile, func(option, otherwise string) string {
		switch {
		case option == "key":
			return f.name
		case option == "mfa-serial" && otherwise == "":
			return f.mfaSerial
		}
		return otherwise
	})
	if err != nil {
		return "", fmt.Errorf("profile %q: %w", f.profile, err)
	}
	p, err := i.e.paths()
	if err != nil {
		return "", err
	}
	return f.profile, configgen.Edit(p.config, setting(s, true))
}

func (e *env) tellImported(c *cli.Context, answers []importAnswer) error {
	if c.Bool("json") {
		return e.writeJSON(answers)
	}
	rows := [][]string{{"NAME", "KEY", "ACCOUNT", "USER", "OUTCOME"}}
	for _, a := range answers {
		outcome := a.Outcome
		if a.Removed != "" {
			outcome += ", removed from " + a.Removed
		}
		if a.Profile != "" {
			outcome += ", profile served"
		}
		rows = append(rows, []string{a.Name, a.KeyID, a.Account, a.User, outcome})
	}
	return e.table(rows)
}
