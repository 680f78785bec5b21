package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
)

func userCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "user",
		Usage:       "bring people into the landing zone, and out of it",
		UsageText:   "secaws user add|list|remove|disable|enable|reset-mfa|login-profile|invite",
		Description: example("Runs, like setup, on the bootstrap keys while they work and on the profile of the Admin role from then on.", "secaws user add ops --group Operators"),
		Subcommands: []*cli.Command{
			userAddCommand(e), userListCommand(e), userRemoveCommand(e), userDisableCommand(e), userEnableCommand(e),
			userResetCommand(e), userConsoleCommand(e), userInviteCommand(e),
		},
	}
}

// isUserName tells what IAM accepts for a user, less what a profile's name cannot hold:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
func isUserName(name string) bool {
	return len(name) <= 64 && configgen.CheckName(name) == nil
}

// userName is the NAME of a user command.
func userName(c *cli.Context) (string, error) {
	name, err := oneName(c, "NAME")
	if err == nil && !isUserName(name) {
		err = usageErrorf(c, "%q is no user name: 1 to 64 letters, digits and _+=,.@-", name)
	}
	return name, err
}

// groupName is the --group of a user command, one of the blueprint's.
func (z *zone) groupName(c *cli.Context) (string, error) {
	group, groups := c.String("group"), z.blueprint.Groups()
	switch {
	case group == "":
		return "", usageErrorf(c, "--group is missing: one of %s", strings.Join(groups, ", "))
	case !slices.Contains(groups, group):
		return "", usageErrorf(c, "no group %q in %s: there are %s", group, z.path, strings.Join(groups, ", "))
	}
	return group, nil
}

func groupFlag() cli.Flag {
	return &cli.StringFlag{Name: "group", Usage: "the blueprint's `GROUP` for the user"}
}

// phoneFlags are for every command that enrols an MFA device.
func phoneFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "mfa-process", Usage: "a `COMMAND` that prints MFA codes, in a person's place"},
		&cli.StringFlag{Name: "qr", Usage: "also write the QR code to this PNG `FILE`"},
		&cli.BoolFlag{Name: "show-secret", Usage: "also show the secret, for an app without a camera"},
	}
}

func (e *env) phone(c *cli.Context) (*phone, error) {
	p := &phone{e: e, png: c.String("qr"), showSecret: c.Bool("show-secret")}
	if command := c.String("mfa-process"); command != "" {
		argv, err := configgen.SplitMFAProcess(command)
		if err != nil {
			return p, err
		}
		p.process = argv
	}
	return p, p.ready()
}

// people is the identity account, open for changing users.
type people struct {
	provision.People
	zone *zone
	open provision.Access
}

// people opens the identity account, and ends what invitations that were taken up have left.
func (z *zone) people(ctx context.Context) (*people, error) {
	open, err := z.open(ctx, z.blueprint.Identity)
	if err != nil {
		return nil, err
	}
	p := z.peopleOf(open[0])
	return p, p.sweep(ctx)
}

func (z *zone) peopleOf(identity provision.Access) *people {
	return &people{zone: z, open: identity, People: provision.People{
		IAM: identity.IAM, Partition: z.blueprint.Partition(), Account: identity.Account.ID,
		Now: func() time.Time { return z.e.now().Add(identity.Offset) }, Say: z.e.say, Wait: z.e.waiter(0),
	}}
}

// say tells the person what is done next.
func (e *env) say(line string) { e.notice("%s", line) }

// waiter waits at most limit, 0 for the usual, and says for what.
func (e *env) waiter(limit time.Duration) provision.Waiter {
	return provision.Waiter{Limit: limit, Say: e.say}
}

func (p *people) sweep(ctx context.Context) error {
	joined, err := provision.Joined(ctx, p.IAM)
	if err != nil {
		return err
	}
	for _, person := range joined {
		if err := p.Apply(ctx, person.Name, provision.PlanFinish(person)); err != nil {
			return err
		}
	}
	return nil
}

// person reads a user that must exist.
func (p *people) person(ctx context.Context, name string) (provision.Person, error) {
	person, err := provision.ReadPerson(ctx, p.IAM, name)
	if err == nil && !person.Exists() {
		err = hinted{fmt.Errorf("no user %s in account %s (%s)", name, p.open.Account.Name, p.open.Account.ID), "see who is there: secaws user list"}
	}
	return person, err
}

// keychainStore puts a user's new key into the keychain under the user's name.
type keychainStore struct {
	ring               *keyring.Keyring
	account, mfaSerial string
}

// StoreKey implements provision.KeyStore.
func (s keychainStore) StoreKey(ctx context.Context, key provision.AccessKey) error {
	return s.ring.Add(ctx, keyring.AccessKey{
		Name: key.User, ID: key.ID, Secret: keyring.NewSecret(key.Secret), Account: s.account, User: key.User,
		MFASerial: s.mfaSerial, Created: key.Created,
	})
}

// localKey is the id of the key called name in the keychain, "" when there is none. A key of that name is refused where
// it is not known for the user's: it would be overwritten.
func localKey(ctx context.Context, ring *keyring.Keyring, name, account string, known func(id string) bool) (string, error) {
	info, err := ring.Info(ctx, name)
	var none *keyring.NotFoundError
	switch {
	case errors.As(err, &none):
		return "", nil
	case err != nil:
		return "", err
	case info.Account == account && info.User == name, known(info.ID):
		return info.ID, nil
	}
	return "", hinted{fmt.Errorf("the key %s in the keychain (%s) is not known for one of user %s in account %s", name, info.ID, name, account),
		"store it under another name first (secaws add), then: secaws remove " + name}
}

// mfaSerial is the serial number of a device named after its user.
func (p *people) mfaSerial(name string) string {
	return "arn:" + p.Partition + ":iam::" + p.Account + ":mfa/" + name
}
