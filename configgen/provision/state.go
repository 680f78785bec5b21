package provision

import (
	"strings"

	"github.com/secaws/secaws/configgen"
)

// State is one account: what the blueprint wants of it, or what was read from it. Of roles and groups it holds those
// of secaws and those of the same names; of users those in its groups and those it made.
type State struct {
	Account  string // the blueprint's name for it
	ID       string
	Caller   string // ARN of who read it
	Identity bool
	Roles    []Role
	Groups   []Group
	Users    []User
	Password *Password // nil: AWS's default
}

// Role is an IAM role.
type Role struct {
	Name, Path string
	Trust      string // document
	MaxSession int32  // seconds
	Managed    []string
	Inline     map[string]string // name → document
	Boundary   string            // ARN, or ""
	Tags       map[string]string
}

// Group is an IAM group.
type Group struct {
	Name, Path string
	Managed    []string
	Inline     map[string]string
}

// User is an IAM user.
type User struct {
	Name, Path string
	Groups     []string
	Managed    []string
	Inline     map[string]string
	Tags       map[string]string
}

// Password is an account's password policy. Zero numbers stand for no such rule.
type Password struct {
	MinimumLength, MaxAgeDays, Remember                             int32
	Symbols, Numbers, Uppercase, Lowercase, UsersChange, HardExpiry bool
}

func (r Role) ours() bool  { return r.Tags[configgen.Mark] == configgen.MarkSetup || r.adopted() }
func (g Group) ours() bool { return g.Path == configgen.GroupPath }

// markAdopted is the tag value of a role that was there before secaws worked on it: it outlives the landing zone.
const markAdopted = "adopted"

func (r Role) adopted() bool { return r.Tags[configgen.Mark] == markAdopted }

// Wanted returns what the blueprint wants of an account. The password policy is not part of it: it is merged with the
// account's own.
func Wanted(b configgen.Blueprint, account configgen.Account) State {
	want := State{Account: account.Name, ID: account.ID, Identity: account.Name == b.Identity.Name}
	for _, role := range b.Roles {
		if policies := b.PoliciesIn(role, account.Name); len(policies) > 0 {
			want.Roles = append(want.Roles, wantedRole(b, role, policies))
		}
	}
	if !want.Identity {
		return want
	}
	for _, name := range b.Groups() {
		g := Group{Name: name, Path: configgen.GroupPath, Inline: map[string]string{configgen.AssumePolicyName: b.AssumePolicy(name)}}
		if b.SelfManagement {
			g.Inline[configgen.SelfPolicyName] = b.SelfManagementPolicy()
		}
		want.Groups = append(want.Groups, g)
	}
	return want
}

func wantedRole(b configgen.Blueprint, role configgen.Role, policies []configgen.Policy) Role {
	r := Role{
		Name: role.Name, Path: "/", Trust: b.TrustPolicy(role), MaxSession: int32(role.MaxSession.Seconds()),
		Inline: map[string]string{}, Tags: map[string]string{configgen.Mark: configgen.MarkSetup},
	}
	for _, p := range policies {
		if p.Document == "" {
			r.Managed = append(r.Managed, b.PolicyARN(p.Name))
		} else {
			r.Inline[configgen.PolicyPrefix+p.Name] = p.Document
		}
	}
	return r
}

// shortARN is the part of a policy's ARN that people know it by.
func shortARN(arn string) string {
	_, name, found := strings.Cut(arn, ":policy/")
	if !found {
		return arn
	}
	return name
}
