package configgen

import (
	"fmt"
	"strings"
	"unicode"
)

// IAM's limits, in characters without white space, and in policies attached to one role:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	MaxGroupInline   = 5120
	MaxRoleInline    = 10240
	MaxTrust         = 2048
	MaxManaged       = 6144
	MaxRoleAttached  = 10
	MaxGroupAttached = 10
)

// SizeError tells which limit of IAM the blueprint exceeds.
type SizeError struct {
	What      string
	Has, Most int
	Unit      string
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s: %d %s, and IAM allows %d", e.What, e.Has, e.Unit, e.Most)
}

// Hint names the way that has no such limit.
func (e *SizeError) Hint() string {
	return "split the role or the group; or hand so many accounts to CloudFormation StackSets: secaws setup export"
}

// CheckSizes measures every policy the blueprint makes against IAM's limits, before anything is made. Account ids
// that are not known yet are as long as any other.
func (b Blueprint) CheckSizes() error {
	for _, group := range b.Groups() {
		if err := b.checkGroup(group); err != nil {
			return err
		}
	}
	for _, role := range b.Roles {
		if err := within("role "+role.Name+": trust policy", PolicySize(b.TrustPolicy(role)), MaxTrust); err != nil {
			return err
		}
		for _, a := range b.All() {
			if err := checkRole("role "+role.Name+" in "+a.Name, b.PoliciesIn(role, a.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b Blueprint) checkGroup(group string) error {
	size := PolicySize(b.sized().AssumePolicy(group))
	if b.SelfManagement {
		size += PolicySize(b.sized().SelfManagementPolicy())
	}
	what := fmt.Sprintf("group %s: inline policies naming %d roles", group, len(b.Grants(group)))
	return within(what, size, MaxGroupInline)
}

func checkRole(what string, policies []Policy) error {
	inline, attached := 0, 0
	for _, p := range policies {
		if p.Document == "" {
			attached++
		}
		inline += PolicySize(p.Document)
	}
	if attached > MaxRoleAttached {
		return &SizeError{What: what, Has: attached, Most: MaxRoleAttached, Unit: "managed policies"}
	}
	return within(what+": inline policies", inline, MaxRoleInline)
}

// sized is b with a 12-digit number wherever an id is missing.
func (b Blueprint) sized() Blueprint {
	ids := map[string]string{}
	for _, a := range b.All() {
		ids[a.Name] = strings.Repeat("0", 12)
	}
	return b.Pinned(ids)
}

func within(what string, size, most int) error {
	if size <= most {
		return nil
	}
	return &SizeError{What: what, Has: size, Most: most, Unit: "characters"}
}

// PolicySize counts as IAM does: white space is free.
func PolicySize(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
