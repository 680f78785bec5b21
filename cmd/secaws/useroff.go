package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
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

// peopleEverywhere opens all accounts: who takes somebody's rights must reach every role.
func (e *env) peopleEverywhere(c *cli.Context) (*people, []provision.Access, error) {
	z, err := e.zone(c)
	if err != nil {
		return nil, nil, err
	}
	open, err := z.open(c.Context)
	if err != nil {
		return nil, nil, err
	}
	p := z.peopleOf(open[0])
	return p, open, p.sweep(c.Context)
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
	name, err := userName(c)
	if err != nil {
		return err
	}
	p, open, err := e.peopleEverywhere(c)
	if err != nil {
		return err
	}
	if err := p.notOneself(name); err != nil {
		return err
	}
	person, err := p.person(c.Context, name)
	if err != nil {
		return err
	}
	if err := p.Apply(c.Context, name, provision.PlanDisable(person)); err != nil {
		return err
	}
	if err := p.revoke(c.Context, open, name); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user disable", Key: name})
	return e.printf("%s is disabled; undo it with: secaws user enable %s\n", name, name)
}

func runUserEnable(e *env, c *cli.Context) error {
	name, err := userName(c)
	if err != nil {
		return err
	}
	z, err := e.zone(c)
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
	if err := p.Apply(c.Context, name, provision.PlanEnable(person)); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user enable", Key: name})
	return e.printf("%s is enabled\n", name)
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
	name, err := userName(c)
	if err != nil {
		return err
	}
	if err := e.typedAgain(c, name); err != nil {
		return err
	}
	p, open, err := e.peopleEverywhere(c)
	if err != nil {
		return err
	}
	if err := p.notOneself(name); err != nil {
		return err
	}
	person, err := provision.ReadPerson(c.Context, p.IAM, name)
	if err != nil {
		return err
	}
	if err := p.remove(c.Context, open, person); err != nil {
		return err
	}
	here, err := e.removeLocally(c.Context, person, p.Account)
	if err != nil {
		return err
	}
	if !person.Exists() && !here {
		return e.printf("there is no user %s, and nothing of theirs here\n", name)
	}
	e.audit(auditEntry{Command: "user remove", Key: name})
	return e.printf("%s is removed\n", name)
}

// remove revokes between taking the user's rights and deleting the user: before, new sessions could be opened; after, a
// run that was stopped would not know any more that it has to.
func (p *people) remove(ctx context.Context, open []provision.Access, person provision.Person) error {
	steps := provision.PlanRemoval(person)
	if !person.Exists() {
		p.Say("no user " + person.Name + " in IAM any more")
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

// removeLocally takes the user's keys, with their sessions and profiles, from this machine, and tells whether there was
// one.
func (e *env) removeLocally(ctx context.Context, person provision.Person, account string) (bool, error) {
	ring, err := e.keyring()
	if err != nil {
		return false, err
	}
	infos, err := ring.List(ctx)
	if err != nil {
		return false, err
	}
	removed := false
	for _, info := range infos {
		theirs := info.Account == account && info.User == person.Name || person.HasKey(info.ID)
		if !theirs && info.Name == person.Name {
			e.notice("the key %s in the keychain (%s) is not known for this user's: left as it is", info.Name, info.ID)
		}
		if !theirs {
			continue
		}
		removed = true
		if err := e.removeKey(ctx, ring, info); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removeKey removes the key itself last: by it the next run finds what a stopped one has left.
func (e *env) removeKey(ctx context.Context, ring *keyring.Keyring, info keyring.KeyInfo) error {
	if err := e.forgetSessions(ctx, info.ID); err != nil {
		return err
	}
	if err := e.removeProfiles(info.Name); err != nil {
		return err
	}
	half := &rotation{e: e, ring: ring, name: info.Name}
	if err := half.End(ctx); err != nil {
		return err
	}
	return absent(ring.Remove(ctx, info.Name))
}

// absent is no error for a key that is not there.
func absent(err error) error {
	var none *keyring.NotFoundError
	if errors.As(err, &none) {
		return nil
	}
	return err
}

// removeProfiles removes the profiles that secaws made for the key; others are told and left alone.
func (e *env) removeProfiles(key string) error {
	files, err := e.files()
	if err != nil {
		return err
	}
	var names []string
	for _, name := range files.Names() {
		if values, _ := files.Raw(name); values["secaws_key"] == key {
			names = append(names, name)
		}
	}
	p, err := e.paths()
	if err != nil || len(names) == 0 {
		return err
	}
	return configgen.Edit(p.config, func(d *configgen.Document) error {
		for _, name := range names {
			err := d.Remove(name, false)
			var refused *configgen.WriteError
			if errors.As(err, &refused) {
				e.noticeOnce(fmt.Sprintf("%v: left as it is", err))
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
