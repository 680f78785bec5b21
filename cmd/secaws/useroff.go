package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/session"
)

func userRemoveCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "remove a user with all that is theirs, and end their sessions",
		UsageText: "secaws user remove NAME [--confirm NAME]",
		Description: example("Takes keys, console, groups, device and policies, revokes the role sessions that are still alive, deletes\n"+
			"the user, and removes the key and the profiles from this machine. Can be run again after any failure.",
			"secaws user remove dev"),
		Flags: []cli.Flag{
			blueprintFlag(),
			&cli.StringFlag{Name: "confirm", Usage: "the `NAME` again, instead of typing it"},
		},
		Action: func(c *cli.Context) error { return runUserRemove(e, c) },
	}
}

func userDisableCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "disable",
		Usage:       "switch a user's keys and rights off, and end their sessions",
		UsageText:   "secaws user disable NAME",
		Description: example("Nothing is deleted; secaws user enable undoes it.", "secaws user disable dev"),
		Flags:       []cli.Flag{blueprintFlag()},
		Action:      func(c *cli.Context) error { return runUserDisable(e, c) },
	}
}

func userEnableCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "enable",
		Usage:       "undo disable",
		UsageText:   "secaws user enable NAME",
		Description: example("Sessions that were revoked stay revoked.", "secaws user enable dev"),
		Flags:       []cli.Flag{blueprintFlag()},
		Action:      func(c *cli.Context) error { return runUserEnable(e, c) },
	}
}

// revoke ends the role sessions of the user that are alive now.
func (p *people) revoke(ctx context.Context, open []provision.Access, name string) error {
	b := p.zone.blueprint
	if err := provision.Revoke(ctx, open, b.Grants(""), name, p.Now()); err != nil {
		return err
	}
	p.Say(fmt.Sprintf("revoked the sessions of %s on %s", name, counted(len(b.Grants("")), "role")))
	return nil
}

func runUserDisable(e *env, c *cli.Context) error {
	x, open, err := e.errandEverywhere(c)
	if err != nil {
		return err
	}
	person, err := x.person(c.Context, x.name)
	if err != nil {
		return err
	}
	if err := x.Apply(c.Context, x.name, provision.PlanDisable(person)); err != nil {
		return err
	}
	if err := x.revoke(c.Context, open, x.name); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user disable", Key: x.name})
	return e.printf("%s is disabled; undo it with: secaws user enable %s\n", x.name, x.name)
}

func runUserEnable(e *env, c *cli.Context) error {
	x, err := e.errand(c)
	if err != nil {
		return err
	}
	person, err := x.person(c.Context, x.name)
	if err != nil {
		return err
	}
	if err := x.Apply(c.Context, x.name, provision.PlanEnable(person)); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user enable", Key: x.name})
	return e.printf("%s is enabled\n", x.name)
}

// notOneself keeps an administrator from cutting the branch they sit on.
func (p *people) notOneself(name string) error {
	switch {
	case !strings.EqualFold(roleName(p.open.Caller), name):
		return nil
	case strings.Contains(p.open.Caller, ":user/"):
		return hinted{fmt.Errorf("the command runs on the key of %s itself", name), "to turn bootstrap keys off: secaws setup disable-bootstrap"}
	}
	return hinted{fmt.Errorf("you are %s: the command runs on your own sessions", name), "let another administrator do it"}
}

func runUserRemove(e *env, c *cli.Context) error {
	x, open, err := e.errandEverywhere(c, func(c *cli.Context, _ *zone, x *errand) error { return e.typedAgain(c, x.name) })
	if err != nil {
		return err
	}
	person, err := provision.ReadPerson(c.Context, x.IAM, x.name)
	if err != nil {
		return err
	}
	if err := e.noteOwner(c.Context, person, x.Account); err != nil {
		return err
	}
	if err := x.remove(c.Context, open, person); err != nil {
		return err
	}
	here, err := e.removeLocally(c.Context, x.name, x.Account)
	if err != nil {
		return err
	}
	if !person.Exists() && !here {
		return e.printf("there is no user %s, and nothing of theirs here\n", x.name)
	}
	e.audit(auditEntry{Command: "user remove", Key: x.name})
	return e.printf("%s is removed\n", x.name)
}

// remove revokes between taking the user's rights and deleting the user: before, new sessions could be opened; after, a
// run that was stopped would not know any more that it has to.
func (p *people) remove(ctx context.Context, open []provision.Access, person provision.Person) error {
	steps := provision.PlanRemoval(person)
	if !person.Exists() {
		return p.Apply(ctx, person.Name, steps)
	}
	last := len(steps) - 1
	if err := p.Apply(ctx, person.Name, steps[:last]); err != nil {
		return err
	}
	if err := p.revoke(ctx, open, person.Name); err != nil {
		return err
	}
	return p.Apply(ctx, person.Name, steps[last:])
}

// typedAgain has the person type the name, where a y would come too easily.
func (e *env) typedAgain(c *cli.Context, name string) error {
	answer := c.String("confirm")
	if answer == "" {
		var err error
		answer, err = e.ask(c.Context, "Remove the user "+escape(name)+" for good? Type the name: ")
		if errors.Is(err, session.ErrNoTerminal) {
			return hinted{errors.New("no terminal to ask on whether you are sure"), "if you are, say --confirm " + name}
		}
		if err != nil {
			return err
		}
	}
	if answer != name {
		return errors.New("that is not the name; nothing is done")
	}
	return nil
}
