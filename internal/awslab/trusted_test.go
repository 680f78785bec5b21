package awslab

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// TestTrustFollowsTheUserNotTheName renames a trusted user, then deletes it and makes
// another of the same name, which must not be trusted.
func TestTrustFollowsTheUserNotTheName(t *testing.T) {
	s := newIAMStage(t, Options{})
	made, err := s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("eve")})
	if err != nil {
		t.Fatal(err)
	}
	trust := func() string {
		role, err := s.admin.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("R")})
		if err != nil {
			t.Fatal(err)
		}
		text, err := url.QueryUnescape(*role.Role.AssumeRolePolicyDocument)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const arn = "arn:aws:iam::111111111111:user/eve"
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:PrincipalArn":"` + arn + `"}}}]}`
	if _, err := s.admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("R"), AssumeRolePolicyDocument: &document}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.admin.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("eve"), NewUserName: aws.String("eva"), NewPath: aws.String("/team/")}); err != nil {
		t.Fatal(err)
	}
	if got, want := trust(), strings.Replace(document, arn, "arn:aws:iam::111111111111:user/team/eva", 1); got != want {
		t.Errorf("renamed: %s, want %s", got, want)
	}
	if _, err := s.admin.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String("eva")}); err != nil {
		t.Fatal(err)
	}
	if got, want := trust(), strings.Replace(document, arn, *made.User.UserId, 1); got != want {
		t.Errorf("deleted: %s, want %s", got, want)
	}
	if _, err := s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("eva"), Path: aws.String("/team/")}); err != nil {
		t.Fatal(err)
	}
	if got, want := trust(), strings.Replace(document, arn, *made.User.UserId, 1); got != want {
		t.Errorf("made again: %s, want %s", got, want)
	}
}

func TestListsAreAuthorisedOnTheirPath(t *testing.T) {
	s := newIAMStage(t, Options{Seed: SeedLandingZone})
	dev := s.client(s.profile("dev"))
	_, err := dev.ListUsers(ctx, &iam.ListUsersInput{})
	refused(t, err, 403, "AccessDenied", "iam:ListUsers on resource: arn:aws:iam::111111111111:user/ because")
	_, err = dev.ListRoles(ctx, &iam.ListRolesInput{PathPrefix: aws.String("/a/")})
	refused(t, err, 403, "AccessDenied", "iam:ListRoles on resource: arn:aws:iam::111111111111:role/a/ because")
	_, err = dev.ListPolicies(ctx, &iam.ListPoliciesInput{})
	refused(t, err, 403, "AccessDenied", "iam:ListPolicies on resource: policy path / because")
	s.lab.state.Accounts[adminAccount].Users["dev"].Inline["p"] = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:List*","Resource":"arn:aws:iam::*:user/*"}}`
	if _, err = dev.ListUsers(ctx, &iam.ListUsersInput{}); err != nil {
		t.Error(err)
	}
	_, err = dev.ListRoles(ctx, &iam.ListRolesInput{})
	refused(t, err, 403, "AccessDenied", "iam:ListRoles on resource: arn:aws:iam::111111111111:role/ because")
}
