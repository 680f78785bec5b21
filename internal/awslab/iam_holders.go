package awslab

import (
	"slices"
	"strings"
)

// holder is what users, groups and roles have in common: a name, and policies.
// Its pointers lead into the State of the call that asked for it.
type holder struct {
	kind     string // "User", "Group" or "Role", as in PutUserPolicy
	id       string
	name     string
	path     string
	inline   *map[string]string
	attached *[]string
	boundary *string // nil for a group
	tags     []Tag
}

// inlineQuota is how many characters, white space aside, the inline policies of
// one user, group or role may have together:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
var inlineQuota = map[string]int{"User": 2048, "Group": 5120, "Role": 10240}

// holderOf returns the user, group or role of that name, nil when there is none.
func (a *Account) holderOf(kind, name string) *holder {
	switch kind {
	case "User":
		if u := a.Users[fold(name)]; u != nil {
			return u.holder()
		}
	case "Group":
		if g := a.Groups[fold(name)]; g != nil {
			return g.holder()
		}
	case "Role":
		if r := a.Roles[fold(name)]; r != nil {
			return r.holder()
		}
	}
	return nil
}

func (u *User) holder() *holder {
	return &holder{"User", u.ID, u.Name, u.Path, &u.Inline, &u.Attached, &u.Boundary, u.Tags}
}

func (g *Group) holder() *holder {
	return &holder{"Group", g.ID, g.Name, g.Path, &g.Inline, &g.Attached, nil, nil}
}

func (r *Role) holder() *holder {
	return &holder{"Role", r.ID, r.Name, r.Path, &r.Inline, &r.Attached, &r.Boundary, r.Tags}
}

// holders returns every user, group and role of the account, in that order.
func (a *Account) holders() []*holder {
	var all []*holder
	for _, u := range byName(a.Users) {
		all = append(all, u.holder())
	}
	for _, g := range byName(a.Groups) {
		all = append(all, g.holder())
	}
	for _, r := range byName(a.Roles) {
		all = append(all, r.holder())
	}
	return all
}

// arn returns the ARN of h in a.
func (h *holder) arn(a *Account) string { return a.arn(strings.ToLower(h.kind), h.path, h.name) }

// holder returns the user, group or role a request names: kind is "User" for UserName.
func (c *call) holder(kind string) (*holder, error) {
	v := c.check()
	name := v.required(kind+"Name", nameMax, namePattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if h := c.account.holderOf(kind, name); h != nil {
		return h, nil
	}
	return nil, noSuchHolder(kind, name)
}

func noSuchHolder(kind, name string) *apiError {
	return noSuchEntity("The %s with name %s cannot be found.", strings.ToLower(kind), name)
}

// Lengths of names: a new user's or role's may be shorter than those IAM still knows.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	nameMax    = 128
	newNameMax = 64
	pathMax    = 512
)

// holderKey tells holders of all kinds apart, for lists that mix them.
func holderKey(h *holder) string { return h.kind + "/" + fold(h.name) }

func sortedHolders(hs []*holder) []*holder {
	return slices.SortedFunc(slices.Values(hs), func(a, b *holder) int { return strings.Compare(holderKey(a), holderKey(b)) })
}
