package awslab

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const anyAction = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// trusting returns a trust policy for everyone in the admin account, with a condition if any.
func trusting(actions, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":` + actions + condition + `}}`
}

// withRole makes a role in infra and returns its ARN.
func (s *stage) withRole(name, trust string, pairs ...string) string {
	s.t.Helper()
	infra := s.admin(infraAccount)
	pairs = append([]string{"RoleName", name, "AssumeRolePolicyDocument", trust}, pairs...)
	return s.do(infra, "iam", "CreateRole", pairs...).text("Arn")
}

// withUser makes a user in the admin account that identity policies allow what document says.
func (s *stage) withUser(name, document string) key {
	s.t.Helper()
	root := s.admin(adminAccount)
	s.do(root, "iam", "CreateUser", "UserName", name)
	if document != "" {
		s.do(root, "iam", "PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", document)
	}
	return s.do(root, "iam", "CreateAccessKey", "UserName", name).key()
}

// Both accounts must agree, each by its own policy.
func TestAssumeRoleNeedsBothSides(t *testing.T) {
	s := newStage(t, Options{})
	trusted := s.withRole("Trusting", trusting(`"sts:AssumeRole"`, ""))
	closed := s.withRole("Closed", strings.Replace(trusting(`"sts:AssumeRole"`, ""), "111111111111", "444444444444", 1))
	named := s.withRole("Named", strings.Replace(trusting(`"sts:AssumeRole"`, ""), ":root", ":user/bootstrap", 1))
	allowed, nobody := s.withUser("allowed", anyAction), s.withUser("nobody", "")
	other := s.withUser("other", strings.Replace(anyAction, `"Resource":"*"`, `"Resource":"`+closed+`"`, 1))
	tests := []struct {
		name, role string
		key        key
		want       string
	}{
		{"both", trusted, allowed, ""},
		{"trust policy alone", trusted, nobody, "AccessDenied"},
		{"identity policy for another role", trusted, other, "AccessDenied"},
		{"identity policy alone", closed, allowed, "AccessDenied"},
		{"trust of another user", named, allowed, "AccessDenied"},
		{"trust of this user", named, s.admin(adminAccount), ""},
		{"from a third account", trusted, s.admin(prodAccount), "AccessDenied"},
		{"no such role", trusted + "x", allowed, "AccessDenied"},
		{"role's name in another case", strings.Replace(trusted, "Trusting", "trusting", 1), allowed, "AccessDenied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.try(test.key, "sts", "AssumeRole", "RoleArn", test.role, "RoleSessionName", "me")
			if a.code != test.want {
				t.Fatalf("got %q %q, want %q", a.code, a.message, test.want)
			}
			if form := "is not authorized to perform: sts:AssumeRole on resource: " + test.role; test.want != "" && (!strings.HasSuffix(a.message, form) || a.status != 403) {
				t.Errorf("%d %q, want it to end in %q", a.status, a.message, form)
			}
		})
	}
}

// Within one account a trust policy that names the user is enough; one that names the account is not.
func TestAssumeRoleWithinAnAccount(t *testing.T) {
	s := newStage(t, Options{})
	nobody := s.withUser("nobody", "")
	root := s.admin(adminAccount)
	byAccount := s.do(root, "iam", "CreateRole", "RoleName", "ByAccount", "AssumeRolePolicyDocument", trusting(`"sts:AssumeRole"`, "")).text("Arn")
	byName := s.do(root, "iam", "CreateRole", "RoleName", "ByName", "AssumeRolePolicyDocument",
		strings.Replace(trusting(`"sts:AssumeRole"`, ""), ":root", ":user/nobody", 1)).text("Arn")
	s.refused("AccessDenied", "", nobody, "sts", "AssumeRole", "RoleArn", byAccount, "RoleSessionName", "me")
	s.do(nobody, "sts", "AssumeRole", "RoleArn", byName, "RoleSessionName", "me")
}

func TestAssumeRoleConditions(t *testing.T) {
	tests := []struct {
		name, condition string
		pairs           []string
		allowed         bool
	}{
		{"external ID", `{"StringEquals":{"sts:ExternalId":"e-1"}}`, []string{"ExternalId", "e-1"}, true},
		{"wrong external ID", `{"StringEquals":{"sts:ExternalId":"e-1"}}`, []string{"ExternalId", "e-2"}, false},
		{"no external ID", `{"StringEquals":{"sts:ExternalId":"e-1"}}`, nil, false},
		{"session name", `{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`, []string{"RoleSessionName", "bootstrap"}, true},
		{"another's session name", `{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`, []string{"RoleSessionName", "boss"}, false},
		{"no MFA", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, nil, false},
		{"MFA not asked", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, nil, true},
		{"MFA absent", `{"Null":{"aws:MultiFactorAuthPresent":"true"}}`, nil, true},
		{"caller", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/boot*"}}`, nil, true},
		{"another caller", `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/x*"}}`, nil, false},
		{"address", `{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`, nil, true},
		{"another address", `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, nil, false},
		{"time", `{"DateLessThan":{"aws:CurrentTime":"2026-03-01T13:00:00Z"}}`, nil, true},
		{"past", `{"DateLessThan":{"aws:CurrentTime":"2026-03-01T11:00:00Z"}}`, nil, false},
		{"transport", `{"Bool":{"aws:SecureTransport":"true"}}`, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t, Options{})
			role := s.withRole("Conditional", trusting(`"sts:AssumeRole"`, test.condition))
			pairs := append([]string{"RoleArn", role}, test.pairs...)
			if !strings.Contains(strings.Join(test.pairs, " "), "RoleSessionName") {
				pairs = append(pairs, "RoleSessionName", "me")
			}
			a := s.try(s.admin(adminAccount), "sts", "AssumeRole", pairs...)
			if allowed := a.code == ""; allowed != test.allowed || (!allowed && a.code != "AccessDenied") {
				t.Errorf("got %q %q, want allowed %t", a.code, a.message, test.allowed)
			}
		})
	}
}

func TestAssumeRoleMFA(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	ops := s.person("ops")
	ask := []string{"RoleArn", opsRole, "RoleSessionName", "ops"}
	s.refused("AccessDenied", "is not authorized to perform: sts:AssumeRole", ops, "sts", "AssumeRole", ask...)
	s.refused("AccessDenied", "is not authorized", s.do(ops, "sts", "GetSessionToken").key(), "sts", "AssumeRole", ask...)
	s.refused("AccessDenied", "invalid MFA one time pass code", ops, "sts", "AssumeRole",
		append(ask, "SerialNumber", serialOf("ops"), "TokenCode", wrongCode(s, "ops"))...)
	s.refused("AccessDenied", "unable to validate MFA code", ops, "sts", "AssumeRole",
		append(ask, "SerialNumber", serialOf("dev"), "TokenCode", s.code("dev"))...)

	code := s.code("ops")
	s.do(ops, "sts", "AssumeRole", append(ask, "SerialNumber", serialOf("ops"), "TokenCode", code)...)
	s.refused("AccessDenied", "invalid MFA one time pass code", ops, "sts", "GetSessionToken", "SerialNumber", serialOf("ops"), "TokenCode", code)

	// One code in a session serves every role, for as long as the session lives.
	session := s.session("ops")
	for _, account := range []string{infraAccount, preprodAccount, prodAccount} {
		s.do(session, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+account+":role/Ops", "RoleSessionName", "ops")
	}
	s.refused("AccessDenied", "", session, "sts", "AssumeRole", "RoleArn", opsRole, "RoleSessionName", "somebody")
	s.refused("AccessDenied", "", session, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::333333333333:role/DevAdmin", "RoleSessionName", "ops")
	s.wait(11 * time.Hour)
	s.asOps(session)
}

// A session of a role carries no MFA into the next role.
func TestMFADoesNotCarryOverRoles(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	trust := func(condition string) string {
		return strings.Replace(trusting(`"sts:AssumeRole"`, condition), "111111111111:root", "222222222222:role/Admin", 1)
	}
	with := s.withRole("WithMFA", trust(`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`))
	without := s.withRole("WithoutMFA", trust(""))
	admin := s.do(s.session("admin"), "sts", "AssumeRole", "RoleArn", "arn:aws:iam::222222222222:role/Admin", "RoleSessionName", "admin").key()
	s.refused("AccessDenied", "", admin, "sts", "AssumeRole", "RoleArn", with, "RoleSessionName", "admin")
	s.do(admin, "sts", "AssumeRole", "RoleArn", without, "RoleSessionName", "admin")
}

func TestAssumeRoleDuration(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	root := s.admin(adminAccount)
	hour := s.withRole("Hour", trusting(`"sts:AssumeRole"`, ""))
	half := s.withRole("HalfDay", trusting(`"sts:AssumeRole"`, ""), "MaxSessionDuration", "43200")
	session := s.do(root, "sts", "GetSessionToken").key()
	tests := []struct {
		name, role, seconds string
		key                 key
		text                string
	}{
		{"least", hour, "900", root, ""},
		{"under the least", hour, "899", root, "greater than or equal to 900"},
		{"the role's maximum", half, "43200", root, ""},
		{"over every maximum", half, "43201", root, "less than or equal to 43200"},
		{"over the role's maximum", hour, "3601", root, "exceeds the MaxSessionDuration set for this role"},
		{"chained hour", half, "3600", session, ""},
		{"chained longer", half, "3601", session, "exceeds the 1 hour session limit for roles assumed by role chaining"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.try(test.key, "sts", "AssumeRole", "RoleArn", test.role, "RoleSessionName", "me", "DurationSeconds", test.seconds)
			if test.text != "" {
				if a.code != "ValidationError" || a.status != 400 || !strings.Contains(a.message, test.text) {
					t.Errorf("got %d %q %q, want ValidationError with %q", a.status, a.code, a.message, test.text)
				}
				return
			}
			var seconds int
			fmt.Sscan(test.seconds, &seconds)
			want := s.clock().Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
			if a.text("Expiration") != want {
				t.Errorf("expires %s, want %s (%s)", a.text("Expiration"), want, a.message)
			}
		})
	}
	if got, want := s.do(root, "sts", "AssumeRole", "RoleArn", half, "RoleSessionName", "me").text("Expiration"), "2026-03-01T13:00:00Z"; got != want {
		t.Errorf("default expiration %s, want %s", got, want)
	}
}

func TestAssumeRoleParameters(t *testing.T) {
	s := newStage(t, Options{})
	role := s.withRole("Any", trusting(`"sts:*"`, ""))
	tests := []struct {
		name  string
		pairs []string
		code  string
		text  string
	}{
		{"no name", nil, "ValidationError", "'roleSessionName'"},
		{"short name", []string{"RoleSessionName", "a"}, "ValidationError", "greater than or equal to 2"},
		{"long name", []string{"RoleSessionName", strings.Repeat("a", 65)}, "ValidationError", "less than or equal to 64"},
		{"blank in name", []string{"RoleSessionName", "a b"}, "ValidationError", `regular expression pattern: [\w+=,.@-]*`},
		{"slash in name", []string{"RoleSessionName", "a/b"}, "ValidationError", "regular expression pattern"},
		{"short external ID", []string{"RoleSessionName", "me", "ExternalId", "a"}, "ValidationError", "externalId"},
		{"policy not JSON", []string{"RoleSessionName", "me", "Policy", "{"}, "MalformedPolicyDocument", ""},
		{"policy too long", []string{"RoleSessionName", "me", "Policy", strings.Repeat(" ", 2049)}, "ValidationError", "2048"},
		{"policy ARN of nothing", []string{"RoleSessionName", "me", "PolicyArns.member.1.arn", "arn:aws:iam::222222222222:policy/none"}, "ValidationError", "policy"},
		{"policy ARN of AWS", []string{"RoleSessionName", "me", "PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "", ""},
		{"tag twice", []string{"RoleSessionName", "me", "Tags.member.1.Key", "a", "Tags.member.1.Value", "1", "Tags.member.2.Key", "A", "Tags.member.2.Value", "2"}, "InvalidParameterValue", "Duplicate tag keys"},
		{"tag of AWS", []string{"RoleSessionName", "me", "Tags.member.1.Key", "aws:x", "Tags.member.1.Value", "1"}, "InvalidParameterValue", "aws:"},
		{"transitive key not given", []string{"RoleSessionName", "me", "TransitiveTagKeys.member.1", "b"}, "InvalidParameterValue", "must be included"},
		{"parameter twice", []string{"RoleSessionName", "me", "RoleSessionName", "you"}, "ValidationError", "only once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.try(s.admin(adminAccount), "sts", "AssumeRole", append([]string{"RoleArn", role}, test.pairs...)...)
			if a.code != test.code || !strings.Contains(a.message, test.text) || (test.code != "" && a.status != 400) {
				t.Errorf("got %d %q %q, want %q with %q", a.status, a.code, a.message, test.code, test.text)
			}
		})
	}
	for arn, text := range map[string]string{
		"role/without/an/account/number":           "role/without/an/account/number is invalid",
		"arn:aws:iam::222222222222:user/bootstrap": "Request ARN is invalid",
		"arn:aws:iam::2222:role/Admin-of-nothing":  "Request ARN is invalid",
	} {
		s.refused("ValidationError", text, s.admin(adminAccount), "sts", "AssumeRole", "RoleArn", arn, "RoleSessionName", "me")
	}
	s.refused("ValidationError", "2 validation errors detected: Value at 'roleArn' failed to satisfy constraint: Member must not be null; Value at 'roleSessionName'", s.admin(adminAccount), "sts", "AssumeRole")
}

// A live session is ended by a Deny on the role for sessions issued before now.
func TestRevokedSessions(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	preprod := s.admin(preprodAccount)
	session := s.session("admin")
	assume := func() key {
		return s.do(session, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::333333333333:role/Admin", "RoleSessionName", "admin").key()
	}
	old := assume()
	s.do(old, "iam", "ListUsers")
	s.wait(time.Minute)
	s.do(preprod, "iam", "PutRolePolicy", "RoleName", "Admin", "PolicyName", "revoke", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:userid":"*:admin"},"DateLessThan":{"aws:TokenIssueTime":"`+s.clock().Format(time.RFC3339)+`"}}}}`)
	s.refused("AccessDenied", "with an explicit deny in an identity-based policy", old, "iam", "ListUsers")
	s.do(assume(), "iam", "ListUsers")
}
