package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/session"
)

func userResetCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "reset-mfa",
		Usage:     "replace a lost phone: the old device off, a new one enrolled and proven",
		UsageText: "secaws user reset-mfa NAME [options]",
		Description: example("Where the user's key is in this keychain the whole chain is proven with a third code; elsewhere the two\n"+
			"codes that enable the device are the proof.", "secaws user reset-mfa ops"),
		Flags:  append(phoneFlags(), blueprintFlag(), jsonFlag()),
		Action: func(c *cli.Context) error { return runUserReset(e, c) },
	}
}

func runUserReset(e *env, c *cli.Context) error {
	name, err := userName(c)
	if err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	ph, err := e.phone(c)
	if err != nil {
		return err
	}
	p, err := z.people(c.Context)
	if err != nil {
		return err
	}
	person, err := p.person(c.Context, name)
	if err != nil {
		return err
	}
	p.Phone = ph
	if err := p.Apply(c.Context, name, provision.PlanResetMFA(person)); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user reset-mfa", Key: name})
	return p.proveDevice(c, person, ph)
}

// proveDevice proves the chain with the new device where the user's key is at hand.
func (p *people) proveDevice(c *cli.Context, person provision.Person, ph *phone) error {
	e := p.zone.e
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	info, err := ring.Info(c.Context, person.Name)
	m := p.member(person.Name, p.mfaSerial(person.Name), ph, person.Groups)
	if err != nil || !person.HasKey(info.ID) {
		m.key, m.profiles = "", nil
		return e.tellMember(c, m, []proof{}, []string{})
	}
	if err := e.forgetSessions(c.Context, info.ID); err != nil {
		return err
	}
	proofs, err := m.prove(c.Context)
	if err != nil {
		return err
	}
	written, err := e.writeRoleProfiles(m.profiles, m.region, m.key, m.mfaSerial)
	if err != nil {
		return err
	}
	return e.tellMember(c, m, proofs, written)
}

// forgetSessions drops the sessions of a key.
func (e *env) forgetSessions(ctx context.Context, keyID string) error {
	r, err := e.retriever()
	if err != nil {
		return err
	}
	_, err = r.Forget(ctx, func(s session.Info) bool { return s.KeyID == keyID })
	return err
}

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
	name, err := userName(c)
	if err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	if err := e.canPrompt(); err != nil {
		return hinted{fmt.Errorf("a password is shown on a terminal only: %w", err), "run it in a terminal"}
	}
	p, err := z.people(c.Context)
	if err != nil {
		return err
	}
	person, err := p.person(c.Context, name)
	if err != nil {
		return err
	}
	password, err := provision.GiveConsole(c.Context, p.IAM, name)
	if err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user login-profile", Key: name})
	shown := e.terminal.Print(fmt.Sprintf("\nConsole password of %s, shown once: %s\n\n", escape(name), escape(password)))
	return errors.Join(shown, e.tellSwitch(c, z, person))
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
