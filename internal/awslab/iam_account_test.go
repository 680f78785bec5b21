package awslab

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestAccountAlias(t *testing.T) {
	s := newIAMStage(t, Options{})
	other := s.client(s.profile("secure-aws-prod"))
	create := func(c *iam.Client, alias string) error {
		return one(c.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: &alias}))
	}
	form := invalid(`1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`)
	tell(t, []storyStep{
		{"create", create(s.admin, "acme-one"), wantError{}},
		{"another account's", create(other, "acme-one"), exists("The account alias acme-one already exists.")},
		{"replace", create(s.admin, "acme-two"), wantError{}},
		{"free again", create(other, "acme-one"), wantError{}},
		{"short", create(s.admin, "ab"), form}, {"capital", create(s.admin, "Abc"), form}, {"two hyphens", create(s.admin, "a--b"), form}, {"a hyphen last", create(s.admin, "ab-"), form},
		{"delete another", one(s.admin.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: aws.String("acme-one")})), noSuch("The account alias with name acme-one cannot be found.")},
	})
	list, err := s.admin.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
	must(t, err)
	if strings.Join(list.AccountAliases, " ") != "acme-two" {
		t.Errorf("aliases %q", list.AccountAliases)
	}
	must(t, one(s.admin.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: aws.String("acme-two")})))
	list, err = s.admin.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
	must(t, err)
	if len(list.AccountAliases) != 0 {
		t.Errorf("aliases after the deletion: %q", list.AccountAliases)
	}
}

func TestAccountSummaryCounts(t *testing.T) {
	s := newIAMStage(t, Options{})
	read := func() map[string]int32 {
		out, err := s.admin.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		must(t, err)
		return out.SummaryMap
	}
	before := read()
	s.newUser("ops", "")
	s.newDevice("ops", "ops")
	s.createDevice("spare")
	s.newPolicy("p", allowS3)
	must(t, one(s.admin.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	after := read()
	for key, want := range map[string]int32{"Users": 1, "Groups": 1, "Roles": 0, "MFADevices": 2, "MFADevicesInUse": 1, "Policies": 1, "PolicyVersionsInUse": 1} {
		if got := after[key] - before[key]; got != want {
			t.Errorf("%s grew by %d, want %d", key, got, want)
		}
	}
	for key, want := range map[string]int32{"AccessKeysPerUserQuota": 2, "AttachedPoliciesPerGroupQuota": 10, "GroupPolicySizeQuota": 5120, "VersionsPerPolicyQuota": 5, "AccountMFAEnabled": 0} {
		if got, ok := after[key]; !ok || got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
}

func TestAuthorizationDetailsInPages(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	s.newUser("ops", allowS3)
	arn := s.newPolicy("p", allowS3)
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(a.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: aws.String("ops")})))
	must(t, one(a.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("g"), PolicyArn: &arn})))
	must(t, one(a.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustRoot), Tags: tagsOf("k", "v")})))

	for _, test := range []struct {
		filter []types.EntityType
		want   string
	}{
		{nil, "user bootstrap, user ops in g with p, group g with p, role r k=v, policy p v1, policy AdministratorAccess v1"},
		{[]types.EntityType{types.EntityTypeUser}, "user bootstrap, user ops in g with p"},
		{[]types.EntityType{types.EntityTypeRole, types.EntityTypeLocalManagedPolicy}, "role r k=v, policy p v1"},
		{[]types.EntityType{types.EntityTypeAWSManagedPolicy}, "policy AdministratorAccess v1"},
	} {
		var got []string
		for pages := iam.NewGetAccountAuthorizationDetailsPaginator(a, &iam.GetAccountAuthorizationDetailsInput{Filter: test.filter, MaxItems: aws.Int32(1)}); pages.HasMorePages(); {
			out, err := pages.NextPage(ctx)
			must(t, err)
			got = append(got, detailText(out))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%v:\n got %s\nwant %s", test.filter, text, test.want)
		}
	}
	bad := s.ask(s.profile("secure-aws-admin"), "GetAccountAuthorizationDetails", url.Values{"Filter.member.1": {"Users"}})
	if bad.code != "ValidationError" {
		t.Errorf("a filter that is none: %d %s", bad.status, bad.code)
	}
}

// detailText puts a page of one entity into a few words.
func detailText(out *iam.GetAccountAuthorizationDetailsOutput) string {
	text := ""
	for _, u := range out.UserDetailList {
		text += "user " + *u.UserName
		for _, g := range u.GroupList {
			text += " in " + g
		}
		for _, p := range u.UserPolicyList {
			text += " with " + *p.PolicyName
		}
	}
	for _, g := range out.GroupDetailList {
		text += "group " + *g.GroupName
		for _, p := range g.AttachedManagedPolicies {
			text += " with " + *p.PolicyName
		}
	}
	for _, r := range out.RoleDetailList {
		text += "role " + *r.RoleName + " " + tagText(r.Tags)
	}
	for _, p := range out.Policies {
		text += "policy " + *p.PolicyName
		for _, v := range p.PolicyVersionList {
			text += " " + *v.VersionId
			if d, err := url.PathUnescape(*v.Document); err != nil || !strings.Contains(d, "Statement") {
				text += " without a document"
			}
		}
	}
	return text
}

func TestCredentialReport(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	s.newUser("ops", "")
	s.newDevice("ops", "ops")
	must(t, one(a.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MaxPasswordAge: aws.Int32(180)})))
	must(t, one(a.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ops"), Password: aws.String("password-0")})))
	(wantError{410, "ReportNotPresent", ""}).check(t, "too early", one(a.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})))
	for _, want := range []types.ReportStateType{types.ReportStateTypeStarted, types.ReportStateTypeComplete} {
		out, err := a.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
		must(t, err)
		if out.State != want {
			t.Errorf("state %s, want %s", out.State, want)
		}
	}
	out, err := a.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
	must(t, err)
	rows, err := csv.NewReader(strings.NewReader(string(out.Content))).ReadAll()
	must(t, err)
	if len(rows) != 4 || rows[1][0] != "<root_account>" || rows[2][0] != "bootstrap" || rows[3][0] != "ops" {
		t.Fatalf("report:\n%s", out.Content)
	}
	cell := func(row int, column string) string {
		for i, name := range rows[0] {
			if name == column {
				return rows[row][i]
			}
		}
		return "no such column"
	}
	for column, want := range map[string]string{
		"arn": "arn:aws:iam::111111111111:user/ops", "password_enabled": "true", "mfa_active": "true", "access_key_1_active": "true",
		"access_key_1_last_used_service": "N/A", "access_key_2_active": "false", "cert_1_active": "false",
		"password_next_rotation": s.lab.options.Clock().UTC().AddDate(0, 0, 180).Format("2006-01-02T15:04:05Z"),
	} {
		if got := cell(3, column); got != want {
			t.Errorf("ops: %s is %q, want %q", column, got, want)
		}
	}
	if got := cell(2, "access_key_1_last_used_service"); got != "iam" {
		t.Errorf("bootstrap last used %q", got)
	}
	if got := time.Until(*out.GeneratedTime); got > time.Minute || got < -time.Minute {
		t.Errorf("generated %v from now", got)
	}
}
