package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
)

func configCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "config",
		Usage:     "write, remove, compare and show profiles in ~/.aws/config",
		UsageText: "secaws config show|write|diff|remove|sync",
		Description: example("Only sections that are ours are written, line by line: all else keeps its bytes. The text before the\n"+
			"last change is kept as config.secaws-backup.", "secaws config write Ops --key ops --role arn:aws:iam::333333333333:role/Ops"),
		Subcommands: []*cli.Command{configShowCommand(e), configWriteCommand(e), configDiffCommand(e), configRemoveCommand(e), configSyncCommand(e)},
	}
}

// adoptFlag is for what may be done to a profile that secaws did not write.
func adoptFlag() cli.Flag {
	return &cli.BoolFlag{Name: "adopt", Usage: "also where the profile was not made by secaws"}
}

func dryRunFlag() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Usage: "show what would change, and change nothing"}
}

func configRemoveCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "remove",
		Usage:       "remove a profile that secaws wrote",
		UsageText:   "secaws config remove [--adopt] [--dry-run] PROFILE",
		Description: example("The key stays in the keychain; secaws remove is for that.", "secaws config remove Ops"),
		Flags:       []cli.Flag{adoptFlag(), dryRunFlag()},
		Action: func(c *cli.Context) error {
			name, err := oneName(c, "PROFILE")
			if err != nil {
				return err
			}
			return e.change(c.Bool("dry-run"), "removed profile "+name, func(d *configgen.Document) error { return d.Remove(name, c.Bool("adopt")) })
		},
	}
}

// change edits the config file and says done, or shows the difference it would make.
func (e *env) change(dryRun bool, done string, change func(*configgen.Document) error) error {
	p, err := e.paths()
	if err != nil {
		return err
	}
	if dryRun {
		before, after, err := configgen.Preview(p.config, change)
		if err != nil {
			return err
		}
		return e.printLines(configgen.Diff(p.config, before, after))
	}
	changed := false
	err = configgen.Edit(p.config, func(d *configgen.Document) error {
		before := d.String()
		err := change(d)
		changed = d.String() != before
		return err
	})
	if err != nil {
		return err
	}
	if !changed {
		e.notice("nothing to do: %s is as it should be", p.config)
		return nil
	}
	return e.printf("%s (%s)\n", done, p.config)
}

// printLines prints text of a file, each line escaped.
func (e *env) printLines(text string) error {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(escape(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return e.print(b.String())
}
