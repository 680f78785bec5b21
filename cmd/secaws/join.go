package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

const invitationLife = configgen.InvitationLife

func joinCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "join",
		Usage:     "take up an invitation: key into the keychain, MFA device, proof, profiles",
		UsageText: "secaws join FILE [--identity KEYFILE] [options]",
		Description: example("Enrols your MFA device, replaces the key of the invitation by one that only you have, and proves your\n"+
			"roles. Stopped anywhere, the same command goes on from there.", "secaws join dev.invitation --identity ~/.ssh/id_ed25519"),
		Flags: append(phoneFlags(),
			&cli.StringFlag{Name: "identity", Usage: "the private `KEY` file (SSH or age) the invitation is encrypted for"},
			jsonFlag()),
		Action: func(c *cli.Context) error { return runJoin(e, c) },
	}
}

func runJoin(e *env, c *cli.Context) error {
	file, err := oneName(c, "FILE")
	if err != nil {
		return err
	}
	ph, err := e.phone(c)
	if err != nil {
		return err
	}
	i, err := e.openInvitation(c, file)
	if err != nil {
		return err
	}
	m := memberOf(e, i, ph)
	if err := m.takeKey(c.Context, i); err != nil {
		return err
	}
	if err := m.ownDevice(c.Context, i); err != nil {
		return err
	}
	if err := m.openFirst(c.Context, i); err != nil {
		return err
	}
	if err := m.replaceKey(c.Context, i.KeyID); err != nil {
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
	e.audit(auditEntry{Command: "join", Key: m.key, MFA: true})
	return e.tellMember(c, m, proofs, written)
}

func memberOf(e *env, i provision.Invitation, ph *phone) *member {
	m := &member{
		e: e, key: i.User, user: i.User, account: i.Account, region: i.Region, phone: ph,
		mfaSerial: "arn:" + i.Partition + ":iam::" + i.Account + ":mfa/" + i.User,
	}
	for _, p := range i.Profiles {
		m.profiles = append(m.profiles, configgen.RoleProfile{Name: p.Name, RoleARN: p.RoleARN, ExternalID: p.ExternalID})
	}
	return m
}

// takeKey stores the invitation's key, unless an earlier run has come further.
func (m *member) takeKey(ctx context.Context, i provision.Invitation) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	invited := func(id string) bool { return id == i.KeyID }
	local, err := localKey(ctx, ring, m.key, m.account, invited)
	if err != nil || local == i.KeyID {
		return err
	}
	if local != "" {
		works, err := m.works(ctx, ring)
		if err != nil || works {
			return err
		}
		m.e.notice("the key %s in the keychain (%s) does not work any more: the invitation's takes its place", m.key, local)
	}
	if !m.e.now().Before(i.Expires) {
		return hinted{fmt.Errorf("the invitation ran out on %s", i.Expires.Local().Format("2006-01-02 15:04")), "ask for a new one"}
	}
	return m.storeInvited(ctx, ring, i)
}

// works tells whether AWS takes the key that is in the keychain.
func (m *member) works(ctx context.Context, ring *keyring.Keyring) (bool, error) {
	signer, err := ring.Signer(ctx, m.key)
	if err != nil {
		return false, err
	}
	_, err = m.e.identifyBy(ctx, m.key, session.Caller{Signer: signer, Region: m.region})
	if isKind(err, session.WrongKey) {
		return false, nil
	}
	return err == nil, err
}

// storeInvited leaves the device out: it is noted with the key once it is enrolled.
func (m *member) storeInvited(ctx context.Context, ring *keyring.Keyring, i provision.Invitation) error {
	key := keyring.AccessKey{
		Name: m.key, ID: i.KeyID, Secret: keyring.NewSecret(i.Secret), Account: i.Account, User: i.User, Created: m.e.now(),
	}
	who, err := m.e.identify(ctx, m.key, credentialsOf(key), m.region)
	if isKind(err, session.WrongKey) {
		return hinted{fmt.Errorf("the invitation's key does not work: %w", err), "an invitation works once; ask for a new one"}
	}
	if err != nil {
		return err
	}
	if user, err := userOf(who.ARN); err != nil || who.Account != i.Account || user != i.User {
		return fmt.Errorf("the invitation's key is of %s, and not of user %s in account %s", who.ARN, i.User, i.Account)
	}
	return ring.Add(ctx, key)
}

// ownDevice enrols the person's device with the first key, which may do nothing else. Once that is noted IAM is not
// asked again: its rights are soon gone.
func (m *member) ownDevice(ctx context.Context, i provision.Invitation) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	info, err := ring.Info(ctx, m.key)
	if err != nil || info.ID != i.KeyID || info.MFASerial != "" {
		return err
	}
	own, open, err := m.ownPeople(ctx, i)
	if err != nil {
		return err
	}
	var person provision.Person
	err = own.Wait.Until(ctx, "the invitation's rights to be seen", func(ctx context.Context) (bool, error) {
		var err error
		person, err = provision.ReadDevices(ctx, open.IAM, i.User)
		if provision.IsDenied(err) && m.e.now().Add(open.Offset).Before(i.Expires) {
			return false, nil
		}
		return true, err
	})
	var inVain *provision.StillWaitingError
	if provision.IsDenied(err) || errors.As(err, &inVain) {
		return hinted{fmt.Errorf("the invitation gives no right to enrol a device (any more): %w", err), "ask for a new one"}
	}
	if err == nil {
		err = own.Apply(ctx, i.User, provision.PlanDevice(person))
	}
	if err != nil {
		return err
	}
	return m.noteDevice(ctx)
}

// openFirst is openSession, where the first key may set the device right as long as it is the one in the keychain.
func (m *member) openFirst(ctx context.Context, i provision.Invitation) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	info, err := ring.Info(ctx, m.key)
	if err != nil {
		return err
	}
	if info.ID == i.KeyID {
		m.resync = func(ctx context.Context) error {
			own, _, err := m.ownPeople(ctx, i)
			if err != nil {
				return err
			}
			return own.ResyncDevice(ctx, i.User, m.mfaSerial)
		}
		defer func() { m.resync = nil }()
	}
	return m.openSession(ctx)
}

// ownPeople is the person's own part of the identity account, as far as the first key may change it.
func (m *member) ownPeople(ctx context.Context, i provision.Invitation) (*provision.People, provision.Access, error) {
	ring, err := m.e.keyring()
	if err != nil {
		return nil, provision.Access{}, err
	}
	open, err := m.e.openOwn(ctx, ring, m.key, i.Region)
	return &provision.People{
		IAM: open.IAM, Partition: i.Partition, Account: i.Account, Phone: m.phone, Now: m.e.now, Say: m.e.say, Wait: m.e.waiter(settleTime),
	}, open, err
}

// openOwn reaches the own account with the key as it is.
func (e *env) openOwn(ctx context.Context, ring *keyring.Keyring, key, region string) (provision.Access, error) {
	site, err := e.site(region)
	if err != nil {
		return provision.Access{}, err
	}
	credentials, err := keychainCredentials(ctx, ring, key)
	if err != nil {
		return provision.Access{}, err
	}
	return site.Open(ctx, configgen.Account{Name: key}, credentials)
}

// replaceKey rotates the invitation's key inside the MFA session, so that whoever made the invitation does not know the
// key any more.
func (m *member) replaceKey(ctx context.Context, invited string) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	info, err := ring.Info(ctx, m.key)
	if err != nil {
		return err
	}
	rotation := &rotation{e: m.e, ring: ring, name: m.key, region: m.region}
	note, err := rotation.note(ctx)
	if err != nil || info.ID != invited && !note.Begun {
		return err
	}
	return m.rotate(ctx, rotation, "")
}
