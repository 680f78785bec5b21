package awslab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestUserIsAsCreated(t *testing.T) {
	s := newIAMStage(t, Options{})
	made, err := s.admin.CreateUser(ctx, &iam.CreateUserInput{
		UserName: aws.String("Ops"), Path: aws.String("/team/"), Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a"), Value: aws.String("")}},
	})
	must(t, err)
	if got, want := *made.User.Arn, "arn:aws:iam::111111111111:user/team/Ops"; got != want {
		t.Errorf("ARN %s, want %s", got, want)
	}
	if !strings.HasPrefix(*made.User.UserId, "AIDA") || len(*made.User.UserId) != 21 {
		t.Errorf("user ID %q", *made.User.UserId)
	}
	got, err := s.admin.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("ops")})
	must(t, err)
	if *got.User.UserName != "Ops" || *got.User.UserId != *made.User.UserId || !got.User.CreateDate.Equal(*made.User.CreateDate) || len(got.User.Tags) != 2 {
		t.Errorf("GetUser %+v of %+v", got.User, made.User)
	}
	self, err := s.client(s.newKey("Ops")).GetUser(ctx, &iam.GetUserInput{})
	(wantError{403, "AccessDenied", "User: arn:aws:iam::111111111111:user/team/Ops is not authorized to perform: iam:GetUser on resource: user Ops because no identity-based policy allows the iam:GetUser action"}).check(t, "oneself, without a policy", err)
	if self != nil {
		t.Errorf("GetUser without a policy: %+v", self)
	}
	me, err := s.admin.GetUser(ctx, &iam.GetUserInput{})
	must(t, err)
	if *me.User.UserName != "bootstrap" {
		t.Errorf("GetUser of oneself is %s", *me.User.UserName)
	}
}

func TestUserRefusals(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", allowS3)
	a := s.admin
	tell(t, []storyStep{
		{"twice", one(a.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops")})), exists("User with name ops already exists.")},
		{"twice, in another case", one(a.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("OPS")})), exists("User with name OPS already exists.")},
		{"with a bad boundary", one(a.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x"), PermissionsBoundary: aws.String("arn:aws:iam::111111111111:not_a_policy/invalid")})),
			wantError{400, "InvalidInput", "ARN arn:aws:iam::111111111111:not_a_policy/invalid is not valid."}},
		{"with no such boundary", one(a.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x"), PermissionsBoundary: aws.String("arn:aws:iam::111111111111:policy/none")})),
			noSuch("Scope ARN: arn:aws:iam::111111111111:policy/none does not exist or is not attachable.")},
		{"get", one(a.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("none")})), noSuch("The user with name none cannot be found.")},
		{"get the refused one", one(a.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("x")})), noSuch("The user with name x cannot be found.")},
		{"delete", one(a.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String("none")})), noSuch("The user with name none cannot be found.")},
		{"rename to itself", one(a.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("ops"), NewUserName: aws.String("Ops")})), wantError{}},
		{"rename over another", one(a.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("ops"), NewUserName: aws.String("Bootstrap")})), exists("User with name Bootstrap already exists.")},
	})
	const badName = "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
	const badPath = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
	for _, test := range []struct{ name, path, want string }{
		{"a b", "/", badName}, {"a/b", "/", badName}, {"é", "/", badName},
		{strings.Repeat("n", 65), "/", "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"", "/", "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"n", "no-slash/", badPath}, {"n", "/no-slash", badPath}, {"n", "/a b/", badPath},
		{"n", "/" + strings.Repeat("p", 512) + "/", "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 512"},
	} {
		got := s.ask(s.profile("secure-aws-admin"), "CreateUser", map[string][]string{"UserName": {test.name}, "Path": {test.path}})
		if got.status != 400 || got.code != "ValidationError" || got.message != test.want {
			t.Errorf("CreateUser %q at %q: %d %s %s", test.name, test.path, got.status, got.code, got.message)
		}
	}
}

func TestRenamedUserKeepsAll(t *testing.T) {
	s := newIAMStage(t, Options{})
	self := s.newUser("ops", allowAll)
	must(t, one(s.admin.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(s.admin.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: aws.String("ops")})))
	must(t, one(s.admin.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("ops"), NewUserName: aws.String("dev"), NewPath: aws.String("/new/")})))

	me, err := self.GetUser(ctx, &iam.GetUserInput{})
	must(t, err)
	if *me.User.Arn != "arn:aws:iam::111111111111:user/new/dev" {
		t.Errorf("the key's user is now %s", *me.User.Arn)
	}
	groups, err := s.admin.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("dev")})
	must(t, err)
	if len(groups.Groups) != 1 {
		t.Errorf("groups after the renaming: %v", groups.Groups)
	}
	noSuch("The user with name ops cannot be found.").check(t, "the old name", one(s.admin.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("ops")})))
}

// Every thing that hangs on a user keeps it from being deleted; once the last is gone it goes.
func TestDeleteUserInOrder(t *testing.T) {
	s := newIAMStage(t, Options{})
	a, user := s.admin, aws.String("ops")
	s.newUser("ops", allowS3)
	keys, err := a.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: user})
	must(t, err)
	serial := s.newDevice("ops", "ops")
	must(t, one(a.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: user, Password: aws.String("Correct-horse-9")})))
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(a.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: user})))
	must(t, one(a.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: user, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})))

	try := func(message string) {
		t.Helper()
		conflict("Cannot delete entity, must "+message+" first.").check(t, message, one(a.DeleteUser(ctx, &iam.DeleteUserInput{UserName: user})))
	}
	try("delete login profile")
	must(t, one(a.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: user})))
	try("delete access keys")
	must(t, one(a.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: user, AccessKeyId: keys.AccessKeyMetadata[0].AccessKeyId})))
	try("remove tokens from principal")
	must(t, one(a.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: user, SerialNumber: &serial})))
	try("remove users from group")
	must(t, one(a.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String("g"), UserName: user})))
	try("delete policies")
	must(t, one(a.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: user, PolicyName: aws.String("p")})))
	try("detach all policies")
	must(t, one(a.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: user, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})))
	must(t, one(a.DeleteUser(ctx, &iam.DeleteUserInput{UserName: user})))
}

func TestListUsersByPathInPages(t *testing.T) {
	s := newIAMStage(t, Options{})
	for i := range 7 {
		path := []string{"/a/", "/b/"}[i%2]
		must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(fmt.Sprintf("u%d", i)), Path: &path})))
	}
	var names []string
	pages := iam.NewListUsersPaginator(s.admin, &iam.ListUsersInput{PathPrefix: aws.String("/a"), MaxItems: aws.Int32(3)})
	count := 0
	for ; pages.HasMorePages(); count++ {
		out, err := pages.NextPage(ctx)
		must(t, err)
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
	}
	if got, want := strings.Join(names, " "), "u0 u2 u4 u6"; got != want || count != 2 {
		t.Errorf("%q in %d pages, want %q in 2", got, count, want)
	}
	got := s.ask(s.profile("secure-aws-admin"), "ListUsers", map[string][]string{"Marker": {"invalid-marker-value"}})
	if got.status != 400 || got.code != "ValidationError" || got.message != "Invalid Marker." {
		t.Errorf("a foreign marker: %d %s %s", got.status, got.code, got.message)
	}
}

// What an administrator did is not seen before the propagation delay has passed.
func TestNewUserIsSeenLate(t *testing.T) {
	s := newIAMStage(t, Options{Propagation: 10e9})
	must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops")})))
	exists("User with name ops already exists.").check(t, "the second creation", one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops")})))
	noSuch("The user with name ops cannot be found.").check(t, "too early", one(s.admin.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("ops")})))
	s.lab.Advance(11e9)
	must(t, one(s.admin.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("ops")})))
}
