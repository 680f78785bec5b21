// Package awslab is four AWS accounts on loopback that refuse what AWS refuses:
// IAM and STS over the query protocol, and S3 buckets. It carries the rehearsals
// and the tests of secaws, and is never part of its binary.
//
// A request goes through server.go: sigv4 verifies who signed it, authenticate.go
// tells what principal that is, authorize.go what policies say of it, and the action's
// row (iam_….go, sts….go, s3_….go) what happens.
package awslab

import (
	"fmt"
	"sync"
	"time"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// Options is what a lab is made from. The zero value is a lab of four accounts
// with one admin user each, on the machine's clock, that replicates at once.
type Options struct {
	Clock       func() time.Time // nil: time.Now
	Seed        string           // SeedAccounts (also "") or SeedLandingZone
	Accounts    int              // 0: the four; more: those past them are 000000000005, … with profiles secure-aws-env5, …
	Propagation time.Duration    // how long IAM's readers lag behind its writers
	Latency     time.Duration    // how long every call takes at least
	Faults      string           // see ParseFaults
	TOTPStep    time.Duration    // 0: 30 s, as AWS and the authenticator apps have it
	Dir         string           // where Start leaves config, credentials, env and calls.jsonl; "": nowhere
}

// Lab is the four accounts. Make one with New; serve Handler, or Start it.
type Lab struct {
	options Options
	actions map[string]map[string]action // by service, then by name

	mu        sync.Mutex
	skew      time.Duration // how far Advance has moved the clock
	state     *State
	views     []view // past states, oldest first; see replica.go
	sessions  map[string]*Session
	buckets   map[string]*Bucket
	steps     map[string]int64     // last TOTP step used up, by device serial
	keyUse    map[string]KeyUse    // by access key ID
	roleUse   map[string]KeyUse    // by role ID
	reports   map[string]time.Time // when an account's credential report was generated
	faults    *faults
	documents map[string]*policy.Document // parsed, by their text
	profiles  []Profile                   // of the seed

	log   *callLog
	token string // opens the control path; "" until Start
}

// Profile is a set of long-lived credentials the seed made, for the files of a person or a test.
type Profile struct {
	Name, Account, User string
	AccessKeyID, Secret string
}

// New makes a lab and seeds it.
func New(o Options) (*Lab, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.TOTPStep == 0 {
		o.TOTPStep = 30 * time.Second
	}
	if o.TOTPStep < time.Second || o.Propagation < 0 || o.Latency < 0 {
		return nil, fmt.Errorf("awslab: a TOTP step of %v, a propagation of %v and a latency of %v: want at least 1s, 0s and 0s", o.TOTPStep, o.Propagation, o.Latency)
	}
	faults, err := ParseFaults(o.Faults)
	if err != nil {
		return nil, err
	}
	l := &Lab{
		options: o, state: &State{Accounts: map[string]*Account{}}, sessions: map[string]*Session{},
		buckets: map[string]*Bucket{}, steps: map[string]int64{}, keyUse: map[string]KeyUse{},
		roleUse: map[string]KeyUse{}, reports: map[string]time.Time{}, faults: faults, log: &callLog{}, documents: map[string]*policy.Document{},
		actions: map[string]map[string]action{
			"iam": index(iamActions()), "sts": index(stsActions()), "s3": index(s3Actions()),
		},
	}
	if l.profiles, err = seed(l, o.Seed); err != nil {
		return nil, err
	}
	l.views = []view{{state: clone(l.state)}}
	return l, nil
}

func index(actions []action) map[string]action {
	m := make(map[string]action, len(actions))
	for _, a := range actions {
		m[a.Name] = a
	}
	return m
}

// now is the lab's time. l.mu is held.
func (l *Lab) now() time.Time { return l.options.Clock().Add(l.skew).UTC() }

// Advance moves the lab's clock by d: sessions age, codes change, signatures made
// by an unmoved clock are too old.
func (l *Lab) Advance(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.skew += d
}

// Profiles returns the credentials the seed made.
func (l *Lab) Profiles() []Profile { return append([]Profile(nil), l.profiles...) }
