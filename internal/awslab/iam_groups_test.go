package awslab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestGroupStory(t *testing.T) {
	s := newIAMStage(t, Options{})
	a, group, user := s.admin, aws.String("Ops"), aws.String("ops")
	s.newUser("ops", "")
	add := func(group, user string) error {
		return one(a.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &group, UserName: &user}))
	}
	remove := func(group, user string) error {
		return one(a.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &group, UserName: &user}))
	}
	deleted := func() error { return one(a.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: group})) }
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("other")})))
	tell(t, []storyStep{
		{"create", one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: group, Path: aws.String("/secaws/")})), wantError{}},
		{"create twice", one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("ops")})), exists("Group with name ops already exists.")},
		{"add", add("Ops", "ops"), wantError{}},
		{"add twice", add("Ops", "ops"), wantError{}},
		{"add nobody", add("Ops", "none"), noSuch("The user with name none cannot be found.")},
		{"add to nothing", add("none", "ops"), noSuch("The group with name none cannot be found.")},
		{"remove nobody from nothing", remove("none", "none"), noSuch("The user with name none cannot be found.")},
		{"delete with a member", deleted(), conflict("Cannot delete entity, must remove users from group first.")},
		{"rename over another", one(a.UpdateGroup(ctx, &iam.UpdateGroupInput{GroupName: group, NewGroupName: aws.String("OTHER")})), exists("Group with name OTHER already exists.")},
	})
	got, err := a.GetGroup(ctx, &iam.GetGroupInput{GroupName: group})
	must(t, err)
	if *got.Group.Arn != "arn:aws:iam::111111111111:group/secaws/Ops" || len(got.Users) != 1 || *got.Users[0].UserName != "ops" {
		t.Errorf("GetGroup: %+v %+v", got.Group, got.Users)
	}
	tell(t, []storyStep{
		{"remove", remove("Ops", "ops"), wantError{}},
		{"remove twice", remove("Ops", "ops"), wantError{}},
		{"a policy", one(a.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: group, PolicyName: aws.String("p"), PolicyDocument: aws.String(allowS3)})), wantError{}},
		{"delete with a policy", deleted(), conflict("Cannot delete entity, must delete policies first.")},
		{"no policy", one(a.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: group, PolicyName: aws.String("p")})), wantError{}},
		{"delete", deleted(), wantError{}},
		{"delete twice", deleted(), noSuch("The group with name Ops cannot be found.")},
		{"no group any more", one(a.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: user})), wantError{}},
	})
}

func TestTenGroupsAUser(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	var err error
	for i := range groupsPerUser + 1 {
		must(t, err)
		name := fmt.Sprintf("g%02d", i)
		must(t, one(s.admin.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: &name})))
		err = one(s.admin.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &name, UserName: aws.String("ops")}))
	}
	limit("Cannot exceed quota for GroupsPerUser: 10").check(t, "the eleventh", err)

	var names []string
	for pages := iam.NewListGroupsForUserPaginator(s.admin, &iam.ListGroupsForUserInput{UserName: aws.String("ops"), MaxItems: aws.Int32(4)}); pages.HasMorePages(); {
		out, err := pages.NextPage(ctx)
		must(t, err)
		for _, g := range out.Groups {
			names = append(names, *g.GroupName)
		}
	}
	if got, want := strings.Join(names, " "), "g00 g01 g02 g03 g04 g05 g06 g07 g08 g09"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
