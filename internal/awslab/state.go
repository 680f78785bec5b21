package awslab

import (
	"sort"
	"strings"
	"time"
)

// State is everything IAM replicates: what one account's administrators make.
// It holds no pointers between entities: they refer to each other by ID, name or
// ARN, so a State can be cloned, and read at an older moment (see replica.go).
//
// What is true at once everywhere (sessions, used codes, buckets, last-used
// stamps) is on Lab instead.
//
// Lock discipline: Lab.mu guards State and those fields of Lab. The server holds
// it while it authenticates, authorises and runs an action, so an action neither
// locks nor starts goroutines, and never keeps a pointer into State after it returns.
type State struct {
	Accounts map[string]*Account // by 12-digit ID
}

// Account is one AWS account. Maps of named things are keyed by fold(name),
// since IAM's names are unique regardless of case; the entity keeps the name as given.
type Account struct {
	ID             string
	Alias          string
	Users          map[string]*User
	Groups         map[string]*Group
	Roles          map[string]*Role
	Policies       map[string]*ManagedPolicy // customer managed
	MFADevices     map[string]*MFADevice     // virtual devices, enabled or not
	PasswordPolicy *PasswordPolicy           // nil: none set
}

// User is an IAM user.
type User struct {
	ID, Name, Path   string // AIDA…
	Created          time.Time
	Inline           map[string]string // policy name → document
	Attached         []string          // managed policy ARNs, in the order attached
	Boundary         string            // managed policy ARN, or ""
	Tags             []Tag
	Keys             []*AccessKey // at most 2
	Login            *LoginProfile
	PasswordLastUsed time.Time
}

// Group is an IAM group. Membership lives here only.
type Group struct {
	ID, Name, Path string // AGPA…
	Created        time.Time
	Inline         map[string]string
	Attached       []string
	Members        []string // user IDs, in the order added
}

// Role is an IAM role.
type Role struct {
	ID, Name, Path string // AROA…
	Description    string
	Created        time.Time
	Trust          string // the trust policy document, as given
	MaxSession     time.Duration
	Inline         map[string]string
	Attached       []string
	Boundary       string
	Tags           []Tag
}

// ManagedPolicy is a customer or AWS managed policy.
type ManagedPolicy struct {
	ID, Name, Path string // ANPA…
	ARN            string // of AWS's own: arn:aws:iam::aws:policy/…
	Description    string
	Created        time.Time
	Updated        time.Time
	Default        string // version ID, "v1"
	Versions       []PolicyVersion
	NextVersion    int // version numbers are never used twice
	Tags           []Tag
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	ID       string // "v1"
	Document string
	Created  time.Time
}

// Document returns the text of the default version.
func (p *ManagedPolicy) Document() string {
	for _, v := range p.Versions {
		if v.ID == p.Default {
			return v.Document
		}
	}
	return ""
}

// AccessKey is a long-lived key of a user.
type AccessKey struct {
	ID      string // AKIA…
	Secret  string `json:"-"`
	Active  bool
	Created time.Time
}

// MFADevice is a virtual MFA device. The steps it has used up are on Lab (see totp.go).
type MFADevice struct {
	Name, Path string
	Serial     string    // its ARN
	Seed       string    `json:"-"` // base32, 64 characters, no padding
	UserID     string    // "" until enabled
	Enabled    time.Time // zero until enabled
	Created    time.Time
	Tags       []Tag
}

// LoginProfile is a user's console password.
type LoginProfile struct {
	Created       time.Time
	Changed       time.Time
	ResetRequired bool
	Hash          string   `json:"-"` // of the password now, as hashPassword gives it
	Former        []string `json:"-"` // hashes before it, newest first
}

// PasswordPolicy is an account's password policy.
type PasswordPolicy struct {
	MinimumLength    int
	Symbols, Numbers bool // required
	Upper, Lower     bool // required
	AllowChange      bool // users may change their own
	MaxAge           int  // days; 0: they do not expire
	ReusePrevention  int  // passwords remembered; 0: none
	HardExpiry       bool
}

// Tag is a tag on an entity or a session.
type Tag struct{ Key, Value string }

// Session is what temporary credentials stand for. Kept on Lab, by access key ID.
type Session struct {
	Kind           SessionKind
	AccessKeyID    string // ASIA…
	Secret         string `json:"-"`
	Token          string `json:"-"`
	Account        string
	UserID         string // SessionToken, FederationToken: of the user it was made from
	RoleID         string // AssumedRole
	Name           string // role session name, or the federated user's
	Issued         time.Time
	Expires        time.Time
	MFA            time.Time // when the code was taken; zero: made without MFA
	Policy         string    // the session policy given as a document, "" for none
	PolicyARNs     []string  // the managed ones, as they are when the session is used
	Tags           []Tag
	Transitive     []string // keys of Tags carried into chained sessions
	SourceIdentity string
}

// SessionKind tells which STS action made a session.
type SessionKind int

// The kinds of sessions.
const (
	SessionToken SessionKind = iota + 1
	AssumedRole
	FederationToken
)

// KeyUse is when, and for what, a key or a role was last used.
type KeyUse struct {
	At              time.Time
	Service, Region string
}

// newAccount returns an empty account.
func newAccount(id string) *Account {
	return &Account{
		ID: id, Users: map[string]*User{}, Groups: map[string]*Group{}, Roles: map[string]*Role{},
		Policies: map[string]*ManagedPolicy{}, MFADevices: map[string]*MFADevice{},
	}
}

// fold is the key of a name in an Account's maps.
func fold(name string) string { return strings.ToLower(name) }

// arn returns the ARN of an IAM entity: arn("user", "/team/", "ops").
func (a *Account) arn(kind, path, name string) string {
	return "arn:aws:iam::" + a.ID + ":" + kind + path + name
}

// The ARNs of entities.
func (a *Account) userARN(u *User) string   { return a.arn("user", u.Path, u.Name) }
func (a *Account) groupARN(g *Group) string { return a.arn("group", g.Path, g.Name) }
func (a *Account) roleARN(r *Role) string   { return a.arn("role", r.Path, r.Name) }

// userByID returns the user with that ID, or nil.
func (a *Account) userByID(id string) *User {
	for _, u := range a.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// roleByID returns the role with that ID, or nil.
func (a *Account) roleByID(id string) *Role {
	for _, r := range a.Roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// groupsOf returns the groups u is in, by name.
func (a *Account) groupsOf(u *User) []*Group {
	var in []*Group
	for _, g := range byName(a.Groups) {
		for _, id := range g.Members {
			if id == u.ID {
				in = append(in, g)
			}
		}
	}
	return in
}

// devicesOf returns the enabled MFA devices of u, by name.
func (a *Account) devicesOf(u *User) []*MFADevice {
	var of []*MFADevice
	for _, d := range byName(a.MFADevices) {
		if d.UserID == u.ID {
			of = append(of, d)
		}
	}
	return of
}

// byName returns the values of an Account's map in the order of their folded names,
// the order in which every List action answers.
func byName[T any](m map[string]T) []T {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	list := make([]T, len(names))
	for i, name := range names {
		list[i] = m[name]
	}
	return list
}

// role returns the role of that ARN in any account, nil when there is none.
// Unlike IAM's own calls, STS takes the case of a role's name seriously.
func (s *State) role(arn string) (*Account, *Role) {
	for _, a := range s.Accounts {
		for _, r := range a.Roles {
			if a.roleARN(r) == arn {
				return a, r
			}
		}
	}
	return nil, nil
}

// managed returns a managed policy, AWS's or a customer's, nil when there is none of that ARN.
func (s *State) managed(arn string) *ManagedPolicy {
	if p := awsManaged(arn); p != nil {
		return p
	}
	for _, a := range s.Accounts {
		for _, p := range a.Policies {
			if p.ARN == arn {
				return p
			}
		}
	}
	return nil
}
