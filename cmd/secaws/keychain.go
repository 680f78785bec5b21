package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
)

func keychainCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "keychain",
		Usage:       "move the keys to another keychain of this machine",
		UsageText:   "secaws keychain move --to BACKEND",
		Description: example("Keys live in one keychain at a time, which every error names.", "secaws keychain move --to pass --dry-run"),
		Subcommands: []*cli.Command{{
			Name:      "move",
			Usage:     "copy every key to another keychain, prove the copies, then empty this one",
			UsageText: "secaws keychain move --to BACKEND [--dry-run] [--json]",
			Description: example("Killed at any moment, no key is lost, and the same command goes on where it stopped.\n"+
				"BACKEND is one of: "+strings.Join(keyring.Backends(), ", "), "secaws keychain move --to pass --dry-run"),
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "to", Usage: "the `BACKEND` to move to"},
				&cli.BoolFlag{Name: "dry-run", Usage: "say what would be moved, and move nothing"},
				jsonFlag(),
			},
			Action: func(c *cli.Context) error { return runMove(e, c) },
		}},
	}
}

func runMove(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	to := c.String("to")
	if !slices.Contains(keyring.Backends(), to) {
		return usageErrorf(c, "--to %q: want one of %s", to, strings.Join(keyring.Backends(), ", "))
	}
	source, err := e.moveSource(to)
	if err != nil {
		return err
	}
	target, err := e.openKeyring(to, false)
	if err != nil {
		return err
	}
	steps := []string{}
	err = keyring.Move(c.Context, source, target, c.Bool("dry-run"), func(line string) {
		steps = append(steps, line)
		if !c.Bool("json") {
			_ = e.printf("%s\n", line)
		}
	})
	if err != nil {
		return err
	}
	if !c.Bool("dry-run") {
		e.audit(auditEntry{Command: "keychain move"})
	}
	if c.Bool("json") {
		return e.writeJSON(map[string]any{"to": to, "dry_run": c.Bool("dry-run"), "steps": steps})
	}
	return nil
}

// moveSource is the keychain in use; where an earlier move to the same place was cut short, the one it has yet to empty.
func (e *env) moveSource(to string) (*keyring.Keyring, error) {
	p, err := e.paths()
	if err != nil {
		return nil, err
	}
	settings, err := keyring.LoadSettings(p.settings)
	if err != nil {
		return nil, err
	}
	if settings.MovingFrom != "" && settings.Backend == to {
		return e.openKeyring(settings.MovingFrom, false)
	}
	return e.keyring()
}
