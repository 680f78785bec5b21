package awslab

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const readOnlyARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// newPolicy makes a managed policy and returns its ARN.
func (s *iamStage) newPolicy(name, document string) string {
	s.Helper()
	out, err := s.admin.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
	must(s, err)
	return *out.Policy.Arn
}

func TestInlinePolicyComesBackAsGiven(t *testing.T) {
	s := newIAMStage(t, Options{})
	const document = "{\n  \"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::a+b/é ${aws:username}%\"}}"
	s.newUser("ops", "")
	must(t, one(s.admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("ops"), PolicyName: aws.String("P"), PolicyDocument: aws.String(document)})))
	got, err := s.admin.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: aws.String("ops"), PolicyName: aws.String("p")})
	must(t, err)
	if strings.ContainsAny(*got.PolicyDocument, "{\" +") {
		t.Errorf("the document is not percent-encoded: %s", *got.PolicyDocument)
	}
	if text, err := url.PathUnescape(*got.PolicyDocument); err != nil || text != document {
		t.Errorf("document %q (%v), want %q", text, err, document)
	}
	if *got.PolicyName != "P" || *got.UserName != "ops" {
		t.Errorf("GetUserPolicy: %+v", got)
	}
}

func TestInlinePolicyRefusals(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	s.newUser("ops", "")
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(a.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustRoot)})))
	user := func(name, document string) error {
		return one(a.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("ops"), PolicyName: &name, PolicyDocument: &document}))
	}
	group := func(document string) error {
		return one(a.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: aws.String("g"), PolicyName: aws.String("p"), PolicyDocument: &document}))
	}
	role := func(document string) error {
		return one(a.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p"), PolicyDocument: &document}))
	}
	malformed := func(message string) wantError { return wantError{400, "MalformedPolicyDocument", message} }
	tell(t, []storyStep{
		{"no JSON", user("p", "not a document"), malformed("Syntax errors in policy.")},
		{"a principal", user("p", trustRoot), malformed("Policy document should not specify a principal.")},
		{"no resource", user("p", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*"}}`), malformed("Policy statement must contain resources.")},
		{"user, full", user("a", padded(1024)), wantError{}},
		{"user, replaced", user("A", padded(1024)), wantError{}},
		{"user, brimming", user("b", padded(1024)), wantError{}},
		{"user, over", user("c", padded(100)), limit("Maximum policy size of 2048 bytes exceeded for user ops")},
		{"group, brimming", group(padded(5120)), wantError{}},
		{"group, over", group(padded(5121)), limit("Maximum policy size of 5120 bytes exceeded for group g")},
		{"role, brimming, with white space", role(strings.Replace(padded(10240), ",", strings.Repeat(" ", 99)+",", 1)), wantError{}},
		{"role, over", role(padded(10241)), limit("Maximum policy size of 10240 bytes exceeded for role r")},
		{"get", one(a.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: aws.String("g"), PolicyName: aws.String("x")})), noSuch("The group policy with name x cannot be found.")},
		{"delete", one(a.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("x")})), noSuch("The role policy with name x cannot be found.")},
		{"of nobody", one(a.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: aws.String("x"), PolicyName: aws.String("x")})), noSuch("The user with name x cannot be found.")},
	})
}

func TestManagedPolicyStory(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	made, err := a.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("Power"), Path: aws.String("/secaws/"), PolicyDocument: aws.String(allowS3), Description: aws.String("all of S3"),
	})
	must(t, err)
	arn := *made.Policy.Arn
	if arn != "arn:aws:iam::111111111111:policy/secaws/Power" || *made.Policy.DefaultVersionId != "v1" || made.Policy.Tags != nil || !made.Policy.IsAttachable {
		t.Errorf("CreatePolicy: %+v", made.Policy)
	}
	s.newUser("ops", "")
	attach := func(arn string) error {
		return one(a.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("ops"), PolicyArn: &arn}))
	}
	detach := func(arn string) error {
		return one(a.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: aws.String("ops"), PolicyArn: &arn}))
	}
	deleted := func(arn string) error { return one(a.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &arn})) }
	none := "arn:aws:iam::111111111111:policy/none"
	tell(t, []storyStep{
		{"twice, elsewhere", one(a.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("power"), PolicyDocument: aws.String(allowS3)})), exists("A policy called power already exists. Duplicate names are not allowed.")},
		{"too long", one(a.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("x"), PolicyDocument: aws.String(padded(6145))})), limit("Cannot exceed quota for PolicySize: 6144")},
		{"just so long", one(a.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("x"), PolicyDocument: aws.String(padded(6144))})), wantError{}},
		{"attach nothing", attach(none), noSuch("Policy " + none + " does not exist or is not attachable.")},
		{"attach no ARN", attach("longpolicynamebutnoarn"), invalid("ARN longpolicynamebutnoarn is not valid.")},
		{"attach", attach(arn), wantError{}},
		{"attach twice", attach(arn), wantError{}},
		{"attach AWS's", attach(readOnlyARN), wantError{}},
		{"detach what is not", detach(none), noSuch("Policy " + none + " was not found.")},
		{"delete attached", deleted(arn), conflict("Cannot delete a policy attached to entities.")},
		{"get nothing", one(a.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &none})), noSuch("Policy " + none + " was not found.")},
	})
	if err := deleted(readOnlyARN); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("deleting AWS's own policy: %v", err)
	}
	got, err := a.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	must(t, err)
	if *got.Policy.AttachmentCount != 1 || *got.Policy.Description != "all of S3" || got.Policy.Tags == nil {
		t.Errorf("GetPolicy: %+v", got.Policy)
	}
	list, err := a.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: aws.String("ops")})
	must(t, err)
	if len(list.AttachedPolicies) != 2 || *list.AttachedPolicies[0].PolicyName != "Power" || *list.AttachedPolicies[1].PolicyArn != readOnlyARN {
		t.Errorf("attached: %+v", list.AttachedPolicies)
	}
	tell(t, []storyStep{
		{"detach", detach(arn), wantError{}}, {"detach twice", detach(arn), noSuch("Policy " + arn + " was not found.")},
		{"delete", deleted(arn), wantError{}}, {"delete twice", deleted(arn), noSuch("Policy " + arn + " was not found.")},
	})
}

func TestTenManagedPoliciesEach(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	must(t, one(s.admin.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(s.admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustRoot)})))
	for i := range attachQuota + 1 {
		arn := s.newPolicy(fmt.Sprintf("p%d", i), allowS3)
		want := func(kind string) wantError {
			if i < attachQuota {
				return wantError{}
			}
			return limit("Cannot exceed quota for PoliciesPer" + kind + ": 10")
		}
		want("User").check(t, "user", one(s.admin.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("ops"), PolicyArn: &arn})))
		want("Group").check(t, "group", one(s.admin.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: &arn})))
		want("Role").check(t, "role", one(s.admin.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: &arn})))
	}
}

func TestPolicyVersions(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	arn := s.newPolicy("p", allowS3)
	create := func(isDefault bool) error {
		return one(a.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: aws.String(allowAll), SetAsDefault: isDefault}))
	}
	remove := func(id string) error {
		return one(a.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: &id}))
	}
	setDefault := func(id string) error {
		return one(a.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: &id}))
	}
	absent := func(id string) wantError {
		return noSuch("Policy " + arn + " version " + id + " does not exist or is not attachable.")
	}
	tell(t, []storyStep{
		{"v2", create(true), wantError{}}, {"v3", create(false), wantError{}}, {"v4", create(false), wantError{}}, {"v5", create(false), wantError{}},
		{"v6", create(false), limit("A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")},
		{"delete the default", remove("v2"), conflict("Cannot delete the default version of a policy.")},
		{"delete what is not", remove("v9"), absent("v9")},
		{"delete", remove("v1"), wantError{}},
		{"a number is not used twice", create(false), wantError{}},
		{"default to what is not", setDefault("v1"), absent("v1")},
		{"default", setDefault("v6"), wantError{}},
		{"delete with versions", one(a.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &arn})),
			conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")},
	})
	list, err := a.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	must(t, err)
	var got []string
	for _, v := range list.Versions {
		mark := ""
		if v.IsDefaultVersion {
			mark = "*"
		}
		got = append(got, *v.VersionId+mark)
	}
	if text := strings.Join(got, " "); text != "v6* v5 v4 v3 v2" {
		t.Errorf("versions %s", text)
	}
	v2, err := a.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: aws.String("v2")})
	must(t, err)
	if text, _ := url.PathUnescape(*v2.PolicyVersion.Document); text != allowAll {
		t.Errorf("v2 is %s", text)
	}
	bad := s.ask(s.profile("secure-aws-admin"), "GetPolicyVersion", url.Values{"PolicyArn": {arn}, "VersionId": {"1"}})
	if bad.code != "ValidationError" || !strings.Contains(bad.message, `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`) {
		t.Errorf("a version out of form: %s %s", bad.code, bad.message)
	}
}

func TestListPolicies(t *testing.T) {
	s := newIAMStage(t, Options{})
	one1, two := s.newPolicy("one", allowS3), s.newPolicy("two", allowS3)
	must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops"), PermissionsBoundary: &two})))
	must(t, one(s.admin.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("ops"), PolicyArn: &one1})))
	for _, test := range []struct {
		name string
		in   iam.ListPoliciesInput
		want string
	}{
		{"local", iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}, "one two"},
		{"AWS", iam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws}, "AdministratorAccess IAMReadOnlyAccess IAMUserChangePassword PowerUserAccess ReadOnlyAccess"},
		{"attached", iam.ListPoliciesInput{OnlyAttached: true}, "one two AdministratorAccess"},
		{"attached boundaries", iam.ListPoliciesInput{OnlyAttached: true, PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "two"},
		{"attached as permissions", iam.ListPoliciesInput{OnlyAttached: true, PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy}, "one AdministratorAccess"},
		{"boundaries, attached or not", iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "one two"},
		{"by path", iam.ListPoliciesInput{PathPrefix: aws.String("/none/")}, ""},
	} {
		var names []string
		test.in.MaxItems = aws.Int32(2)
		for pages := iam.NewListPoliciesPaginator(s.admin, &test.in); pages.HasMorePages(); {
			out, err := pages.NextPage(ctx)
			must(t, err)
			for _, p := range out.Policies {
				names = append(names, *p.PolicyName)
			}
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestListEntitiesForPolicy(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	arn := s.newPolicy("p", allowS3)
	s.newUser("u", "")
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(a.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustRoot), PermissionsBoundary: &arn})))
	must(t, one(a.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("u"), PolicyArn: &arn})))
	must(t, one(a.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: &arn})))
	for _, test := range []struct {
		in   iam.ListEntitiesForPolicyInput
		want string
	}{
		{iam.ListEntitiesForPolicyInput{}, "u g r"},
		{iam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeUser}, "u"},
		{iam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeGroup}, "g"},
		{iam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeLocalManagedPolicy}, ""},
		{iam.ListEntitiesForPolicyInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "r"},
	} {
		test.in.PolicyArn, test.in.MaxItems = &arn, aws.Int32(1)
		var users, groups, roles []string
		for pages := iam.NewListEntitiesForPolicyPaginator(a, &test.in); pages.HasMorePages(); {
			out, err := pages.NextPage(ctx)
			must(t, err)
			for _, u := range out.PolicyUsers {
				users = append(users, *u.UserName)
			}
			for _, g := range out.PolicyGroups {
				groups = append(groups, *g.GroupName)
			}
			for _, r := range out.PolicyRoles {
				roles = append(roles, *r.RoleName)
			}
		}
		if got := strings.Join(append(append(users, groups...), roles...), " "); got != test.want {
			t.Errorf("%+v: %q, want %q", test.in, got, test.want)
		}
	}
	none := "arn:aws:iam::111111111111:policy/none"
	noSuch("Policy "+none+" does not exist or is not attachable.").check(t, "nothing", one(a.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: &none})))
}
