package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

// asWanted is what plan and apply say where nothing is to be done.
const asWanted = "The accounts are as the blueprint wants them"

// exitChanges is plan --detailed-exitcode where something is to be done, as Terraform has it.
const exitChanges = 2

func setupPlanCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what apply would do",
		UsageText: "secaws setup plan [--adopt] [--detailed-exitcode] [--json]",
		Description: example("Reads only. What somebody changed by hand is shown with the difference in the document.",
			"secaws setup plan --detailed-exitcode"),
		Flags: []cli.Flag{
			setupAdoptFlag(), blueprintFlag(), jsonFlag(),
			&cli.BoolFlag{Name: "detailed-exitcode", Usage: "exit 2 when there is something to do"},
		},
		Action: func(c *cli.Context) error { return runSetupPlan(e, c) },
	}
}

func runSetupPlan(e *env, c *cli.Context) error {
	s, err := surveyFor(e, c)
	if err != nil {
		return err
	}
	plan := s.plan(c.Bool("adopt"))
	if err := s.tellPlan(c, plan, asWanted); err != nil {
		return err
	}
	if c.Bool("detailed-exitcode") && !plan.Empty() {
		return exitError(exitChanges)
	}
	return nil
}

func setupApplyCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "apply",
		Usage:     "make the accounts as the blueprint wants them",
		UsageText: "secaws setup apply [--adopt] [--yes] [--json]",
		Description: example("Shows the plan and asks. It can be run any number of times and goes on where it stopped; what secaws\n"+
			"did not make is left alone.", "secaws setup apply"),
		Flags:  []cli.Flag{setupAdoptFlag(), yesFlag(), blueprintFlag(), jsonFlag()},
		Action: func(c *cli.Context) error { return runSetupApply(e, c) },
	}
}

func runSetupApply(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	if err := z.offerKeychain(c); err != nil {
		return err
	}
	s, err := z.survey(c.Context)
	if err != nil {
		return err
	}
	adopt := c.Bool("adopt")
	plan := s.plan(adopt)
	if err := s.tellPlan(c, plan, asWanted); err != nil {
		return err
	}
	if len(plan.Conflicts) > 0 {
		return &provision.ConflictError{Conflicts: plan.Conflicts}
	}
	if len(plan.List) > 0 {
		if err := e.sure(c, fmt.Sprintf("Make %s in %s?", counted(len(plan.List), "change"), counted(len(s.changed(plan)), "account"))); err != nil {
			return err
		}
		again := func(states []provision.State) provision.Changes {
			return provision.Plan(s.blueprint, states, s.planOptions(adopt))
		}
		if err := s.apply(c.Context, plan, again); err != nil {
			return err
		}
		e.audit(auditEntry{Command: "setup apply"})
	}
	s.pin(s.open)
	if len(plan.List) == 0 || c.Bool("json") {
		return nil
	}
	return e.printf("done; prove it with: secaws setup verify\n")
}

func surveyFor(e *env, c *cli.Context) (survey, error) {
	if err := noNames(c); err != nil {
		return survey{}, err
	}
	z, err := e.zone(c)
	if err != nil {
		return survey{}, err
	}
	return z.survey(c.Context)
}

// changed are the accounts that a plan changes.
func (s survey) changed(plan provision.Changes) []string {
	var names []string
	for _, a := range s.open {
		if len(plan.Of(a.Account.Name)) > 0 {
			names = append(names, a.Account.Name)
		}
	}
	return names
}
