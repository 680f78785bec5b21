package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func setupDestroyCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "destroy",
		Usage:     "remove everything that setup made, and nothing else",
		UsageText: "secaws setup destroy [--confirm NAME] [--json]",
		Description: example("Users, buckets and adopted roles stay; the password policy becomes what it was. It runs on the bootstrap keys: who\n"+
			"comes in through a role cannot remove it.", "secaws setup destroy"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "confirm", Usage: "the `NAME` of the identity account, in place of typing it"},
			blueprintFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runSetupDestroy(e, c) },
	}
}

func runSetupDestroy(e *env, c *cli.Context) error {
	s, err := surveyFor(e, c)
	if err != nil {
		return err
	}
	plan := provision.PlanDestroy(s.states)
	if err := s.tellPlan(c, plan, "Nothing that setup made is left in the accounts"); err != nil {
		return err
	}
	if len(plan.Conflicts) > 0 {
		return &provision.ConflictError{Conflicts: plan.Conflicts}
	}
	if len(plan.List) == 0 {
		return nil
	}
	name := s.blueprint.Identity.Name
	question := fmt.Sprintf("Remove all of this? Type the name of the identity account, %s: ", escape(name))
	if err := e.typed(c, question, name); err != nil {
		return err
	}
	v, err := s.verifier(s.open)
	if err != nil {
		return err
	}
	if err := v.Sweep(c.Context, s.states); err != nil { // a probe in a group would keep the group
		return err
	}
	if err := s.apply(c.Context, plan, provision.PlanDestroy); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "setup destroy"})
	if c.Bool("json") {
		return nil
	}
	return e.printf("the landing zone is gone\n")
}
