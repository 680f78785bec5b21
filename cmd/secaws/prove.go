package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
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
	mfaProcess []string // of a profile; phone's counts first
	phone      *phone   // nil where no device is enrolled in this run
	profiles   []configgen.RoleProfile
	outOfStep  string // command that mends a device whose codes AWS does not take, "" for none

	resync func(context.Context) error // sets such a device right, nil where nobody may
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
	// codeTries is how often at least a code is asked for while STS does not know the new device yet.
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

// until repeats do while it fails with an error of a kind that passes by itself.
func (m *member) until(ctx context.Context, what string, passing session.Kind, do func(context.Context) error) error {
	var last error
	err := m.e.waiter(settleTime).Until(ctx, what, func(ctx context.Context) (bool, error) {
		last = do(ctx)
		if isKind(last, passing) {
			return false, nil
		}
		return true, last
	})
	var inVain *provision.StillWaitingError
	if errors.As(err, &inVain) {
		return fmt.Errorf("%w: %w", err, last)
	}
	return err
}

func isKind(err error, kinds ...session.Kind) bool {
	var refused *session.Error
	return errors.As(err, &refused) && slices.Contains(kinds, refused.Kind)
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
	return m.until(ctx, "AWS to accept the new key", session.WrongKey, func(ctx context.Context) error {
		_, err := m.e.identifyBy(ctx, name, session.Caller{Signer: signer, Region: m.region})
		return err
	})
}

// openSession makes the MFA session that every role is then reached from.
func (m *member) openSession(ctx context.Context) error {
	own, err := m.sessionProfile(configgen.RoleProfile{Name: m.user})
	if err != nil {
		return err
	}
	if err := m.noteDevice(ctx); err != nil {
		return err
	}
	r, err := m.e.retriever()
	if err != nil {
		return err
	}
	r.Prompter = thirdCode{r.Prompter, func() { m.e.noticeOnce("a third code proves the device, and opens the session of " + m.user) }}
	begin, try := m.e.now(), 0
	return m.e.waiter(0).Until(ctx, "AWS to know the new device everywhere (it takes one more code)", func(ctx context.Context) (bool, error) {
		try++
		err := m.takeCode(ctx, r, own)
		early := try < codeTries || m.e.now().Sub(begin) < settleTime
		if early && isKind(err, session.WrongSerial) {
			return false, nil
		}
		return true, err
	})
}

// takeCode makes the session with one code. A device that is out of step is set right on the way, once.
func (m *member) takeCode(ctx context.Context, r *session.Retriever, own session.Profile) error {
	_, err := r.Retrieve(ctx, own)
	if !isKind(err, session.WrongCode) {
		return err
	}
	if m.resync != nil {
		if err := m.setRight(ctx); err != nil {
			return err
		}
		_, err = r.Retrieve(ctx, own)
	}
	if isKind(err, session.WrongCode) && m.outOfStep != "" {
		return hinted{err, "if the phone's clock is right, the device is out of step: " + m.outOfStep}
	}
	return err
}

// setRight has the person give two codes in a row once more.
func (m *member) setRight(ctx context.Context) error {
	m.e.notice("AWS takes no code of this device: if the two codes that enabled it came late, it is out of step, and two more set it right")
	if err := m.resync(ctx); err != nil {
		return err
	}
	return m.noteDevice(ctx)
}

// thirdCode is a prompter that says first what the code is for.
type thirdCode struct {
	session.Prompter
	tell func()
}

func (t thirdCode) MFACode(ctx context.Context, ask session.MFAPrompt) (string, error) {
	t.tell()
	return t.Prompter.MFACode(ctx, ask)
}

// noteDevice notes with the key which device is its user's, and the code that was used up in enabling it.
func (m *member) noteDevice(ctx context.Context) error {
	ring, err := m.e.keyring()
	if err != nil {
		return err
	}
	return ring.Update(ctx, m.key, func(info *keyring.KeyInfo) {
		info.MFASerial = m.mfaSerial
		if m.phone != nil && m.phone.last != "" {
			info.LastCode, info.LastCodeAt = session.CodeHash(m.mfaSerial, m.phone.last), m.e.now()
		}
	})
}

// proveRole assumes the role, waiting while its trust or the group's policy is not seen everywhere yet.
func (m *member) proveRole(ctx context.Context, p configgen.RoleProfile) (proof, error) {
	profile, err := m.sessionProfile(p)
	if err != nil {
		return proof{}, err
	}
	var s session.Session
	err = m.until(ctx, "the rights of "+p.Name+" to be seen", session.Denied, func(ctx context.Context) (err error) {
		s, err = m.e.retrieveFor(ctx, profile)
		return err
	})
	if err != nil {
		return proof{}, err
	}
	who, err := m.e.identifyBy(ctx, m.key, session.Caller{Session: s, Region: m.region})
	return proof{Profile: p.Name, RoleARN: p.RoleARN, Identity: who.ARN}, err
}

func (m *member) sessionProfile(p configgen.RoleProfile) (session.Profile, error) {
	endpoint, err := m.e.endpoint("STS")
	process := m.mfaProcess
	if m.phone != nil && len(m.phone.process) > 0 {
		process = m.phone.process
	}
	return memberProfile(p, m.region, m.key, m.mfaSerial, endpoint, process), err
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
	return session.Identify(ctx, session.NewSTS(session.ClientConfig{Caller: caller, HTTP: client}).GetCallerIdentity, key, caller.Clock)
}

// identify is identifyBy for credentials in hand.
func (e *env) identify(ctx context.Context, key string, c aws.Credentials, region string) (session.Who, error) {
	return e.identifyBy(ctx, key, session.Caller{Session: session.Session{Credentials: c}, Region: region})
}
