package awslab

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func trustOf(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
}

func TestRoleIsAsCreatedAndUpdated(t *testing.T) {
	s := newIAMStage(t, Options{})
	a, name := s.admin, aws.String("Ops")
	boundary := s.newPolicy("limit", allowS3)
	made, err := a.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: aws.String(trustRoot), Description: aws.String("d"), MaxSessionDuration: aws.Int32(7200),
		PermissionsBoundary: &boundary, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	must(t, err)
	if *made.Role.Arn != "arn:aws:iam::111111111111:role/Ops" || !strings.HasPrefix(*made.Role.RoleId, "AROA") || *made.Role.PermissionsBoundary.PermissionsBoundaryArn != boundary {
		t.Errorf("CreateRole: %+v", made.Role)
	}
	got, err := a.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	must(t, err)
	trust, _ := url.PathUnescape(*got.Role.AssumeRolePolicyDocument)
	if *got.Role.MaxSessionDuration != 7200 || *got.Role.Description != "d" || trust != trustRoot || len(got.Role.Tags) != 1 || got.Role.RoleLastUsed == nil || got.Role.RoleLastUsed.LastUsedDate != nil {
		t.Errorf("GetRole: %+v", got.Role)
	}
	must(t, one(a.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(43200)})))
	must(t, one(a.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: aws.String(trustOf(`{"Service":"ec2.amazonaws.com"}`))})))
	got, err = a.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	must(t, err)
	if *got.Role.MaxSessionDuration != 43200 || *got.Role.Description != "d" || !strings.Contains(*got.Role.AssumeRolePolicyDocument, "ec2") {
		t.Errorf("GetRole after the updates: %+v", got.Role)
	}
	must(t, one(a.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name})))
	must(t, one(a.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: name, Description: aws.String("")})))
	got, err = a.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	must(t, err)
	if got.Role.PermissionsBoundary != nil || got.Role.Description != nil {
		t.Errorf("GetRole without boundary and description: %+v", got.Role)
	}
}

func TestRoleRefusals(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	s.newUser("ops", "")
	create := func(name, trust string) error {
		return one(a.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))
	}
	malformed := func(message string) wantError { return wantError{400, "MalformedPolicyDocument", message} }
	deleted := func() error { return one(a.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("r")})) }
	long := strings.Replace(trustRoot, `"sts:AssumeRole"`, `["sts:AssumeRole"`+strings.Repeat(`,"sts:TagSession"`, 120)+`]`, 1)
	tell(t, []storyStep{
		{"create", create("r", trustRoot), wantError{}},
		{"twice", create("R", trustRoot), exists("Role with name R already exists.")},
		{"no JSON", create("x", "{"), malformed("This policy contains invalid Json")},
		{"a resource", create("x", strings.Replace(trustRoot, `"Action"`, `"Resource":"*","Action"`, 1)), malformed("Has prohibited field Resource")},
		{"another action", create("x", strings.Replace(trustRoot, "sts:AssumeRole", "s3:*", 1)), malformed("AssumeRole policy may only specify STS AssumeRole actions.")},
		{"too long", create("x", long), limit("Cannot exceed quota for ACLSizePerRole: 2048")},
		{"trusts a user", create("u", trustOf(`{"AWS":"arn:aws:iam::111111111111:user/ops"}`)), wantError{}},
		{"trusts an account", create("n", trustOf(`{"AWS":"444444444444"}`)), wantError{}},
		{"trusts an account we do not know", create("f", trustOf(`{"AWS":"arn:aws:iam::999999999999:root"}`)), wantError{}},
		{"trusts nobody", create("x", trustOf(`{"AWS":"arn:aws:iam::111111111111:user/none"}`)), malformed(`Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/none"`)},
		{"trusts a deleted user", create("x", trustOf(`{"AWS":"AIDAAAAAAAAAAAAAAAAAA"}`)), malformed(`Invalid principal in policy: "AWS":"AIDAAAAAAAAAAAAAAAAAA"`)},
		{"get", one(a.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("x")})), noSuch("The role with name x cannot be found.")},
		{"a policy", one(a.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: aws.String(readOnlyARN)})), wantError{}},
		{"delete with a policy", deleted(), conflict("Cannot delete entity, must detach all policies first.")},
		{"no policy", one(a.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: aws.String(readOnlyARN)})), wantError{}},
		{"no boundary", one(a.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("r")})), noSuch("Role r does not have a permissions boundary.")},
		{"delete", deleted(), wantError{}},
		{"delete twice", deleted(), noSuch("The role with name r cannot be found.")},
	})
	for _, seconds := range []string{"3599", "43201", "-1"} {
		got := s.ask(s.profile("secure-aws-admin"), "CreateRole", url.Values{"RoleName": {"x"}, "AssumeRolePolicyDocument": {trustRoot}, "MaxSessionDuration": {seconds}})
		if got.status != 400 || !strings.Contains(got.message, "'maxSessionDuration'") {
			t.Errorf("sessions of %s s: %d %s %s", seconds, got.status, got.code, got.message)
		}
	}
}

// A trust policy may name a user only once IAM has spread the news of it.
func TestTrustInANewUserHasToWait(t *testing.T) {
	s := newIAMStage(t, Options{Propagation: 10e9})
	must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops")})))
	in := &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustOf(`{"AWS":"arn:aws:iam::111111111111:user/ops"}`))}
	(wantError{400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/ops"`}).check(t, "too early", one(s.admin.CreateRole(ctx, in)))
	s.lab.Advance(11e9)
	must(t, one(s.admin.CreateRole(ctx, in)))
}

func TestListRoles(t *testing.T) {
	s := newIAMStage(t, Options{})
	for _, name := range []string{"c", "B", "a"} {
		must(t, one(s.admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustRoot)})))
	}
	var names []string
	for pages := iam.NewListRolesPaginator(s.admin, &iam.ListRolesInput{MaxItems: aws.Int32(1)}); pages.HasMorePages(); {
		out, err := pages.NextPage(ctx)
		must(t, err)
		for _, r := range out.Roles {
			names = append(names, *r.RoleName)
			if *r.MaxSessionDuration != 3600 || r.RoleLastUsed != nil {
				t.Errorf("listed: %+v", r)
			}
		}
	}
	if got := strings.Join(names, " "); got != "a B c" {
		t.Errorf("roles %q", got)
	}
	profiles, err := s.admin.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: aws.String("a")})
	must(t, err)
	if profiles.InstanceProfiles == nil || len(profiles.InstanceProfiles) != 0 {
		t.Errorf("instance profiles: %v", profiles.InstanceProfiles)
	}
}

func TestRoleLastUsed(t *testing.T) {
	s := newIAMStage(t, Options{})
	must(t, one(s.admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustRoot)})))
	must(t, one(s.admin.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: aws.String(readOnlyARN)})))
	admin := s.profile("secure-aws-admin")
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &s.url, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return admin, nil })})
	out, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111111111111:role/r"), RoleSessionName: aws.String("me")})
	must(t, err)
	session := s.client(aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken})
	must(t, one(session.ListUsers(ctx, &iam.ListUsersInput{})))
	invalid("Must specify userName when calling with non-User credentials").check(t, "oneself, as a role", one(session.GetUser(ctx, &iam.GetUserInput{})))
	got, err := s.admin.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("r")})
	must(t, err)
	if use := got.Role.RoleLastUsed; use == nil || use.LastUsedDate == nil || aws.ToString(use.Region) != "us-east-1" {
		t.Errorf("last used: %+v", use)
	}
}
