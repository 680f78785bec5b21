package configgen

import "slices"

// RoleProfile is one role a person may assume, and the name of the profile for it.
type RoleProfile struct {
	Name       string
	Account    string // name
	Group      string
	RoleARN    string
	ExternalID string
}

// RoleProfiles are the profiles by which members of groups reach every role of theirs: one for each role and account,
// named by the blueprint's template, and one with the role's bare name for the default account.
func (b Blueprint) RoleProfiles(groups ...string) []RoleProfile {
	var profiles []RoleProfile
	for _, g := range b.Grants("") {
		if !slices.Contains(groups, g.Role.Group) {
			continue
		}
		p := RoleProfile{
			Name: b.ProfileFor(g.Account.Name, g.Role.Name), Account: g.Account.Name,
			Group: g.Role.Group, RoleARN: g.ARN, ExternalID: g.Role.ExternalID,
		}
		profiles = append(profiles, p)
		if g.Account.Name == b.DefaultAccount && p.Name != g.Role.Name {
			p.Name = g.Role.Name
			profiles = append(profiles, p)
		}
	}
	return profiles
}
