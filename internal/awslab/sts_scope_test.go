package awslab

import (
	"fmt"
	"strings"
	"testing"
)

func TestSessionPolicies(t *testing.T) {
	s := newStage(t, Options{})
	role := s.withRole("Admin2", trusting(`"sts:*"`, ""))
	s.do(s.admin(infraAccount), "iam", "AttachRolePolicy", "RoleName", "Admin2", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")
	only := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}}`
	tests := []struct {
		name, action string
		pairs        []string
		allowed      bool
	}{
		{"without", "ListUsers", nil, true},
		{"what it lists", "ListRoles", []string{"Policy", only}, true},
		{"what it does not list", "ListUsers", []string{"Policy", only}, false},
		{"managed, listed", "ListUsers", []string{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}, true},
		{"managed, not listed", "DeleteAccountAlias", []string{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pairs := append([]string{"RoleArn", role, "RoleSessionName", "me"}, test.pairs...)
			k := s.do(s.admin(adminAccount), "sts", "AssumeRole", pairs...).key()
			a := s.try(k, "iam", test.action, "AccountAlias", "none")
			if denied := a.code == "AccessDenied"; denied == test.allowed {
				t.Errorf("got %q %q, want allowed %t", a.code, a.message, test.allowed)
			}
			if !test.allowed && !strings.Contains(a.message, "because no session policy allows the iam:"+test.action+" action") {
				t.Errorf("message %q", a.message)
			}
		})
	}
}

// A managed session policy counts as it is when the session is used, not as it was.
func TestManagedSessionPolicyMayChange(t *testing.T) {
	s := newStage(t, Options{})
	role := s.withRole("Admin2", trusting(`"sts:*"`, ""))
	infra := s.admin(infraAccount)
	s.do(infra, "iam", "AttachRolePolicy", "RoleName", "Admin2", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")
	arn := s.do(infra, "iam", "CreatePolicy", "PolicyName", "limit", "PolicyDocument", anyAction).text("Arn")
	k := s.do(s.admin(adminAccount), "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "me", "PolicyArns.member.1.arn", arn).key()
	s.do(k, "iam", "ListUsers")
	deny := strings.Replace(anyAction, "Allow", "Deny", 1)
	s.do(infra, "iam", "CreatePolicyVersion", "PolicyArn", arn, "PolicyDocument", deny, "SetAsDefault", "true")
	s.refused("AccessDenied", "with an explicit deny in a session policy: "+arn, k, "iam", "ListUsers")
}

// Each tag is within its limits, and all of them together are not.
func TestPackedPolicySize(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	open := s.withRole("Open", trusting(`["sts:AssumeRole","sts:TagSession"]`, ""))
	tagged := func(n int) []string {
		pairs := []string{"RoleArn", open, "RoleSessionName", "me", "Name", "me"}
		for i := 1; i <= n; i++ {
			tag := fmt.Sprintf("Tags.member.%d.", i)
			pairs = append(pairs, tag+"Key", fmt.Sprint("key", i), tag+"Value", strings.Repeat("v", 256))
		}
		return pairs
	}
	for _, action := range []string{"AssumeRole", "GetFederationToken"} {
		if a := s.do(root, "sts", action, tagged(10)...); a.text("PackedPolicySize") != "64" {
			t.Errorf("%s with ten tags: %s", action, a.body)
		}
		s.refused("PackedPolicyTooLarge", "of allotted space, please use smaller policy.", root, "sts", action, tagged(50)...)
	}
}

func TestTagsAndSourceIdentity(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	plain := s.withRole("Plain", trusting(`"sts:AssumeRole"`, ""))
	open := s.withRole("Open", trusting(`["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`, ""))
	chain := strings.Replace(trusting(`["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`, `{"StringEquals":{"aws:PrincipalTag/team":"red","aws:SourceIdentity":"root"}}`),
		"111111111111:root", "222222222222:role/Open", 1)
	next := s.withRole("Next", chain)
	tag := []string{"RoleSessionName", "me", "Tags.member.1.Key", "team", "Tags.member.1.Value", "red"}
	s.refused("AccessDenied", "sts:TagSession", root, "sts", "AssumeRole", append(tag, "RoleArn", plain)...)
	s.refused("AccessDenied", "sts:SetSourceIdentity", root, "sts", "AssumeRole", "RoleArn", plain, "RoleSessionName", "me", "SourceIdentity", "root")
	a := s.do(root, "sts", "AssumeRole", append(tag, "RoleArn", open, "SourceIdentity", "root", "TransitiveTagKeys.member.1", "team")...)
	if a.text("SourceIdentity") != "root" || a.text("PackedPolicySize") == "" {
		t.Errorf("AssumeRole with tags: %s", a.body)
	}
	first := a.key()
	s.refused("ValidationError", "already set", first, "sts", "AssumeRole", "RoleArn", next, "RoleSessionName", "me", "SourceIdentity", "other")
	s.refused("InvalidParameterValue", "conflicts with a transitive tag key", first, "sts", "AssumeRole", append(tag, "RoleArn", next)...)
	if a := s.do(first, "sts", "AssumeRole", "RoleArn", next, "RoleSessionName", "me"); a.text("SourceIdentity") != "root" {
		t.Errorf("chained: %s", a.body)
	}
	untagged := s.do(root, "sts", "AssumeRole", "RoleArn", open, "RoleSessionName", "me").key()
	s.refused("AccessDenied", "sts:AssumeRole", untagged, "sts", "AssumeRole", "RoleArn", next, "RoleSessionName", "me")
}
