package awslab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func tagsOf(pairs ...string) []types.Tag {
	var tags []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		tags = append(tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return tags
}

func numberedTags(n int) []types.Tag {
	var tags []types.Tag
	for i := range n {
		tags = append(tags, tagsOf(fmt.Sprintf("k%02d", i), "")...)
	}
	return tags
}

func tagText(tags []types.Tag) string {
	var all []string
	for _, t := range tags {
		all = append(all, *t.Key+"="+*t.Value)
	}
	return strings.Join(all, " ")
}

// tagger is the three actions on the tags of one entity.
type tagger struct {
	folds bool // keys of another case are the same
	tag   func(tags ...types.Tag) error
	untag func(keys ...string) error
	list  func() string
}

func (s *iamStage) taggers() map[string]tagger {
	a, user, role := s.admin, aws.String("u"), aws.String("r")
	s.newUser("u", "")
	must(s, one(a.CreateRole(ctx, &iam.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: aws.String(trustRoot)})))
	arn := s.newPolicy("p", allowS3)
	serial, _ := s.createDevice("d")
	return map[string]tagger{
		"user": {true,
			func(tags ...types.Tag) error {
				return one(a.TagUser(ctx, &iam.TagUserInput{UserName: user, Tags: tags}))
			},
			func(keys ...string) error {
				return one(a.UntagUser(ctx, &iam.UntagUserInput{UserName: user, TagKeys: keys}))
			},
			func() string {
				out, err := a.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: user})
				must(s, err)
				return tagText(out.Tags)
			}},
		"role": {true,
			func(tags ...types.Tag) error {
				return one(a.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: tags}))
			},
			func(keys ...string) error {
				return one(a.UntagRole(ctx, &iam.UntagRoleInput{RoleName: role, TagKeys: keys}))
			},
			func() string {
				out, err := a.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: role})
				must(s, err)
				return tagText(out.Tags)
			}},
		"policy": {false,
			func(tags ...types.Tag) error {
				return one(a.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &arn, Tags: tags}))
			},
			func(keys ...string) error {
				return one(a.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: &arn, TagKeys: keys}))
			},
			func() string {
				out, err := a.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn})
				must(s, err)
				return tagText(out.Tags)
			}},
		"device": {false,
			func(tags ...types.Tag) error {
				return one(a.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: &serial, Tags: tags}))
			},
			func(keys ...string) error {
				return one(a.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: &serial, TagKeys: keys}))
			},
			func() string {
				out, err := a.ListMFADeviceTags(ctx, &iam.ListMFADeviceTagsInput{SerialNumber: &serial})
				must(s, err)
				return tagText(out.Tags)
			}},
	}
}

func TestTags(t *testing.T) {
	s := newIAMStage(t, Options{})
	for kind, e := range s.taggers() {
		t.Run(kind, func(t *testing.T) {
			must(t, e.tag(tagsOf("b", "1", "a", "")...))
			must(t, e.tag(tagsOf("b", "2", "c", "3")...))
			if got, want := e.list(), "a= b=2 c=3"; got != want {
				t.Errorf("tags %q, want %q", got, want)
			}
			must(t, e.tag(tagsOf("B", "4")...))
			want := map[bool]string{true: "B=4 a= c=3", false: "B=4 a= b=2 c=3"}[e.folds]
			if got := e.list(); got != want {
				t.Errorf("tags %q, want %q", got, want)
			}
			must(t, e.untag("B", "c", "none"))
			want = map[bool]string{true: "a=", false: "a= b=2"}[e.folds]
			if got := e.list(); got != want {
				t.Errorf("tags %q, want %q", got, want)
			}
		})
	}
}

func TestTagRefusals(t *testing.T) {
	s := newIAMStage(t, Options{})
	const pattern = `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`
	constraint := func(at, what string) wantError {
		return invalid("1 validation error detected: Value at '" + at + "' failed to satisfy constraint: Member must " + what)
	}
	for kind, e := range s.taggers() {
		t.Run(kind, func(t *testing.T) {
			twice := wantError{400, "InvalidInput", "Duplicate tag keys found."}
			otherCase := wantError{}
			if e.folds {
				twice.message += " Please note that Tag keys are case insensitive."
				otherCase = twice
			}
			tell(t, []storyStep{
				{"51 at once", e.tag(numberedTags(51)...), constraint("tags", "have length less than or equal to 50")},
				{"twice", e.tag(tagsOf("k", "1", "k", "2")...), twice},
				{"twice, in another case", e.tag(tagsOf("k", "1", "K", "2")...), otherCase},
				{"a long key", e.tag(tagsOf(strings.Repeat("k", 129), "")...), constraint("tags.1.member.key", "have length less than or equal to 128")},
				{"a long value", e.tag(tagsOf("k", strings.Repeat("v", 257))...), constraint("tags.1.member.value", "have length less than or equal to 256")},
				{"a bad key", e.tag(tagsOf("k!", "")...), constraint("tags.1.member.key", "satisfy regular expression pattern: "+pattern)},
				{"AWS's own", e.tag(tagsOf("aws:k", "")...), wantError{400, "InvalidInput", "Caller is not authorized to use tag keys that begin with aws:."}},
				{"a bad key, taken away", e.untag("k!"), constraint("tagKeys", "satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "+pattern+", Member must not be null]")},
				{"none left", e.untag("k", "K"), wantError{}},
				{"50", e.tag(numberedTags(50)...), wantError{}},
				{"the 51st", e.tag(tagsOf("one-more", "")...), limit("The number of tags has reached the maximum limit.")},
			})
		})
	}
}
