package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func setupMapCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "map",
		Usage:       "draw who can do what where",
		UsageText:   "secaws setup map [--format text|mermaid]",
		Description: example("Draws the blueprint; it asks nothing of AWS.", "secaws setup map --format mermaid > landing-zone.mmd"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` of the drawing: text or mermaid", Value: "text"},
			blueprintFlag(),
		},
		Action: func(c *cli.Context) error { return runSetupMap(e, c) },
	}
}

func runSetupMap(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.drawn(c)
	if err != nil {
		return err
	}
	switch format := c.String("format"); format {
	case "text":
		return e.print(provision.Map(z.blueprint))
	case "mermaid":
		return e.print(provision.Mermaid(z.blueprint))
	default:
		return usageErrorf(c, "--format %q: want text or mermaid", format)
	}
}

func setupExportCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write the landing zone as CloudFormation templates",
		UsageText: "secaws setup export [--dir FOLDER] [--json]",
		Description: example("One template for a stack in the identity account, one for a StackSet over the others: the way for\n"+
			"hundreds of accounts. Both need CAPABILITY_NAMED_IAM.", "secaws setup export --dir cloudformation"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "the `FOLDER` to write to", Value: "."},
			blueprintFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runSetupExport(e, c) },
	}
}

func runSetupExport(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	if z.lacksIDs() {
		if _, err := z.open(c.Context); err != nil {
			return err
		}
	}
	templates, err := provision.Export(z.blueprint)
	if err != nil {
		return err
	}
	if command := provision.PasswordCommand(z.blueprint.PasswordPolicy); command != "" {
		e.notice("CloudFormation has no resource for the password policy; in account %s run: %s", z.blueprint.Identity.Name, command)
	}
	if c.Bool("json") {
		return e.writeJSON(map[string]string{"identity": templates.Identity, "resource": templates.Resource})
	}
	for _, t := range []struct{ name, text string }{{"identity", templates.Identity}, {"resource", templates.Resource}} {
		path := filepath.Join(c.String("dir"), "secaws-"+t.name+".yaml")
		if err := replace(path, t.text); err != nil {
			return err
		}
		if err := e.printf("wrote %s\n", path); err != nil {
			return err
		}
	}
	return nil
}

func (z *zone) lacksIDs() bool {
	for _, a := range z.blueprint.All() {
		if a.ID == "" {
			return true
		}
	}
	return false
}
