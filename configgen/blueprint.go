package configgen

import (
	"slices"
	"strings"
	"time"
)

// Marks on what secaws makes in an account, by which it tells its own from what others made. Roles, users, managed
// policies and MFA devices carry the tag Mark. Groups cannot be tagged: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
// and have the path GroupPath instead; inline policies are known by the prefix of their name.
const (
	Mark         = "secaws"   // tag key
	MarkSetup    = "setup"    // tag value: made by setup apply
	MarkUser     = "user"     // tag value: made by user add or user invite
	MarkProbe    = "probe"    // tag value: made by setup verify, and removed by the next run whatever happens
	GroupPath    = "/secaws/" // path of every group
	PolicyPrefix = "secaws-"  // name prefix of every inline policy
)

// Names of the inline policies that are not named after a blueprint's own document.
const (
	AssumePolicyName = PolicyPrefix + "assume" // of a group: which roles its members may assume
	SelfPolicyName   = PolicyPrefix + "self"   // of a group: what its members may do to themselves
	EnrolPolicyName  = PolicyPrefix + "enrol"  // of an invited user
	DenyPolicyName   = PolicyPrefix + "denied" // of a disabled user
	RevokePrefix     = PolicyPrefix + "revoke-"
)

// Blueprint is a landing zone as a person describes it in one file: who may do what, where. It is a value, complete
// once parsed; nothing in it has been asked of AWS but the account ids that were pinned.
type Blueprint struct {
	Region            string
	Identity          Account   // holds users, groups and the password policy
	Accounts          []Account // hold resources, in the file's order
	Roles             []Role
	AdminRole         string // the role that setup and user run on once the bootstrap keys are off; "": there is none
	DefaultAccount    string // its profiles exist without the account's name too
	ProfileName       string // template with {account} and {role}
	BootstrapDisabled bool
	SelfManagement    bool
	PasswordPolicy    PasswordPolicy
}

// Account is one AWS account.
type Account struct {
	Name      string
	Bootstrap string // profile whose key belongs to an administrator of the account
	ID        string // 12 digits, or "" until discovered
}

// Role is a role that members of a group may assume.
type Role struct {
	Name       string
	Group      string
	MFA        bool
	MaxSession time.Duration
	ExternalID string
	Policies   []Policy            // in every resource account that In does not name
	In         map[string][]Policy // by account name; an empty list: not in that account
}

// Policy is a right a role has: an AWS managed policy, or a document of the blueprint's own.
type Policy struct {
	Name     string
	Document string // compact JSON; "" for an AWS managed policy
}

// PasswordPolicy is the account password policy; nil fields are left as they are in the account.
type PasswordPolicy struct {
	MinimumLength *int // characters
	Remember      *int // former passwords that cannot be used again
	MaxAgeDays    *int // 0: passwords do not expire
	Symbols       *bool
	Numbers       *bool
	Uppercase     *bool
	Lowercase     *bool
	UsersChange   *bool // users may change their own
	HardExpiry    *bool
	Exact         bool // also where the account is stricter
}

// Grant is a role in an account, as seen from the group whose members may assume it.
type Grant struct {
	Account Account
	Role    Role
	ARN     string // "" while the account's id is not known
}

// All returns every account, the identity account first.
func (b Blueprint) All() []Account { return append([]Account{b.Identity}, b.Accounts...) }

// Account returns the account of that name.
func (b Blueprint) Account(name string) (Account, bool) {
	for _, a := range b.All() {
		if a.Name == name {
			return a, true
		}
	}
	return Account{}, false
}

// Role returns the role of that name.
func (b Blueprint) Role(name string) (Role, bool) {
	for _, r := range b.Roles {
		if r.Name == name {
			return r, true
		}
	}
	return Role{}, false
}

// PoliciesIn returns what role may do in account, nothing when the role is not there. The identity account has the
// roles that name it, and no others.
func (b Blueprint) PoliciesIn(role Role, account string) []Policy {
	if own, named := role.In[account]; named {
		return own
	}
	if account == b.Identity.Name {
		return nil
	}
	return role.Policies
}

// Groups returns the groups' names in the roles' order.
func (b Blueprint) Groups() []string {
	var names []string
	for _, r := range b.Roles {
		if !slices.Contains(names, r.Group) {
			names = append(names, r.Group)
		}
	}
	return names
}

// Grants returns the roles that members of group may assume, account by account; of every group when group is "".
func (b Blueprint) Grants(group string) []Grant {
	var grants []Grant
	for _, a := range b.All() {
		for _, r := range b.Roles {
			if (group == "" || r.Group == group) && len(b.PoliciesIn(r, a.Name)) > 0 {
				grants = append(grants, Grant{Account: a, Role: r, ARN: b.RoleARN(a, r.Name)})
			}
		}
	}
	return grants
}

// RoleARN returns the ARN of a role, "" while the account's id is not known.
func (b Blueprint) RoleARN(a Account, role string) string {
	if a.ID == "" {
		return ""
	}
	return "arn:" + b.Partition() + ":iam::" + a.ID + ":role/" + role
}

// PolicyARN returns the ARN of an AWS managed policy. A name may hold its path: "job-function/ViewOnlyAccess".
func (b Blueprint) PolicyARN(name string) string {
	return "arn:" + b.Partition() + ":iam::aws:policy/" + name
}

// ProfileFor returns the name of the profile that stands for role in account.
func (b Blueprint) ProfileFor(account, role string) string {
	return strings.NewReplacer("{account}", account, "{role}", role).Replace(b.ProfileName)
}

// Partition returns the partition of the blueprint's region:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (b Blueprint) Partition() string {
	for _, p := range partitions {
		if strings.HasPrefix(b.Region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// partitions are the prefixes of region names outside the partition aws, as the SDK's endpoint rules list them.
var partitions = []struct{ prefix, name string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"eusc-", "aws-eusc"},
	{"us-isob-", "aws-iso-b"},
	{"us-isof-", "aws-iso-f"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-iso-", "aws-iso"},
}

// Pinned returns b with the ids of its accounts, by account name. Ids that b already has are kept.
func (b Blueprint) Pinned(ids map[string]string) Blueprint {
	pin := func(a Account) Account {
		if a.ID == "" {
			a.ID = ids[a.Name]
		}
		return a
	}
	b.Identity = pin(b.Identity)
	b.Accounts = slices.Clone(b.Accounts)
	for i, a := range b.Accounts {
		b.Accounts[i] = pin(a)
	}
	return b
}
