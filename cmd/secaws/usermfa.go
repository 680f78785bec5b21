package main

import (
	"context"

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
	x, err := e.errand(c, withPhone)
	if err != nil {
		return err
	}
	person, err := x.person(c.Context, x.name)
	if err != nil {
		return err
	}
	x.Phone = x.phone
	steps := provision.PlanResetMFA(person)
	last := len(steps) - 1
	if err := x.Apply(c.Context, x.name, steps[:last]); err != nil {
		return err
	}
	if err := x.Apply(c.Context, x.name, steps[last:]); err != nil {
		e.notice("%s has no MFA device now: run the same command again", x.name)
		return err
	}
	e.audit(auditEntry{Command: "user reset-mfa", Key: x.name})
	return x.proveDevice(c, person)
}

// proveDevice proves the chain with the new device where the user's key is at hand.
func (x *errand) proveDevice(c *cli.Context, person provision.Person) error {
	e := x.zone.e
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	info, err := ring.Info(c.Context, x.name)
	m := x.member(x.mfaSerial(x.name), person.Groups)
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
