package provision

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awslab"
)

const openTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

// Each drift is what a person may do by hand; the plan names it and apply mends it.
func TestEveryDriftIsFoundAndMended(t *testing.T) {
	type do func(ctx context.Context, c *iam.Client) error
	tests := []struct {
		name, account string
		drift         do
		want          []string // the changes, "op what"
		adopt         bool
	}{
		{"trust widened", "prod", later((*iam.Client).UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("Ops"), PolicyDocument: aws.String(openTrust)}),
			[]string{"~ role Ops: trust policy"}, false},
		{"inline policy edited", "prod", later((*iam.Client).PutRolePolicy, &iam.PutRolePolicyInput{RoleName: aws.String("Ops"), PolicyName: aws.String("secaws-PowerUser"), PolicyDocument: aws.String(everything)}),
			[]string{"~ role Ops: policy secaws-PowerUser"}, false},
		{"inline policy removed", "prod", later((*iam.Client).DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: aws.String("Ops"), PolicyName: aws.String("secaws-PowerUser")}),
			[]string{"+ role Ops: policy secaws-PowerUser"}, false},
		{"inline policy added", "infra", later((*iam.Client).PutRolePolicy, &iam.PutRolePolicyInput{RoleName: aws.String("DevAdmin"), PolicyName: aws.String("more"), PolicyDocument: aws.String(everything)}),
			[]string{"- role DevAdmin: policy more"}, false},
		{"revocation in name only", "infra", later((*iam.Client).PutRolePolicy, &iam.PutRolePolicyInput{RoleName: aws.String("DevAdmin"), PolicyName: aws.String("secaws-revoke-dev"), PolicyDocument: aws.String(everything)}),
			[]string{"- role DevAdmin: policy secaws-revoke-dev"}, false},
		{"managed policy attached", "prod", later((*iam.Client).AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: aws.String("DevAdmin"), PolicyArn: aws.String(administrator)}),
			[]string{"- role DevAdmin: policy AdministratorAccess"}, false},
		{"managed policy detached", "preprod", later((*iam.Client).DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: aws.String("Ops"), PolicyArn: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")}),
			[]string{"+ role Ops: policy PowerUserAccess"}, false},
		{"longest session", "infra", later((*iam.Client).UpdateRole, &iam.UpdateRoleInput{RoleName: aws.String("Ops"), MaxSessionDuration: aws.Int32(43200)}),
			[]string{"~ role Ops: longest session"}, false},
		{"boundary", "infra", later((*iam.Client).PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("Ops"), PermissionsBoundary: aws.String(administrator)}),
			[]string{"- role Ops: permissions boundary"}, false},
		{"role deleted", "infra", sequence(
			later((*iam.Client).DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: aws.String("DevAdmin"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}),
			later((*iam.Client).DeleteRole, &iam.DeleteRoleInput{RoleName: aws.String("DevAdmin")})),
			[]string{"+ role DevAdmin", "+ role DevAdmin: policy ReadOnlyAccess"}, false},
		{"role of ours too many", "infra", later((*iam.Client).CreateRole, &iam.CreateRoleInput{RoleName: aws.String("Old"), AssumeRolePolicyDocument: aws.String(openTrust), Tags: tags(map[string]string{configgen.Mark: configgen.MarkSetup})}),
			[]string{"- role Old"}, false},
		{"tag removed", "prod", later((*iam.Client).UntagRole, &iam.UntagRoleInput{RoleName: aws.String("Ops"), TagKeys: []string{configgen.Mark}}),
			[]string{"~ role Ops: tag"}, true},
		{"group policy widened", "admin", later((*iam.Client).PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: aws.String("Operators"), PolicyName: aws.String(configgen.AssumePolicyName), PolicyDocument: aws.String(everything)}),
			[]string{"~ group Operators: policy secaws-assume"}, false},
		{"self-management without MFA", "admin", later((*iam.Client).PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: aws.String("DevAdmins"), PolicyName: aws.String(configgen.SelfPolicyName), PolicyDocument: aws.String(everything)}),
			[]string{"~ group DevAdmins: policy secaws-self"}, false},
		{"group policy removed", "admin", later((*iam.Client).DeleteGroupPolicy, &iam.DeleteGroupPolicyInput{GroupName: aws.String("Operators"), PolicyName: aws.String(configgen.SelfPolicyName)}),
			[]string{"+ group Operators: policy secaws-self"}, false},
		{"group policy added", "admin", later((*iam.Client).PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: aws.String("Operators"), PolicyName: aws.String("extra"), PolicyDocument: aws.String(everything)}),
			[]string{"- group Operators: policy extra"}, false},
		{"managed policy on a group", "admin", later((*iam.Client).AttachGroupPolicy, &iam.AttachGroupPolicyInput{GroupName: aws.String("DevAdmins"), PolicyArn: aws.String(administrator)}),
			[]string{"- group DevAdmins: policy AdministratorAccess"}, false},
		{"group moved", "admin", later((*iam.Client).UpdateGroup, &iam.UpdateGroupInput{GroupName: aws.String("Operators"), NewPath: aws.String("/")}),
			[]string{"~ group Operators: path"}, true},
		{"group renamed", "admin", later((*iam.Client).UpdateGroup, &iam.UpdateGroupInput{GroupName: aws.String("Operators"), NewGroupName: aws.String("Ops")}),
			[]string{"- group Ops: policy secaws-assume", "- group Ops: policy secaws-self", "- group Ops", "+ group Operators", "+ group Operators: policy secaws-assume", "+ group Operators: policy secaws-self"}, false},
		{"member's managed policy", "admin", sequence(member("eve"), later((*iam.Client).AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: aws.String("eve"), PolicyArn: aws.String(administrator)})),
			[]string{"- user eve: policy AdministratorAccess"}, false},
		{"member's own policy", "admin", sequence(member("eve"), later((*iam.Client).PutUserPolicy, &iam.PutUserPolicyInput{UserName: aws.String("eve"), PolicyName: aws.String("mine"), PolicyDocument: aws.String(everything)})),
			[]string{"- user eve: policy mine"}, false},
		{"enrolment in name only", "admin", sequence(member("eve"), later((*iam.Client).PutUserPolicy, &iam.PutUserPolicyInput{UserName: aws.String("eve"), PolicyName: aws.String(configgen.EnrolPolicyName), PolicyDocument: aws.String(everything)})),
			[]string{"- user eve: policy secaws-enrol"}, false},
		{"password policy weakened", "admin", later((*iam.Client).UpdateAccountPasswordPolicy, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(6)}),
			[]string{"~ account password policy"}, false},
		{"password policy removed", "admin", later((*iam.Client).DeleteAccountPasswordPolicy, &iam.DeleteAccountPasswordPolicyInput{}),
			[]string{"+ account password policy"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := context.Background()
			z := newZone(t, awslab.Options{})
			z.mustApply()
			open, _ := z.open(ctx)
			at := slices.IndexFunc(open, func(a Access) bool { return a.Account.Name == tt.account })
			if err := member("eve")(ctx, open[0].IAM); err != nil { // in every test, so that the states can be compared
				t.Fatal(err)
			}
			before := essence(z.lab.Snapshot())
			if err := tt.drift(ctx, open[at].IAM); err != nil && !isCode(err, "EntityAlreadyExists") {
				t.Fatal(err)
			}
			_, plan, err := z.plan(ctx, tt.adopt)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range plan.List {
				if c.Account != tt.account {
					t.Errorf("a change in %s", c.Account)
				}
				got = append(got, string(c.Op)+" "+c.What)
			}
			if !slices.Equal(got, tt.want) || len(plan.Conflicts) > 0 {
				t.Errorf("plan %q, conflicts %v; want %q", got, plan.Conflicts, tt.want)
			}
			if err := z.apply(ctx, tt.adopt); err != nil {
				t.Fatal(err)
			}
			z.mustBeDone()
			if diff := before.Diff(essence(z.lab.Snapshot())); len(diff) > 0 {
				t.Errorf("mended, but:\n%s", strings.Join(diff, "\n"))
			}
		})
	}
}

// later is one call, made later.
func later[In, Out any](operation func(*iam.Client, context.Context, *In, ...func(*iam.Options)) (*Out, error), in *In) func(context.Context, *iam.Client) error {
	return func(ctx context.Context, c *iam.Client) error {
		_, err := operation(c, ctx, in)
		return err
	}
}

func sequence(all ...func(context.Context, *iam.Client) error) func(context.Context, *iam.Client) error {
	return func(ctx context.Context, c *iam.Client) error {
		for _, one := range all {
			if err := one(ctx, c); err != nil && !isCode(err, "EntityAlreadyExists") {
				return err
			}
		}
		return nil
	}
}

// member makes a user in DevAdmins.
func member(name string) func(context.Context, *iam.Client) error {
	return sequence(
		later((*iam.Client).CreateUser, &iam.CreateUserInput{UserName: &name}),
		later((*iam.Client).AddUserToGroup, &iam.AddUserToGroupInput{UserName: &name, GroupName: aws.String("DevAdmins")}),
	)
}

// essence is a snapshot without what no two runs have alike, and with documents in canonical form.
func essence(s awslab.Snapshot) awslab.Snapshot {
	kept := awslab.Snapshot{}
	for path, value := range s {
		last := path[strings.LastIndexByte(path, '.')+1:]
		if last != "ID" && last != "Created" && last != "Updated" && !strings.Contains(path, ".Members.") {
			kept[path] = canonical(value)
		}
	}
	return kept
}

// What user commands put on users and roles is no drift while it is of use.
func TestWhatUserCommandsPutThereStays(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	z.mustApply()
	open, _ := z.open(ctx)
	now := z.clock.now()
	put := sequence(member("eve"),
		later((*iam.Client).PutUserPolicy, &iam.PutUserPolicyInput{UserName: aws.String("eve"), PolicyName: aws.String(configgen.DenyPolicyName), PolicyDocument: aws.String(configgen.DenyAllDocument())}),
		later((*iam.Client).PutUserPolicy, &iam.PutUserPolicyInput{UserName: aws.String("eve"), PolicyName: aws.String(configgen.EnrolPolicyName),
			PolicyDocument: aws.String(configgen.EnrolDocument("aws", "111111111111", "eve", now.Add(2*time.Hour)))}),
		later((*iam.Client).PutRolePolicy, &iam.PutRolePolicyInput{RoleName: aws.String("Admin"), PolicyName: aws.String(configgen.RevokePrefix + "eve"),
			PolicyDocument: aws.String(configgen.RevokeDocument("eve", now))}),
	)
	if err := put(ctx, open[0].IAM); err != nil {
		t.Fatal(err)
	}
	z.mustBeDone()

	states, err := ReadAll(ctx, z.b, open, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after time.Duration
		want  []string
	}{
		{59 * time.Minute, nil},
		{61 * time.Minute, []string{"role Admin: policy secaws-revoke-eve"}},
		{121 * time.Minute, []string{"user eve: policy secaws-enrol", "role Admin: policy secaws-revoke-eve"}},
	} {
		var got []string
		for _, c := range Plan(z.b, states, PlanOptions{Now: now.Add(tt.after)}).List {
			got = append(got, c.What)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("after %s: %q, want %q", tt.after, got, tt.want)
		}
	}
}
