package awslab

import (
	"fmt"
	"strings"
)

// The marks that secaws puts on what it makes. The lab does not import them: it must
// show what accounts look like, whatever secaws thinks of them. A test holds the two equal.
const (
	zonePath        = "/secaws/"
	zoneAssume      = "secaws-assume"
	zoneSelf        = "secaws-self"
	zoneTag         = "secaws"
	zonePasswordTag = "secaws:password-policy-before"
)

// zoneRoles are the roles of the landing zone. A right is the name of one of AWS's
// managed policies, or zonePowerUser.
var zoneRoles = []struct {
	name, group, user string
	rights            map[string]string // by account
}{
	{"Ops", "Operators", "ops", map[string]string{infraAccount: "PowerUserAccess", preprodAccount: "PowerUserAccess", prodAccount: zonePowerUser}},
	{"DevAdmin", "DevAdmins", "dev", map[string]string{infraAccount: "ReadOnlyAccess", preprodAccount: "PowerUserAccess", prodAccount: "ReadOnlyAccess"}},
	{"Admin", "Administrators", "admin", map[string]string{
		adminAccount: "AdministratorAccess", infraAccount: "AdministratorAccess", preprodAccount: "AdministratorAccess", prodAccount: "AdministratorAccess",
	}},
}

// zonePowerUser is the landing zone's own policy, and what it says.
const (
	zonePowerUser         = "secaws-PowerUser"
	zonePowerUserDocument = `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"},` +
		`{"Effect":"Allow","Action":"organizations:DescribeOrganization","Resource":"*"}]}`
)

// zoneTrust lets users of the admin account in, with MFA and under their own names.
const zoneTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
	`"Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole",` +
	`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`

// landingZone makes the landing zone, with one user a group.
func (s *seeder) landingZone() {
	admin := s.state.Accounts[adminAccount]
	for _, r := range zoneRoles {
		var arns []string
		for _, a := range labAccounts {
			if right := r.rights[a.id]; right != "" {
				s.zoneRole(s.state.Accounts[a.id], r.name, right)
				arns = append(arns, "arn:aws:iam::"+a.id+":role/"+r.name)
			}
		}
		u := s.user(admin, r.user, r.user)
		u.Tags = []Tag{{zoneTag, "user"}}
		s.device(admin, u, []Tag{{zoneTag, "user"}})
		s.group(admin, r.group, zonePath, u, map[string]string{zoneAssume: assumeDocument(arns), zoneSelf: selfDocument(adminAccount)})
	}
	admin.PasswordPolicy = &PasswordPolicy{MinimumLength: 14, AllowChange: true, MaxAge: 180, ReusePrevention: 24}
}

func (s *seeder) zoneRole(a *Account, name, right string) {
	tags := []Tag{{zoneTag, "setup"}}
	if a.ID == adminAccount {
		tags = append(tags, Tag{zonePasswordTag, "none"})
	}
	if right == zonePowerUser {
		s.role(a, name, zoneTrust, nil, map[string]string{zonePowerUser: zonePowerUserDocument}, tags)
		return
	}
	s.role(a, name, zoneTrust, []string{awsPolicyARN(right)}, map[string]string{}, tags)
}

// assumeDocument lets a group assume exactly those roles.
func assumeDocument(roles []string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":["` + strings.Join(roles, `","`) + `"]}]}`
}

// selfDocument lets users with MFA manage their own password, keys and device, and
// gives no way to a first device: a stolen key could enrol its own.
func selfDocument(account string) string {
	statements := []struct{ sid, resource, actions string }{
		{"PasswordRules", "*", "GetAccountPasswordPolicy"},
		{"OwnPassword", "user/${aws:username}", "ChangePassword GetLoginProfile GetUser"},
		{"OwnKeys", "user/${aws:username}", "CreateAccessKey DeleteAccessKey GetAccessKeyLastUsed ListAccessKeys UpdateAccessKey"},
		{"OwnDevice", "user/${aws:username}", "DeactivateMFADevice EnableMFADevice ListMFADevices ResyncMFADevice"},
		{"OwnDeviceItself", "mfa/${aws:username}", "CreateVirtualMFADevice DeleteVirtualMFADevice"},
	}
	var all []string
	for _, s := range statements {
		resource := s.resource
		if resource != "*" {
			resource = "arn:aws:iam::" + account + ":" + resource
		}
		actions := "iam:" + strings.ReplaceAll(s.actions, " ", `","iam:`)
		all = append(all, fmt.Sprintf(`{"Sid":"%s","Effect":"Allow","Action":["%s"],"Resource":"%s","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, s.sid, actions, resource))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}
