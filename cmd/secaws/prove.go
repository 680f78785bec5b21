package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/session"
)

// member is a person of the landing zone on the own machine: a key in the keychain, a device, roles.
type member struct {
	e          *env
	key        string // name in the keychain
	user       string
	account    string
	region     string
	mfaSerial  string
	mfaProcess []string
	profiles   []configgen.RoleProfile
}

// proof is a role that was assumed, and as whom AWS saw it.
type proof struct {
	Profile  string `json:"profile"`
	RoleARN  string `json:"role_arn"`
	Identity string `json:"identity"`
}

const (
	// settleTime is how long a new user's rights may take to be seen everywhere.
	settleTime = 90 * time.Second
	// codeTries is how often a code is asked for while STS does not know the new device yet.
	codeTries = 3
)

// prove walks the whole chain as the person will: the key, an MFA session with a third code, every role.
func (m *member) prove(ctx context.Context) ([]proof, error) {
	if err := m.proveKey(ctx, m.key); err != nil {
		return nil, err
	}
	if err := m.openSession(ctx); err != nil {
		return nil, err
	}
	var proofs []proof
	proven := map[string]bool{} // a role may have two profiles
	for _, p := range m.profiles {
		if proven[p.RoleARN] {
			continue
		}
		proven[p.RoleARN] = true
		seen, err := m.proveRole(ctx, p)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, seen)
	}
	return proofs, nil
}

func (m *member) waiter() provision.Waiter {
	return provision.Waiter{Limit: settleTime, Say: func(line string) { m.e.notice("%s", line) }}
}

// proveKey waits until AWS accepts the key: a new one is not seen everywhere at once.
func (m *member) proveKey(ctx context.Context, name string) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	signer, err := ring.Signer(ctx, name)
	if err != nil {
		return err
	}
	return m.waiter().Until(ctx, "AWS to accept the new key", func(ctx context.Context) (bool, error) {
		_, err := m.e.identifyBy(ctx, name, session.Caller{Signer: signer, Region: m.region})
		return settled(err, session.WrongKey)
	})
}

// settled is the outcome of one try: an error of one of the kinds may pass.
func settled(err error, passing ...session.Kind) (bool, error) {
	var refused *session.Error
	if errors.As(err, &refused) {
		for _, k := range passing {
			if refused.Kind == k {
				return false, nil
			}
		}
	}
	return true, err
}

// openSession makes the MFA session that every role is then reached from.
func (m *member) openSession(ctx context.Context) error {
	own, err := m.sessionProfile(configgen.RoleProfile{Name: m.user})
	if err != nil {
		return err
	}
	m.e.notice("a third code proves the device, and opens the session of %s", m.user)
	for try := 1; ; try++ {
		_, err = m.e.retrieveFor(ctx, own)
		if ok, err := settled(err, session.WrongSerial, session.Denied); ok || try == codeTries {
			return err
		}
		m.e.notice("AWS does not know the new device everywhere yet; one more code")
	}
}

// proveRole assumes the role, waiting while its trust or the group's policy is not seen everywhere yet.
func (m *member) proveRole(ctx context.Context, p configgen.RoleProfile) (proof, error) {
	profile, err := m.sessionProfile(p)
	if err != nil {
		return proof{}, err
	}
	var s session.Session
	err = m.waiter().Until(ctx, "the rights of "+p.Name+" to be seen", func(ctx context.Context) (bool, error) {
		var err error
		s, err = m.e.retrieveFor(ctx, profile)
		return settled(err, session.Denied)
	})
	if err != nil {
		return proof{}, err
	}
	who, err := m.e.identifyBy(ctx, m.key, session.Caller{Session: s, Region: m.region})
	return proof{Profile: p.Name, RoleARN: p.RoleARN, Identity: who.ARN}, err
}

func (m *member) sessionProfile(p configgen.RoleProfile) (session.Profile, error) {
	endpoint, err := m.e.endpoint("STS")
	return memberProfile(p, m.region, m.key, m.mfaSerial, endpoint, m.mfaProcess), err
}

// identifyBy asks AWS whose the caller's credentials are. key is for messages.
func (e *env) identifyBy(ctx context.Context, key string, caller session.Caller) (session.Who, error) {
	endpoint, err := e.endpoint("STS")
	if err != nil {
		return session.Who{}, err
	}
	client, err := e.httpClient()
	if err != nil {
		return session.Who{}, err
	}
	caller.Endpoint, caller.Clock = endpoint, session.NewClock(e.now, 0)
	return session.Identify(ctx, session.NewSTS(session.ClientConfig{Caller: caller, HTTP: client}), key, caller.Clock)
}

// identify is identifyBy for credentials in hand.
func (e *env) identify(ctx context.Context, key string, c aws.Credentials, region string) (session.Who, error) {
	return e.identifyBy(ctx, key, session.Caller{Session: session.Session{Credentials: c}, Region: region})
}
