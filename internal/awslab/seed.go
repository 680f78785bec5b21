package awslab

import (
	"fmt"
	"time"
)

// The seeds a lab may start from.
const (
	SeedAccounts    = "accounts"     // four accounts with one admin user each
	SeedLandingZone = "landing-zone" // and the landing zone in them
)

// The accounts of every lab, and the user in each whose key starts everything.
const (
	adminAccount   = "111111111111"
	infraAccount   = "222222222222"
	preprodAccount = "333333333333"
	prodAccount    = "444444444444"
	bootstrapUser  = "bootstrap"
)

// labAccounts are the accounts in the order people name them, with the profiles of their bootstrap users.
var labAccounts = []struct{ id, profile string }{
	{adminAccount, "secure-aws-admin"},
	{infraAccount, "secure-aws-infra"},
	{preprodAccount, "secure-aws-preprod"},
	{prodAccount, "secure-aws-prod"},
}

// seed fills the accounts, and returns the credentials made for people.
func seed(l *Lab, kind string) ([]Profile, error) {
	s := seeder{state: l.state, now: l.now()}
	for _, a := range labAccounts {
		s.account(a.id, a.profile)
	}
	for n := len(labAccounts) + 1; n <= l.options.Accounts; n++ {
		s.account(fmt.Sprintf("%012d", n), fmt.Sprintf("secure-aws-env%d", n))
	}
	switch kind {
	case "", SeedAccounts:
	case SeedLandingZone:
		s.landingZone()
	default:
		return nil, fmt.Errorf("awslab: there is no seed %q: it is %s or %s", kind, SeedAccounts, SeedLandingZone)
	}
	return s.profiles, nil
}

// seeder puts entities in place as IAM's actions would have.
type seeder struct {
	state    *State
	now      time.Time
	profiles []Profile
}

// account makes an account with its first administrator.
func (s *seeder) account(id, profile string) {
	a := newAccount(id)
	s.state.Accounts[id] = a
	s.user(a, bootstrapUser, profile).Attached = []string{awsPolicyARN("AdministratorAccess")}
}

// user makes a user with one key, whose credentials get a profile.
func (s *seeder) user(a *Account, name, profile string) *User {
	key := &AccessKey{ID: newKeyID(prefixKey, a.ID), Secret: newSecret(), Active: true, Created: s.now}
	u := &User{
		ID: newID(prefixUser, a.ID), Name: name, Path: "/", Created: s.now,
		Inline: map[string]string{}, Keys: []*AccessKey{key},
	}
	a.Users[fold(name)] = u
	s.profiles = append(s.profiles, Profile{Name: profile, Account: a.ID, User: name, AccessKeyID: key.ID, Secret: key.Secret})
	return u
}

// device gives u an enabled virtual MFA device named after the user.
func (s *seeder) device(a *Account, u *User, tags []Tag) {
	a.MFADevices[fold(u.Name)] = &MFADevice{
		Name: u.Name, Path: "/", Serial: a.arn("mfa", "/", u.Name), Seed: newSeed(),
		UserID: u.ID, Enabled: s.now, Created: s.now, Tags: tags,
	}
}

// group makes a group of one member.
func (s *seeder) group(a *Account, name, path string, member *User, inline map[string]string) {
	a.Groups[fold(name)] = &Group{
		ID: newID(prefixGroup, a.ID), Name: name, Path: path, Created: s.now, Inline: inline, Members: []string{member.ID},
	}
}

// role makes a role with the default longest session.
func (s *seeder) role(a *Account, name, trust string, attached []string, inline map[string]string, tags []Tag) {
	a.Roles[fold(name)] = &Role{
		ID: newID(prefixRole, a.ID), Name: name, Path: "/", Created: s.now, Trust: trust, MaxSession: time.Hour,
		Attached: attached, Inline: inline, Tags: tags,
	}
}
