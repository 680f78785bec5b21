package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
)

func userAddCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "make a working user with MFA: account, group, key, device, proof, profiles",
		UsageText: "secaws user add NAME --group GROUP [options]",
		Description: example("Creates the user, puts its key straight into the keychain, shows the MFA device's QR code, asks for two\n"+
			"codes and then a third, proves every role of the group and writes the profiles. Stopped anywhere, the\n"+
			"same command goes on from there.",
			"secaws user add ops --group Operators"),
		Flags: append(phoneFlags(), groupFlag(), blueprintFlag(),
			&cli.BoolFlag{Name: "replace-keys", Usage: "delete keys of the user that are not in this keychain"},
			jsonFlag()),
		Action: func(c *cli.Context) error { return runUserAdd(e, c) },
	}
}

func runUserAdd(e *env, c *cli.Context) error {
	x, err := e.errand(c, inGroup, withPhone, pinned)
	if err != nil {
		return err
	}
	m, err := x.enrol(c)
	if err != nil {
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
	if err := x.finish(c); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "user add", Key: x.name, MFA: true})
	return e.tellMember(c, m, proofs, written)
}

// enrol does what is still to be done for the user, up to an enabled device.
func (x *errand) enrol(c *cli.Context) (*member, error) {
	ring, err := x.zone.e.keyring()
	if err != nil {
		return nil, err
	}
	person, err := provision.ReadPerson(c.Context, x.IAM, x.name)
	if err != nil {
		return nil, err
	}
	local, err := localKey(c.Context, ring, x.name, x.Account, person.HasKey)
	if err != nil {
		return nil, err
	}
	if err := x.hasGroup(c.Context, x.group); err != nil {
		return nil, err
	}
	steps, err := provision.PlanEnrolment(provision.Enrolment{
		Name: x.name, Group: x.group, LocalKey: local, ReplaceKeys: c.Bool("replace-keys"),
	}, person)
	if err != nil {
		return nil, err
	}
	serial := x.mfaSerial(x.name)
	if len(person.Devices) > 0 {
		serial = person.Devices[0]
	}
	x.Keys, x.Phone = keychainStore{ring: ring, account: x.Account, mfaSerial: serial}, x.phone
	if err := x.Apply(c.Context, x.name, steps); err != nil {
		return nil, err
	}
	x.phone.unused(x.name)
	return x.member(serial, append(person.Groups, x.group)), nil
}

// member is the person on this machine, where the key is in the keychain.
func (x *errand) member(serial string, groups []string) *member {
	b := x.zone.blueprint
	return &member{
		e: x.zone.e, key: x.name, user: x.name, account: x.Account, region: b.Region, mfaSerial: serial, phone: x.phone,
		profiles: b.RoleProfiles(groups...), outOfStep: "secaws user reset-mfa " + x.name,
		resync: func(ctx context.Context) error {
			x.Phone = x.phone
			return x.ResyncDevice(ctx, x.name, serial)
		},
	}
}

// hasGroup refuses a group that setup has not made, before anything is made for it.
func (p *people) hasGroup(ctx context.Context, group string) error {
	there, err := provision.HasGroup(ctx, p.IAM, group)
	if err == nil && !there {
		err = hinted{fmt.Errorf("there is no group %s in account %s", group, p.open.Account.Name), "make the landing zone first: secaws setup apply"}
	}
	return err
}

// finish takes away what only the enrolment needed.
func (x *errand) finish(c *cli.Context) error {
	person, err := x.person(c.Context, x.name)
	if err != nil {
		return err
	}
	return x.Apply(c.Context, x.name, provision.PlanFinish(person))
}

// mustBePinned refuses a blueprint whose accounts setup has not met yet: no role of theirs can be named.
func (z *zone) mustBePinned() error {
	var unknown []string
	for _, a := range z.blueprint.All() {
		if a.ID == "" {
			unknown = append(unknown, a.Name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return hinted{fmt.Errorf("the blueprint does not know the ids of %s yet", strings.Join(unknown, ", ")), "make the landing zone first: secaws setup apply"}
}

// memberAnswer is what user add --json and join --json answer.
type memberAnswer struct {
	User      string   `json:"user"`
	Account   string   `json:"account"`
	Key       string   `json:"key,omitempty"`
	MFASerial string   `json:"mfa_serial"`
	Roles     []proof  `json:"roles"`
	Profiles  []string `json:"profiles"`
}

func (e *env) tellMember(c *cli.Context, m *member, proofs []proof, written []string) error {
	if c.Bool("json") {
		return e.writeJSON(memberAnswer{User: m.user, Account: m.account, Key: m.key, MFASerial: m.mfaSerial, Roles: proofs, Profiles: orEmpty(written)})
	}
	if m.key == "" {
		return e.printf("%s has a new MFA device; the key is not in this keychain, so its two codes are the proof\n", m.user)
	}
	rows := [][]string{{"ROLE", "PROVEN AS"}}
	for _, p := range proofs {
		rows = append(rows, []string{p.Profile, p.Identity})
	}
	if err := e.table(rows); err != nil {
		return err
	}
	if len(written) == 0 {
		return e.printf("%s is ready: key in the keychain, MFA device enabled\n", m.user)
	}
	return e.printf("%s is ready; profiles: %s; try: secaws exec %s -- aws sts get-caller-identity\n", m.user, strings.Join(written, " "), handiest(m.profiles, written))
}

// handiest is the profile to try first: the short name in the default account, whose roles have two.
func handiest(profiles []configgen.RoleProfile, written []string) string {
	seen := map[string]bool{}
	for _, p := range profiles {
		if seen[p.RoleARN] && slices.Contains(written, p.Name) {
			return p.Name
		}
		seen[p.RoleARN] = true
	}
	return written[0]
}
