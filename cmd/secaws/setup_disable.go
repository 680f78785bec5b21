package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
)

func setupDisableCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "disable-bootstrap",
		Usage:     "turn the bootstrap keys off, once an administrator has come in without them",
		UsageText: "secaws setup disable-bootstrap [--delete] [--yes] [--json]",
		Description: example("First proves, with MFA, that you reach the Admin role in every account by your own key. Turning off can\n"+
			"be undone; --delete cannot.", "secaws setup disable-bootstrap"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "delete", Usage: "delete the keys, too"},
			yesFlag(), blueprintFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runSetupDisable(e, c) },
	}
}

func runSetupDisable(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	s, keys, err := z.proveAdministrator(c.Context)
	if err != nil {
		return err
	}
	plan := provision.PlanBootstrap(keys, c.Bool("delete"))
	if err := s.tellPlan(c, plan, "No bootstrap key of these accounts is on"); err != nil {
		return err
	}
	if len(plan.List) > 0 {
		question := "Turn these keys off?"
		if c.Bool("delete") {
			question = "Delete these keys, for good?"
		}
		if err := e.sure(c, fmt.Sprintf("You reach the role %s in every account with MFA. %s", escape(z.blueprint.AdminRole), question)); err != nil {
			return err
		}
		done := provision.Applying{Wait: z.waiter(), After: func(change provision.Change, err error) {
			if err == nil {
				e.notice("%s: %s %s", change.Account, string(change.Op), change.What)
			}
		}}
		if err := provision.Apply(c.Context, s.open, plan, done); err != nil {
			return err
		}
		e.audit(auditEntry{Command: "setup disable-bootstrap", MFA: true})
	}
	z.pin(s.open)
	if c.Bool("json") {
		return nil
	}
	return z.tellDisabled(c, keys)
}

// proveAdministrator opens every account by the person's own Admin profiles, and by nothing else.
func (z *zone) proveAdministrator(ctx context.Context) (survey, []provision.BootstrapKey, error) {
	s := survey{zone: z}
	var who provision.Administrator
	sources := func(a configgen.Account) []provision.Source {
		return []provision.Source{func(ctx context.Context) (provision.Credentials, error) { return z.adminCredentials(ctx, a, &who) }}
	}
	for _, a := range z.blueprint.All() { // one after the other: the first may ask for the code
		part := z.blueprint
		part.Identity, part.Accounts = a, nil
		open, err := z.site.OpenAll(ctx, part, sources, func(a provision.Access) {
			z.e.notice("account %s (%s): %s", a.Account.Name, a.Account.ID, a.Via)
		})
		if err != nil {
			return s, nil, err
		}
		s.open = append(s.open, open...)
	}
	if err := provision.Distinct(s.open); err != nil {
		return s, nil, err
	}
	z.blueprint = provision.Pinned(z.blueprint, s.open)
	ids, err := z.bootstrapKeyIDs(ctx)
	if err != nil {
		return s, nil, err
	}
	keys, err := provision.ReadBootstrapKeys(ctx, s.open, ids)
	if err != nil {
		return s, nil, err
	}
	caller := s.open[0].Caller
	who.User = caller[strings.LastIndexByte(caller, '/')+1:]
	return s, keys, provision.ProveAdministrator(ctx, z.blueprint, s.open, who, keys)
}

// adminCredentials are a session of the profile of the Admin role; who gathers on whose key and how it was opened.
func (z *zone) adminCredentials(ctx context.Context, a configgen.Account, who *provision.Administrator) (provision.Credentials, error) {
	profile := z.blueprint.ProfileFor(a.Name, z.blueprint.AdminRole)
	if files, err := z.e.files(); err == nil {
		if _, ok := files.Raw(profile); !ok {
			return provision.Credentials{}, &provision.NotProvenError{Problem: "there is no profile " + profile}
		}
	}
	s, err := z.e.retrieve(ctx, profile)
	if err != nil {
		return provision.Credentials{}, err
	}
	if a.Name == z.blueprint.Identity.Name {
		who.MFA = s.MFA
		who.KeyID = s.KeyID
	}
	who.MFA = who.MFA && s.MFA
	if who.KeyID != s.KeyID {
		return provision.Credentials{}, &provision.NotProvenError{Problem: "profile " + profile + " has another key than that of " + z.blueprint.Identity.Name}
	}
	return provision.Credentials{Via: "profile " + profile, Provider: static(s.Credentials)}, nil
}

// tellDisabled says how to undo it and what else to do.
func (z *zone) tellDisabled(c *cli.Context, keys []provision.BootstrapKey) error {
	if !c.Bool("delete") {
		for _, k := range keys {
			if k.User == "" {
				continue
			}
			admin := z.blueprint.ProfileFor(k.Account, z.blueprint.AdminRole)
			if err := z.e.printf("undo it with: aws iam update-access-key --profile %s --user-name %s --access-key-id %s --status Active\n", admin, k.User, k.KeyID); err != nil {
				return err
			}
		}
	}
	if !z.blueprint.BootstrapDisabled {
		z.e.notice("set \"bootstrap: disabled\" in %s, and verify will tell when one of these keys works again", z.path)
	}
	if c.Bool("delete") {
		return z.e.printf("the bootstrap keys are gone\n")
	}
	return z.e.printf("the bootstrap keys are off\n")
}
