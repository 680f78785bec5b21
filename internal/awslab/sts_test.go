package awslab

import (
	"strings"
	"testing"
	"time"
)

const opsRole = "arn:aws:iam::333333333333:role/Ops"

// session returns a session of the user made with a code.
func (s *stage) session(user string) key {
	s.t.Helper()
	return s.do(s.person(user), "sts", "GetSessionToken", "SerialNumber", serialOf(user), "TokenCode", s.code(user)).key()
}

// asOps assumes Ops in preprod from k.
func (s *stage) asOps(k key, pairs ...string) reply {
	s.t.Helper()
	return s.do(k, "sts", "AssumeRole", append([]string{"RoleArn", opsRole, "RoleSessionName", "ops"}, pairs...)...)
}

func TestGetCallerIdentity(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	session := s.session("ops")
	tests := []struct {
		name, arn, idEnd string
		key              key
	}{
		{"user", "arn:aws:iam::111111111111:user/ops", "", s.person("ops")},
		{"session", "arn:aws:iam::111111111111:user/ops", "", session},
		{"role", "arn:aws:sts::333333333333:assumed-role/Ops/ops", ":ops", s.asOps(session).key()},
		{"federated", "arn:aws:sts::222222222222:federated-user/bob", "222222222222:bob", s.do(s.admin("222222222222"), "sts", "GetFederationToken", "Name", "bob").key()},
	}
	for _, test := range tests {
		a := s.do(test.key, "sts", "GetCallerIdentity")
		if a.text("Arn") != test.arn || !strings.HasSuffix(a.text("UserId"), test.idEnd) || a.text("Account") != strings.Split(test.arn, ":")[4] {
			t.Errorf("%s: %s", test.name, a.body)
		}
	}
}

func TestGetSessionTokenRules(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	ops := s.person("ops")
	noMFA := s.do(ops, "sts", "GetSessionToken").key()
	tests := []struct {
		name, code, text string
		key              key
		pairs            []string
	}{
		{"too short", "ValidationError", "greater than or equal to 900", ops, []string{"DurationSeconds", "899"}},
		{"too long", "ValidationError", "less than or equal to 129600", ops, []string{"DurationSeconds", "129601"}},
		{"not a number", "MalformedInput", "type", ops, []string{"DurationSeconds", "soon"}},
		{"from a session", "AccessDenied", "Cannot call GetSessionToken with session credentials", noMFA, nil},
		{"wrong code", "AccessDenied", "invalid MFA one time pass code", ops, []string{"SerialNumber", serialOf("ops"), "TokenCode", wrongCode(s, "ops")}},
		{"code of five digits", "ValidationError", "tokenCode", ops, []string{"SerialNumber", serialOf("ops"), "TokenCode", "12345"}},
		{"code of letters", "ValidationError", "tokenCode", ops, []string{"SerialNumber", serialOf("ops"), "TokenCode", "abcdef"}},
		{"serial of another", "AccessDenied", "unable to validate MFA code", ops, []string{"SerialNumber", serialOf("dev"), "TokenCode", s.code("dev")}},
		{"serial of nobody", "AccessDenied", "unable to validate MFA code", ops, []string{"SerialNumber", serialOf("nobody"), "TokenCode", "123456"}},
		{"the user's own ARN", "AccessDenied", "unable to validate MFA code", ops, []string{"SerialNumber", "arn:aws:iam::111111111111:user/ops", "TokenCode", s.code("ops")}},
		{"serial alone", "AccessDenied", "must provide both", ops, []string{"SerialNumber", serialOf("ops")}},
		{"code alone", "AccessDenied", "must provide both", ops, []string{"TokenCode", "123456"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.refused(test.code, test.text, test.key, "sts", "GetSessionToken", test.pairs...)
		})
	}
	for _, seconds := range []string{"900", "129600"} {
		s.do(ops, "sts", "GetSessionToken", "DurationSeconds", seconds)
	}
	if got, want := s.do(ops, "sts", "GetSessionToken").text("Expiration"), "2026-03-02T00:00:00Z"; got != want {
		t.Errorf("default expiration %s, want %s", got, want)
	}
}

// wrongCode is a code that no step near now has.
func wrongCode(s *stage, user string) string {
	near := map[string]bool{}
	for _, d := range []time.Duration{0, 30 * time.Second, 30 * time.Second} {
		s.wait(d)
		code, _ := s.TOTP(user)
		near[code.Digits], near[code.Before] = true, true
	}
	s.wait(-time.Minute)
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444"} {
		if !near[code] {
			return code
		}
	}
	return "555555"
}

func TestCodesWorkOnce(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	ops := s.person("ops")
	take := func(code string) reply {
		return s.try(ops, "sts", "GetSessionToken", "SerialNumber", serialOf("ops"), "TokenCode", code)
	}
	s.wait(10 * time.Minute)
	now, err := s.TOTP("ops")
	if err != nil {
		t.Fatal(err)
	}
	if a := take(now.Digits); a.code != "" {
		t.Fatalf("the code of now: %s %s", a.code, a.message)
	}
	for name, code := range map[string]string{"reused": now.Digits, "the one before it": now.Before} {
		if a := take(code); a.code != "AccessDenied" || !strings.Contains(a.message, "invalid MFA one time pass code") {
			t.Errorf("%s: %q %q", name, a.code, a.message)
		}
	}
	s.wait(time.Minute)
	if a := take(now.Digits); a.code != "AccessDenied" {
		t.Errorf("an old code, used: %q", a.code)
	}
	old, _ := s.TOTP("ops")
	s.wait(time.Minute)
	if a := take(old.Digits); a.code != "AccessDenied" {
		t.Errorf("an old code, never used: %q", a.code)
	}
	if a := take(s.code("ops")); a.code != "" {
		t.Errorf("a fresh code: %s %s", a.code, a.message)
	}
}

func TestTOTPStep(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone, TOTPStep: 2 * time.Second})
	for range 3 {
		before := s.clock()
		s.session("ops")
		if passed := s.clock().Sub(before); passed > 2*time.Second {
			t.Errorf("a fresh code took %v, want at most one step of 2s", passed)
		}
	}
}

func TestIAMWithSessions(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	root := s.admin(adminAccount)
	noMFA := s.do(root, "sts", "GetSessionToken").key()
	federated := s.do(root, "sts", "GetFederationToken", "Name", "bob", "Policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`).key()
	for name, k := range map[string]key{"session without MFA": noMFA, "federated": federated} {
		a := s.refused("InvalidClientTokenId", "The security token included in the request is invalid", k, "iam", "ListUsers")
		if a.status != 403 {
			t.Errorf("%s: status %d, want 403", name, a.status)
		}
	}
	s.do(s.session("admin"), "sts", "GetCallerIdentity")
	admin := s.do(s.session("admin"), "sts", "AssumeRole", "RoleArn", "arn:aws:iam::222222222222:role/Admin", "RoleSessionName", "admin").key()
	s.do(admin, "iam", "ListUsers")
	s.do(root, "iam", "ListUsers")
}

func TestSTSWithSessions(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	root := s.admin(adminAccount)
	session := s.session("ops")
	role := s.asOps(session).key()
	federated := s.do(root, "sts", "GetFederationToken", "Name", "bob").key()
	tests := []struct {
		name, action string
		key          key
		pairs        []string
	}{
		{"session", "GetSessionToken", session, nil},
		{"session", "GetFederationToken", session, []string{"Name", "bob"}},
		{"session", "GetAccessKeyInfo", session, []string{"AccessKeyId", root.id}},
		{"role", "GetSessionToken", role, nil},
		{"role", "GetFederationToken", role, []string{"Name", "bob"}},
		{"federated", "AssumeRole", federated, []string{"RoleArn", opsRole, "RoleSessionName", "bob"}},
		{"federated", "GetSessionToken", federated, nil},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.action, func(t *testing.T) {
			s.refused("AccessDenied", "Cannot call "+test.action+" with session credentials", test.key, "sts", test.action, test.pairs...)
		})
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	s := newStage(t, Options{})
	for _, account := range []string{"222222222222", "444444444444"} {
		a := s.do(s.admin(adminAccount), "sts", "GetAccessKeyInfo", "AccessKeyId", s.admin(account).id)
		if got := a.text("Account"); got != account {
			t.Errorf("account %s, want %s", got, account)
		}
	}
	s.refused("ValidationError", "accessKeyId", s.admin(adminAccount), "sts", "GetAccessKeyInfo", "AccessKeyId", "AKIA")
}

func TestExpiry(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	session := s.do(s.person("ops"), "sts", "GetSessionToken", "DurationSeconds", "900").key()
	s.wait(899 * time.Second)
	s.do(session, "sts", "GetCallerIdentity")
	s.wait(time.Second)
	a := s.refused("ExpiredToken", "The security token included in the request is expired", session, "sts", "GetCallerIdentity")
	if a.status != 403 {
		t.Errorf("status %d, want 403", a.status)
	}
	fresh := s.session("ops")
	s.AgeSessions(12 * time.Hour)
	s.refused("ExpiredToken", "expired", fresh, "sts", "GetCallerIdentity")
}

func TestSessionsEndWithTheirUser(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	s.do(root, "iam", "CreateUser", "UserName", "bob")
	k := s.do(root, "iam", "CreateAccessKey", "UserName", "bob").key()
	session := s.do(k, "sts", "GetSessionToken").key()
	s.do(root, "iam", "DeleteAccessKey", "UserName", "bob", "AccessKeyId", k.id)
	s.do(root, "iam", "DeleteUser", "UserName", "bob")
	s.refused("InvalidClientTokenId", "", session, "sts", "GetCallerIdentity")
}
