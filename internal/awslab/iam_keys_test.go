package awslab

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestAccessKeys(t *testing.T) {
	s := newIAMStage(t, Options{})
	a, user := s.admin, aws.String("ops")
	self := s.newUser("ops", allowAll)
	second, err := self.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{})
	must(t, err)
	k := second.AccessKey
	if *k.UserName != "ops" || len(*k.AccessKeyId) != 20 || !strings.HasPrefix(*k.AccessKeyId, "AKIA") || len(*k.SecretAccessKey) != 40 || k.Status != types.StatusTypeActive {
		t.Errorf("CreateAccessKey of oneself: %+v", k)
	}
	limit("Cannot exceed quota for AccessKeysPerUser: 2").check(t, "the third", one(a.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: user})))

	fresh := s.client(aws.Credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey})
	status := func(status types.StatusType) error {
		return one(self.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{AccessKeyId: k.AccessKeyId, Status: status}))
	}
	gone := wantError{403, "InvalidClientTokenId", "The security token included in the request is invalid."}
	absent := noSuch("The Access Key with id " + *k.AccessKeyId + " cannot be found.")
	deleted := func(c *iam.Client, user *string) error {
		return one(c.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId, UserName: user}))
	}
	tell(t, []storyStep{
		{"the new key", one(fresh.GetUser(ctx, &iam.GetUserInput{})), wantError{}},
		{"deactivate", status(types.StatusTypeInactive), wantError{}},
		{"the inactive key", one(fresh.GetUser(ctx, &iam.GetUserInput{})), gone},
		{"activate", status(types.StatusTypeActive), wantError{}},
		{"the active key", one(fresh.GetUser(ctx, &iam.GetUserInput{})), wantError{}},
		{"deleted as another's", deleted(a, aws.String("bootstrap")), absent},
		{"deleted as nobody's", deleted(a, aws.String("none")), noSuch("The user with name none cannot be found.")},
		{"deleted", deleted(a, user), wantError{}},
		{"deleted twice", deleted(a, user), absent},
		{"the deleted key", one(fresh.GetUser(ctx, &iam.GetUserInput{})), gone},
	})
	list, err := self.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	must(t, err)
	if len(list.AccessKeyMetadata) != 1 || *list.AccessKeyMetadata[0].UserName != "ops" {
		t.Errorf("keys left: %+v", list.AccessKeyMetadata)
	}
}

func TestListAccessKeysInPages(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	s.newKey("ops")
	seen := map[string]bool{}
	count := 0
	for pages := iam.NewListAccessKeysPaginator(s.admin, &iam.ListAccessKeysInput{UserName: aws.String("ops"), MaxItems: aws.Int32(1)}); pages.HasMorePages(); count++ {
		out, err := pages.NextPage(ctx)
		must(t, err)
		for _, k := range out.AccessKeyMetadata {
			seen[*k.AccessKeyId] = true
		}
	}
	if len(seen) != 2 || count != 2 {
		t.Errorf("%d keys in %d pages, want 2 in 2", len(seen), count)
	}
}

func TestAccessKeyLastUsed(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", allowAll)
	key := s.newKey("ops")
	used := func() *iam.GetAccessKeyLastUsedOutput {
		out, err := s.admin.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.AccessKeyID})
		must(t, err)
		return out
	}
	if u := used(); *u.UserName != "ops" || u.AccessKeyLastUsed.LastUsedDate != nil || *u.AccessKeyLastUsed.ServiceName != "N/A" || *u.AccessKeyLastUsed.Region != "N/A" {
		t.Errorf("a key never used: %+v", u.AccessKeyLastUsed)
	}
	elsewhere := func(o *iam.Options) { o.Region = "eu-west-1" } // IAM is in us-east-1 all the same
	must(t, one(s.client(key).ListUsers(ctx, &iam.ListUsersInput{}, elsewhere)))
	if u := used(); u.AccessKeyLastUsed.LastUsedDate == nil || *u.AccessKeyLastUsed.ServiceName != "iam" || *u.AccessKeyLastUsed.Region != "us-east-1" {
		t.Errorf("a key used: %+v", u.AccessKeyLastUsed)
	}
	(wantError{403, "AccessDenied", "User: arn:aws:iam::111111111111:user/bootstrap is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"}).
		check(t, "a key of nobody", one(s.admin.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIAIOSFODNN7EXAMPLE")})))
}
