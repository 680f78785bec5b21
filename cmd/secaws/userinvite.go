package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
)

func userInviteCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "invite",
		Usage:     "make a user for a colleague at another machine, who finishes it there",
		UsageText: "secaws user invite NAME --group GROUP [--to KEYFILE] > FILE",
		Description: example("Writes an encrypted invitation to stdout. Its key can do nothing but enrol the user's own MFA device, for\n"+
			"24 hours; secaws join replaces it, so it is worthless afterwards, and you never know the key in use.\n"+
			"Without --to it is encrypted with a passphrase that is shown once, on your terminal.",
			"secaws user invite dev --group DevAdmins --to dev.pub > dev.invitation"),
		Flags: []cli.Flag{
			groupFlag(), blueprintFlag(),
			&cli.StringFlag{Name: "to", Usage: "encrypt for the SSH or age public key in this `FILE`"},
			&cli.BoolFlag{Name: "replace-keys", Usage: "delete keys the user has already"},
		},
		Action: func(c *cli.Context) error { return runUserInvite(e, c) },
	}
}

func runUserInvite(e *env, c *cli.Context) error {
	var recipient age.Recipient
	var passphrase string
	x, err := e.errand(c, inGroup, pinned, func(c *cli.Context, _ *zone, _ *errand) (err error) {
		recipient, passphrase, err = e.recipient(c)
		return err
	})
	if err != nil {
		return err
	}
	sealed, err := x.invite(c, recipient)
	if err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user invite", Key: x.name})
	if err := e.print(string(sealed)); err != nil {
		return err
	}
	if passphrase != "" {
		text := fmt.Sprintf("\nPassphrase of the invitation, shown once: %s\nTell it to %s by another way than the file.\n\n", passphrase, escape(x.name))
		if err := e.terminal.Print(text); err != nil {
			return err
		}
	}
	e.notice("%s has until %s to run: secaws join FILE", x.name, e.now().Add(invitationLife).Format("2006-01-02 15:04"))
	return nil
}

// recipient is who can open the invitation: the owner of a public key, or who knows a passphrase.
func (e *env) recipient(c *cli.Context) (recipient age.Recipient, passphrase string, err error) {
	if path := c.String("to"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, "", err
		}
		recipient, err = provision.InvitationRecipient(string(text))
		if err != nil {
			return nil, "", hinted{fmt.Errorf("%s: no public key: %w", path, err), "give an SSH public key (ssh-ed25519 or ssh-rsa) or an age one"}
		}
		return recipient, "", nil
	}
	if err := e.canPrompt(); err != nil {
		return nil, "", hinted{fmt.Errorf("a passphrase is shown on a terminal only: %w", err), "encrypt for the colleague's public key: --to FILE"}
	}
	passphrase = readable(rand.Text())
	recipient, err = age.NewScryptRecipient(passphrase)
	return recipient, passphrase, err
}

// readable parts a random text (26 letters and digits, 130 bits) into groups that can be read over a phone.
func readable(text string) string {
	var parts []string
	for len(text) > 5 {
		parts, text = append(parts, text[:5]), text[5:]
	}
	return strings.ToLower(strings.Join(append(parts, text), "-"))
}

// invite makes the user and the key, and returns the sealed invitation. The key is in memory alone; where the
// invitation cannot be made it is deleted again.
func (x *errand) invite(c *cli.Context, recipient age.Recipient) ([]byte, error) {
	person, err := provision.ReadPerson(c.Context, x.IAM, x.name)
	if err != nil {
		return nil, err
	}
	if err := x.hasGroup(c.Context, x.group); err != nil {
		return nil, err
	}
	steps, err := provision.PlanInvitation(provision.Enrolment{Name: x.name, Group: x.group, ReplaceKeys: c.Bool("replace-keys")}, person)
	if err != nil {
		return nil, err
	}
	held := &heldKey{}
	x.Keys = held
	if err := x.Apply(c.Context, x.name, steps); err != nil {
		return nil, err
	}
	b := x.zone.blueprint
	i := provision.Invitation{
		User: x.name, Account: x.Account, Partition: x.Partition, Region: b.Region,
		KeyID: held.key.ID, Secret: held.key.Secret, Expires: x.Now().Add(invitationLife),
	}
	for _, r := range b.RoleProfiles(append(person.Groups, x.group)...) {
		i.Profiles = append(i.Profiles, provision.InvitedProfile{Name: r.Name, RoleARN: r.RoleARN, ExternalID: r.ExternalID})
	}
	var sealed bytes.Buffer
	if err := i.Seal(&sealed, recipient); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// heldKey keeps a new key for the invitation.
type heldKey struct{ key provision.AccessKey }

// StoreKey implements provision.KeyStore.
func (h *heldKey) StoreKey(_ context.Context, key provision.AccessKey) error {
	h.key = key
	return nil
}
