package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func userConsoleCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "login-profile",
		Usage:     "give a user a console password, shown once, to be changed at the first login",
		UsageText: "secaws user login-profile NAME",
		Description: example("The password is shown on your terminal and nowhere else. Answers with the addresses at which the user\n"+
			"switches to each role.", "secaws user login-profile ops"),
		Flags:  []cli.Flag{blueprintFlag(), jsonFlag()},
		Action: func(c *cli.Context) error { return runUserConsole(e, c) },
	}
}

func runUserConsole(e *env, c *cli.Context) error {
	x, err := e.errand(c, func(*cli.Context, *zone, *errand) error {
		if err := e.canPrompt(); err != nil {
			return hinted{fmt.Errorf("a password is shown on a terminal only: %w", err), "run it in a terminal"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	person, err := x.person(c.Context, x.name)
	if err != nil {
		return err
	}
	password, err := provision.GiveConsole(c.Context, x.IAM, x.name)
	if err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user login-profile", Key: x.name})
	shown := e.terminal.Print(fmt.Sprintf("\nConsole password of %s, shown once: %s\n\n", escape(x.name), escape(password)))
	return errors.Join(shown, e.tellSwitch(c, x.zone, person))
}

// tellSwitch answers with where the console switches to each role of the user.
func (e *env) tellSwitch(c *cli.Context, z *zone, person provision.Person) error {
	rows := [][]string{{"ROLE", "SWITCH TO IT AT"}}
	answers := []map[string]string{}
	for _, g := range z.blueprint.Grants("") {
		for _, group := range person.Groups {
			if g.Role.Group != group || g.Account.ID == "" {
				continue
			}
			url := provision.SwitchRoleURL(z.blueprint.Partition(), g)
			rows = append(rows, []string{z.blueprint.ProfileFor(g.Account.Name, g.Role.Name), url})
			answers = append(answers, map[string]string{"role_arn": g.ARN, "url": url})
		}
	}
	if c.Bool("json") {
		return e.writeJSON(map[string]any{"user": person.Name, "sign_in": provision.SignInURL(z.blueprint.Partition(), z.blueprint.Identity.ID), "switch_role": answers})
	}
	if err := e.printf("sign in at: %s\n", provision.SignInURL(z.blueprint.Partition(), z.blueprint.Identity.ID)); err != nil {
		return err
	}
	return e.table(rows)
}
