package main

import (
	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

// errand is a command about one user.
type errand struct {
	*people
	name, group string
	phone       *phone
}

// errand reads the command line and opens the identity account. What can be refused without a call is refused first, in
// the order of checks.
func (e *env) errand(c *cli.Context, checks ...func(*cli.Context, *zone, *errand) error) (*errand, error) {
	x, z, err := e.prepare(c, checks...)
	if err != nil {
		return nil, err
	}
	x.people, err = z.people(c.Context)
	return x, err
}

// errandEverywhere is errand with all accounts open: who takes somebody's rights must reach every role.
func (e *env) errandEverywhere(c *cli.Context, checks ...func(*cli.Context, *zone, *errand) error) (*errand, []provision.Access, error) {
	x, z, err := e.prepare(c, checks...)
	if err != nil {
		return nil, nil, err
	}
	open, err := z.open(c.Context)
	if err != nil {
		return nil, nil, err
	}
	x.people = z.peopleOf(open[0])
	if err := x.sweep(c.Context); err != nil {
		return nil, nil, err
	}
	return x, open, x.notOneself(x.name)
}

func (e *env) prepare(c *cli.Context, checks ...func(*cli.Context, *zone, *errand) error) (*errand, *zone, error) {
	name, err := userName(c)
	if err != nil {
		return nil, nil, err
	}
	z, err := e.zone(c)
	if err != nil {
		return nil, nil, err
	}
	x := &errand{name: name}
	for _, check := range checks {
		if err := check(c, z, x); err != nil {
			return nil, nil, err
		}
	}
	return x, z, nil
}

// The checks.

func inGroup(c *cli.Context, z *zone, x *errand) (err error) {
	x.group, err = z.groupName(c)
	return err
}

func withPhone(c *cli.Context, z *zone, x *errand) (err error) {
	x.phone, err = z.e.phone(c)
	return err
}

func pinned(_ *cli.Context, z *zone, _ *errand) error { return z.mustBePinned() }
