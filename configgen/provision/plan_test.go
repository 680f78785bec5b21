package provision

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awslab"
)

// What others made under a wanted name stops everything until it is adopted; nothing of theirs is touched before.
func TestOthersThingsAreAdoptedOnlyWhenAsked(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	open, err := z.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	theirs := sequence(
		later((*iam.Client).CreateRole, &iam.CreateRoleInput{RoleName: aws.String("Admin"), AssumeRolePolicyDocument: aws.String(openTrust)}),
		later((*iam.Client).CreateGroup, &iam.CreateGroupInput{GroupName: aws.String("Operators")}),
		later((*iam.Client).CreateRole, &iam.CreateRoleInput{RoleName: aws.String("Other"), AssumeRolePolicyDocument: aws.String(openTrust)}),
	)
	if err := theirs(ctx, open[0].IAM); err != nil {
		t.Fatal(err)
	}
	before := z.lab.Snapshot()
	var conflict *ConflictError
	if err := z.apply(ctx, false); !errors.As(err, &conflict) || len(conflict.Conflicts) != 2 || !strings.Contains(conflict.Hint(), "--adopt") {
		t.Fatalf("apply: %v", err)
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("a refused apply changed:\n%s", strings.Join(diff, "\n"))
	}
	if err := z.apply(ctx, true); err != nil {
		t.Fatal(err)
	}
	z.mustBeDone()
	if err := z.destroy(ctx); err != nil {
		t.Fatal(err)
	}
	left := z.lab.Snapshot()
	if left["Accounts.111111111111.Roles.other.Name"] != "Other" {
		t.Error("destroy removed a role that is not ours")
	}
	if left["Accounts.111111111111.Roles.admin.Name"] != "Admin" {
		t.Error("destroy removed a role that was adopted")
	}
	if err := z.destroy(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := left.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("a second destroy changed:\n%s", strings.Join(diff, "\n"))
	}
}

func TestConflictsThatCannotBeAdopted(t *testing.T) {
	b := pinned()
	have := func(roles []Role, groups []Group, caller string) []State {
		return []State{{Account: "admin", ID: "111111111111", Identity: true, Roles: roles, Groups: groups, Caller: caller}}
	}
	ours := map[string]string{configgen.Mark: configgen.MarkSetup}
	tests := []struct {
		name   string
		plan   Changes
		what   string
		within string
	}{
		{"role in another case", Plan(b, have([]Role{{Name: "ADMIN", Path: "/", Tags: ours}}, nil, ""), PlanOptions{Adopt: true}), "role Admin", "capital"},
		{"group in another case", Plan(b, have(nil, []Group{{Name: "operators", Path: "/secaws/"}}, ""), PlanOptions{Adopt: true}), "group Operators", "capital"},
		{"role with a path", Plan(b, have([]Role{{Name: "Admin", Path: "/team/", Tags: ours}}, nil, ""), PlanOptions{Adopt: true}), "role Admin", "/team/"},
		{"the role it stands on", PlanDestroy(have([]Role{{Name: "Admin", Path: "/", Tags: ours}}, nil, "arn:aws:sts::111111111111:assumed-role/Admin/eve")), "role Admin", "bootstrap keys"},
	}
	for _, tt := range tests {
		c := tt.plan.Conflicts
		if len(c) != 1 || c[0].What != tt.what || c[0].Adoptable || !strings.Contains(c[0].Why, tt.within) {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

// On the role that the plan runs on, new rights come before old ones go.
func TestTheRoleItStandsOnIsWidenedFirst(t *testing.T) {
	b := pinned()
	state := State{Account: "prod", ID: "444444444444", Roles: []Role{{
		Name: "Admin", Path: "/", MaxSession: 3600, Managed: []string{"arn:aws:iam::aws:policy/IAMFullAccess"},
		Tags: map[string]string{configgen.Mark: configgen.MarkSetup},
	}}}
	for caller, first := range map[string]Op{"arn:aws:sts::444444444444:assumed-role/Admin/eve": Add, "arn:aws:iam::444444444444:user/bootstrap": Remove} {
		state.Caller = caller
		list := Plan(b, []State{state}, PlanOptions{}).Of("prod")
		if len(list) == 0 || list[0].Op != first {
			t.Errorf("as %s the first change is %+v", caller, list)
		}
	}
}

// Rights are narrowed before they are widened.
func TestNarrowingComesFirst(t *testing.T) {
	b := pinned()
	state := State{Account: "prod", ID: "444444444444", Roles: []Role{{
		Name: "Ops", Path: "/", MaxSession: 3600, Trust: openTrust, Managed: []string{administrator},
		Tags: map[string]string{configgen.Mark: configgen.MarkSetup},
	}}}
	var got []string
	for _, c := range Plan(b, []State{state}, PlanOptions{}).List {
		if strings.HasPrefix(c.What, "role Ops") {
			got = append(got, string(c.Op)+" "+c.What)
		}
	}
	want := []string{"- role Ops: policy AdministratorAccess", "~ role Ops: trust policy", "+ role Ops: policy secaws-PowerUser"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheCallersOwnRightsAreLeftAlone(t *testing.T) {
	b := pinned()
	state := State{Account: "admin", ID: "111111111111", Identity: true, Caller: "arn:aws:iam::111111111111:user/bootstrap",
		Users: []User{{Name: "bootstrap", Path: "/", Groups: []string{"Administrators"}, Managed: []string{administrator}},
			{Name: "eve", Path: "/", Groups: []string{"Operators", "Legacy"}}}}
	plan := Plan(b, []State{state}, PlanOptions{})
	for _, c := range plan.List {
		if strings.HasPrefix(c.What, "user ") {
			t.Errorf("%s %s", c.Op, c.What)
		}
	}
	if len(plan.Notes) != 1 || !strings.Contains(plan.Notes[0].Text, "user eve is also in group Legacy") {
		t.Errorf("notes %+v", plan.Notes)
	}
}

func TestPasswordPolicyIsMergedAndNeverWeakenedSilently(t *testing.T) {
	wanted := pinned().PasswordPolicy
	exact := wanted
	exact.Exact = true
	right := Password{MinimumLength: 14, Remember: 24, MaxAgeDays: 180, UsersChange: true}
	strict := Password{MinimumLength: 20, Remember: 24, MaxAgeDays: 90, Symbols: true, UsersChange: true}
	tests := []struct {
		name   string
		wanted configgen.PasswordPolicy
		have   *Password
		want   *Password // nil: no change
		why    string
		note   string
	}{
		{"none", wanted, nil, &right, "AWS's default", ""},
		{"as wanted", wanted, &right, nil, "", ""},
		{"weaker", wanted, &Password{MinimumLength: 8, Numbers: true, UsersChange: true}, &Password{MinimumLength: 14, Remember: 24, MaxAgeDays: 180, Numbers: true, UsersChange: true}, "", ""},
		{"stricter stays", wanted, &strict, nil, "", "minimum_length 20, blueprint 14, max_age_days 90, blueprint 180"},
		{"stricter and weaker", wanted, &Password{MinimumLength: 20, UsersChange: true}, &Password{MinimumLength: 20, Remember: 24, MaxAgeDays: 180, UsersChange: true}, "", "minimum_length 20"},
		{"exact", exact, &strict, &Password{MinimumLength: 14, Remember: 24, MaxAgeDays: 180, Symbols: true, UsersChange: true}, "this WEAKENS what is there: minimum_length 20, blueprint 14, max_age_days 90", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := pinned()
			b.PasswordPolicy = tt.wanted
			plan := Plan(b, []State{{Account: "admin", ID: "111111111111", Identity: true, Password: tt.have}}, PlanOptions{})
			var got *Change
			for i, c := range plan.List {
				if c.What == "account password policy" {
					got = &plan.List[i]
				}
			}
			switch {
			case got == nil && tt.want == nil:
			case got == nil || tt.want == nil:
				t.Fatalf("change %+v, want %v", got, tt.want)
			case got.After != tt.want.String() || !strings.Contains(got.Why, tt.why) || tt.why == "" && got.Why != "":
				t.Errorf("after %s (%s), want %s (%s)", got.After, got.Why, tt.want, tt.why)
			}
			notes := ""
			for _, n := range plan.Notes {
				notes += n.Text
			}
			if !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}

func TestDestroyPutsThePasswordPolicyBack(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	open, err := z.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	old := Password{MinimumLength: 9, Remember: 3, MaxAgeDays: 180, UsersChange: true, Numbers: true}
	if err := call(ctx, open[0].IAM, old.update()); err != nil {
		t.Fatal(err)
	}
	before := z.lab.Snapshot()
	z.mustApply()
	z.mustBeDone()
	if err := z.destroy(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("destroy left:\n%s", strings.Join(diff, "\n"))
	}
}

func TestAccessIsRefused(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	key := map[string]aws.Credentials{}
	for _, p := range z.lab.Profiles() {
		key[p.Name] = aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.Secret}
	}
	source := func(c aws.Credentials) Source {
		return func(context.Context) (Credentials, error) {
			return Credentials{Via: "key " + c.AccessKeyID, Provider: credentials.StaticCredentialsProvider{Value: c}}, nil
		}
	}
	unknown := aws.Credentials{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x"}
	open := func(b configgen.Blueprint, prod ...Source) ([]Access, error) {
		return z.site.OpenAll(ctx, b, func(a configgen.Account) []Source {
			if a.Name == "prod" {
				return prod
			}
			return []Source{source(key[a.Bootstrap])}
		}, func(Access) {})
	}

	var same *SameAccountError
	if _, err := open(z.b, source(key["secure-aws-infra"])); !errors.As(err, &same) || same.ID != "222222222222" {
		t.Errorf("two profiles of one account: %v", err)
	}
	var none *NoCredentialsError
	if _, err := open(z.b); !errors.As(err, &none) || !strings.Contains(none.Hint(), "secaws add secure-aws-prod") {
		t.Errorf("no key: %v", err)
	}
	var bad *UnusableError
	if _, err := open(z.b, source(unknown)); !errors.As(err, &bad) {
		t.Errorf("a key that is off: %v", err)
	}
	if got, err := open(z.b, source(unknown), source(key["secure-aws-prod"])); err != nil || got[3].Via != "key "+key["secure-aws-prod"].AccessKeyID {
		t.Errorf("the second source: %v", err)
	}
	if _, err := open(z.b.Pinned(map[string]string{"prod": "999999999999"}), source(key["secure-aws-prod"])); err == nil || !strings.Contains(err.Error(), "999999999999") {
		t.Errorf("another account than pinned: %v", err)
	}
}

func TestRootIsRefused(t *testing.T) {
	site := Site{Region: "us-west-2", STSEndpoint: "http://127.0.0.1:1", Retryer: impatient, HTTP: rootSTS{}}
	_, err := site.Open(context.Background(), configgen.Account{Name: "prod"}, plainCredentials(aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"}))
	var root *RootError
	if !errors.As(err, &root) || !strings.Contains(root.Hint(), "nothing can limit") {
		t.Errorf("got %v", err)
	}
}

func TestWhoMayMakeBuckets(t *testing.T) {
	managed := func(names ...string) (list []configgen.Policy) {
		for _, n := range names {
			list = append(list, configgen.Policy{Name: n})
		}
		return list
	}
	own := func(statements string) configgen.Policy {
		return configgen.Policy{Name: "P", Document: `{"Version":"2012-10-17","Statement":` + statements + `}`}
	}
	allowed := `{"Effect":"Allow","Action":["s3:Create*"],"Resource":"*"}`
	tests := []struct {
		name     string
		policies []configgen.Policy
		want     Verdict
	}{
		{"power user", managed("PowerUserAccess"), Allowed},
		{"read only", managed("ReadOnlyAccess"), Refused},
		{"both", managed("ReadOnlyAccess", "AdministratorAccess"), Allowed},
		{"unheard of", managed("AWSSupportAccess"), Unknown},
		{"the blueprint's PowerUser", pinned().Roles[0].In["prod"], Allowed},
		{"one statement", []configgen.Policy{own(allowed)}, Allowed},
		{"about other things", []configgen.Policy{own(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`)}, Refused},
		{"on some buckets", []configgen.Policy{own(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a"}`)}, Unknown},
		{"with a condition", []configgen.Policy{own(`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)}, Unknown},
		{"denied", append(managed("PowerUserAccess"), own(`[{"Effect":"Deny","Action":"s3:?reateBucket","Resource":"*"}]`)), Refused},
		{"denied but for", append(managed("PowerUserAccess"), own(`[{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}]`)), Allowed},
	}
	for _, tt := range tests {
		if got := mayMakeBuckets(tt.policies); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDocumentsThatMeanTheSame(t *testing.T) {
	one := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b:B","a:A"],"Resource":["*"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}]}`
	for other, want := range map[string]bool{
		` { "Statement": { "Condition":{"Bool":{"aws:MultiFactorAuthPresent":["true"]}},"Resource":"*","Action":["a:A","b:B"],"Effect":"Allow"}, "Version":"2012-10-17" }`: true,
		strings.Replace(one, "Allow", "Deny", 1): false,
		strings.Replace(one, `true`, `false`, 1): false,
		"":                                       false,
	} {
		if got := sameDocument(one, other); got != want {
			t.Errorf("%s: %v", other, got)
		}
	}
}

func TestDifference(t *testing.T) {
	var got []string
	for _, l := range Difference(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:A","Resource":"*"}}`, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a:A","a:B"],"Resource":"*"}}`) {
		got = append(got, string(l.Sign)+l.Text)
	}
	want := []string{" {", `   "Statement": {`, `-    "Action": "a:A",`, `+    "Action": [`, `+      "a:A",`, `+      "a:B"`, `+    ],`, `     "Effect": "Allow",`, `     "Resource": "*"`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestTOTP(t *testing.T) {
	device, err := newTOTP([]byte("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), 30e9)
	if err != nil {
		t.Fatal(err)
	}
	for seconds, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if got := device.code(seconds / 30); got != want {
			t.Errorf("at %d: %s, want %s", seconds, got, want)
		}
	}
	if _, err := newTOTP([]byte("no base32!"), 30e9); err == nil || strings.Contains(err.Error(), "no base32!") {
		t.Errorf("a bad seed: %v", err)
	}
}

func TestClocksAreCompared(t *testing.T) {
	here := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ there, took, want time.Duration }{
		{0, 0, 0},
		{-900 * time.Millisecond, 0, 0}, // the Date is cut to the second
		{time.Second, 3 * time.Second, 0},
		{-10 * time.Second, 0, -9 * time.Second},
		{10 * time.Second, 3 * time.Second, 7 * time.Second},
	} {
		if got := skew(here, here.Add(tt.there), here.Add(tt.took)); got != tt.want {
			t.Errorf("a Date %s off after %s: %s, want %s", tt.there, tt.took, got, tt.want)
		}
	}
}
