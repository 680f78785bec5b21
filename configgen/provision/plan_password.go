package provision

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// markPasswordBefore is the tag, on a role of ours in the identity account, that remembers the password policy from
// before the first apply, so that destroy can put it back.
const markPasswordBefore = configgen.Mark + ":password-policy-before"

// password plans the account password policy. Fields that the blueprint leaves out stay as they are; so do those where
// the account is stricter, unless the blueprint is exact, and then the change says that it weakens.
func (p *planner) password(wanted configgen.PasswordPolicy) {
	var have Password
	if p.have.Password != nil {
		have = *p.have.Password
	}
	merged, weaker := merge(have, wanted)
	if p.have.Password != nil && merged == have {
		p.tellStricter(weaker, wanted.Exact)
		return
	}
	p.rememberPassword()
	change := Change{Op: Modify, What: "account password policy", Before: have.String(), After: merged.String(), Call: merged.update()}
	switch {
	case p.have.Password == nil:
		change.Op, change.Before, change.Why = Add, "", "in place of AWS's default: 8 characters, of three kinds"
	case wanted.Exact && len(weaker) > 0:
		change.Why = "this WEAKENS what is there: " + strings.Join(weaker, ", ")
	default:
		p.tellStricter(weaker, wanted.Exact)
	}
	p.add(change)
}

func (p *planner) tellStricter(weaker []string, exact bool) {
	if len(weaker) > 0 && !exact {
		p.note("the account's password policy is stricter than the blueprint and stays so: " + strings.Join(weaker, ", "))
	}
}

// rememberPassword plans the tag that PlanDestroy restores from. A role that is still to be created gets it at birth.
func (p *planner) rememberPassword() {
	if len(p.want.Roles) == 0 {
		return
	}
	holder := p.want.Roles[0].Name
	before := "none"
	if p.have.Password != nil {
		before = p.have.Password.String()
	}
	if have, exists := named(p.have.Roles, holder, roleName); exists && have.Tags[markPasswordBefore] != "" {
		return
	}
	tag := map[string]string{markPasswordBefore: before}
	for _, c := range p.done.List {
		if create, ok := c.Call.(*iam.CreateRoleInput); ok && *create.RoleName == holder {
			create.Tags = append(create.Tags, tags(tag)...)
			return
		}
	}
	p.add(Change{Op: Modify, What: "role " + holder + ": tag", After: markPasswordBefore, Why: "so that destroy can put the password policy back",
		Call: &iam.TagRoleInput{RoleName: &holder, Tags: tags(tag)}})
}

// passwordBefore plans the return to the remembered policy.
func (p *planner) passwordBefore() {
	for _, role := range p.have.Roles {
		before, remembered := role.Tags[markPasswordBefore]
		if !remembered || !role.ours() || p.have.Password == nil {
			continue
		}
		if before == "none" {
			p.add(Change{Op: Remove, What: "account password policy", Before: p.have.Password.String(), Call: &iam.DeleteAccountPasswordPolicyInput{}})
		} else if old, err := parsePassword(before); err == nil && old != *p.have.Password {
			p.add(Change{Op: Modify, What: "account password policy", Before: p.have.Password.String(), After: old.String(), Why: "as it was before", Call: old.update()})
		}
		return
	}
	if p.have.Password != nil {
		p.note("the account password policy stays: what was there before is not known")
	}
}

// merge returns have with what wanted asks for, and the fields where have is stricter. Stricter fields are kept unless
// wanted is exact.
func merge(have Password, wanted configgen.PasswordPolicy) (merged Password, weaker []string) {
	merged = have
	number := func(name string, into *int32, want *int, stricter func(have, want int32) bool) {
		switch {
		case want == nil || *into == int32(*want):
			return
		case stricter(*into, int32(*want)):
			weaker = append(weaker, fmt.Sprintf("%s %d, blueprint %d", name, *into, *want))
			if !wanted.Exact {
				return
			}
		}
		*into = int32(*want)
	}
	flag := func(name string, into *bool, want *bool) {
		if want != nil && *into && !*want {
			weaker = append(weaker, name+" true, blueprint false")
		}
		if want != nil && (*want || wanted.Exact) {
			*into = *want
		}
	}
	higher := func(have, want int32) bool { return have > want }
	number("minimum_length", &merged.MinimumLength, wanted.MinimumLength, higher)
	number("remember", &merged.Remember, wanted.Remember, higher)
	number("max_age_days", &merged.MaxAgeDays, wanted.MaxAgeDays, func(have, want int32) bool { return have > 0 && (have < want || want == 0) })
	flag("symbols", &merged.Symbols, wanted.Symbols)
	flag("numbers", &merged.Numbers, wanted.Numbers)
	flag("uppercase", &merged.Uppercase, wanted.Uppercase)
	flag("lowercase", &merged.Lowercase, wanted.Lowercase)
	flag("hard_expiry", &merged.HardExpiry, wanted.HardExpiry)
	if wanted.UsersChange != nil { // neither value is the stricter one
		merged.UsersChange = *wanted.UsersChange
	}
	merged.MinimumLength = max(merged.MinimumLength, 6) // IAM's own least
	return merged, weaker
}

// passwordForm is a policy as people and the tag have it: only what tags may hold.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
const passwordForm = "length=%d remember=%d age=%d symbols=%t numbers=%t uppercase=%t lowercase=%t change=%t hard=%t"

func (p Password) String() string {
	return fmt.Sprintf(passwordForm, p.MinimumLength, p.Remember, p.MaxAgeDays, p.Symbols, p.Numbers, p.Uppercase, p.Lowercase, p.UsersChange, p.HardExpiry)
}

func parsePassword(text string) (p Password, err error) {
	_, err = fmt.Sscanf(text, passwordForm, &p.MinimumLength, &p.Remember, &p.MaxAgeDays, &p.Symbols, &p.Numbers, &p.Uppercase, &p.Lowercase, &p.UsersChange, &p.HardExpiry)
	if err == nil && p.String() != text {
		err = fmt.Errorf("%q is no password policy", text)
	}
	return p, err
}

// update names every field: IAM resets those that a call leaves out.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
func (p Password) update() *iam.UpdateAccountPasswordPolicyInput {
	in := &iam.UpdateAccountPasswordPolicyInput{
		AllowUsersToChangePassword: p.UsersChange, MinimumPasswordLength: &p.MinimumLength, HardExpiry: &p.HardExpiry,
		RequireSymbols: p.Symbols, RequireNumbers: p.Numbers, RequireUppercaseCharacters: p.Uppercase, RequireLowercaseCharacters: p.Lowercase,
	}
	if p.MaxAgeDays > 0 { // 0 is out of IAM's range; left out, passwords do not expire
		in.MaxPasswordAge = aws.Int32(p.MaxAgeDays)
	}
	if p.Remember > 0 {
		in.PasswordReusePrevention = aws.Int32(p.Remember)
	}
	return in
}
