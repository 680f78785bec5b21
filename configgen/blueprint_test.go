package configgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func defaultText(t *testing.T) string {
	t.Helper()
	text, err := BlueprintText(DefaultAnswers())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The table of the reference landing zone: who may do what, where.
func TestDefaultBlueprintIsTheReference(t *testing.T) {
	b := DefaultBlueprint().Pinned(map[string]string{"admin": "111111111111", "infra": "222222222222", "preprod": "333333333333", "prod": "444444444444"})
	var got []string
	for _, g := range b.Grants("") {
		var names []string
		for _, p := range b.PoliciesIn(g.Role, g.Account.Name) {
			names = append(names, p.Name)
		}
		got = append(got, g.Role.Group+" "+g.ARN+" "+strings.Join(names, " "))
	}
	want := []string{
		"Administrators arn:aws:iam::111111111111:role/Admin AdministratorAccess",
		"Operators arn:aws:iam::222222222222:role/Ops PowerUserAccess",
		"DevAdmins arn:aws:iam::222222222222:role/DevAdmin ReadOnlyAccess",
		"Administrators arn:aws:iam::222222222222:role/Admin AdministratorAccess",
		"Operators arn:aws:iam::333333333333:role/Ops PowerUserAccess",
		"DevAdmins arn:aws:iam::333333333333:role/DevAdmin PowerUserAccess",
		"Administrators arn:aws:iam::333333333333:role/Admin AdministratorAccess",
		"Operators arn:aws:iam::444444444444:role/Ops PowerUser",
		"DevAdmins arn:aws:iam::444444444444:role/DevAdmin ReadOnlyAccess",
		"Administrators arn:aws:iam::444444444444:role/Admin AdministratorAccess",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b.Region != "us-west-2" || b.Identity.Bootstrap != "secure-aws-admin" || b.BootstrapDisabled || b.AdminRole != "Admin" {
		t.Errorf("got %+v", b)
	}
	p := b.PasswordPolicy
	if *p.MinimumLength != 14 || *p.Remember != 24 || *p.MaxAgeDays != 180 || !*p.UsersChange || p.Symbols != nil {
		t.Errorf("password policy %+v", p)
	}
}

func TestDocuments(t *testing.T) {
	b := DefaultBlueprint().Pinned(map[string]string{"admin": "111111111111", "infra": "222222222222", "preprod": "333333333333", "prod": "444444444444"})
	ops, _ := b.Role("Ops")
	sealed := ops
	sealed.ExternalID, sealed.MFA = "ticket-7", false
	tests := []struct{ name, got, want string }{
		{"trust", b.TrustPolicy(ops), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`},
		{"trust with external id", b.TrustPolicy(sealed), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"ticket-7","sts:RoleSessionName":"${aws:username}"}}}]}`},
		{"assume", b.AssumePolicy("Operators"), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":["arn:aws:iam::222222222222:role/Ops","arn:aws:iam::333333333333:role/Ops","arn:aws:iam::444444444444:role/Ops"]}]}`},
		{"own document", b.PoliciesIn(ops, "prod")[0].Document, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"},{"Effect":"Allow","Action":"organizations:DescribeOrganization","Resource":"*"}]}`},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// Every statement of the self-management policy allows, asks for MFA, and names the user's own things only.
func TestSelfManagementNeedsMFA(t *testing.T) {
	b := DefaultBlueprint().Pinned(map[string]string{"admin": "111111111111"})
	var doc struct{ Statement []statement }
	if err := json.Unmarshal([]byte(b.SelfManagementPolicy()), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Statement) == 0 {
		t.Fatal("no statement")
	}
	for _, s := range doc.Statement {
		if s.Effect != "Allow" || s.Condition["Bool"]["aws:MultiFactorAuthPresent"] != "true" {
			t.Errorf("%s: effect %q, condition %v", s.Sid, s.Effect, s.Condition)
		}
		if r := fmt.Sprint(s.Resource); !strings.HasSuffix(r, "/${aws:username}") && s.Sid != "PasswordRules" {
			t.Errorf("%s is about %s", s.Sid, r)
		}
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{
		"us-west-2": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
	} {
		answers := DefaultAnswers()
		answers.Region = region
		text, err := BlueprintText(answers)
		if err != nil {
			t.Errorf("%s: %v", region, err)
			continue
		}
		b, _ := ParseBlueprint("b", []byte(text))
		b = b.Pinned(map[string]string{"prod": "444444444444"})
		if got := b.PolicyARN("PowerUserAccess"); got != "arn:"+want+":iam::aws:policy/PowerUserAccess" {
			t.Errorf("%s: %s", region, got)
		}
		prod, _ := b.Account("prod")
		if got := b.RoleARN(prod, "Ops"); got != "arn:"+want+":iam::444444444444:role/Ops" {
			t.Errorf("%s: %s", region, got)
		}
	}
}

// Each case replaces a part of the default text and names the place of the error.
func TestBlueprintErrors(t *testing.T) {
	tests := []struct{ name, old, new, at, want string }{
		{"unknown key", "self_management: true", "self_managment: true", "self_managment", `the blueprint has no key "self_managment"; it has: region, identity, accounts,`},
		{"unknown account key", "bootstrap: secure-aws-infra", "bootsrap: secure-aws-infra", "bootsrap", `account infra has no key "bootsrap"`},
		{"no bootstrap", "bootstrap: secure-aws-infra", "id: 123456789012", "infra:", `account infra names no bootstrap profile`},
		{"wrong type", "minimum_length: 14", "minimum_length: long", "long\n", `minimum_length must be a whole number from 6 to 128`},
		{"out of range", "remember: 24", "remember: 25", "25", `remember must be a whole number from 1 to 24`},
		{"boolean", "users_change: true", "users_change: yes", "yes\n", `users_change must be true or false`},
		{"list wanted", "policies: [PowerUserAccess]", "policies: PowerUserAccess", "PowerUserAccess", `policies must be a list, not "PowerUserAccess"`},
		{"mapping wanted", "  DevAdmin:\n    group: DevAdmins\n    policies: [ReadOnlyAccess]\n    in:\n      preprod: [PowerUserAccess]", "  DevAdmin: x", "x\n  Admin", `role DevAdmin must be a mapping of keys to values, not "x"`},
		{"role name", "  Ops:\n", "  Ops Team:\n", "Ops Team", `"Ops Team" cannot be a role's name`},
		{"group name", "group: Operators", "group: Op/erators", "Op/erators", `"Op/erators" cannot be a group's name`},
		{"no group", "    group: Operators\n", "", "Ops:", `role Ops names no group`},
		{"role twice", "  DevAdmin:\n", "  OPS:\n", "OPS", `role OPS is there twice`},
		{"key twice", "region: us-west-2", "region: us-west-2\nregion: us-east-1", "region: us-east-1", `the blueprint has the key "region" twice`},
		{"account not there", "      preprod: [PowerUserAccess]", "      staging: [PowerUserAccess]", "staging", `role DevAdmin names account "staging", which is not there; there are: admin, infra, preprod, prod`},
		{"default account", "default_account: prod", "default_account: prd", "prd", `default_account names account "prd", which is not there`},
		{"region", "region: us-west-2", "region: Oregon", "Oregon", `"Oregon" cannot be region`},
		{"id", "bootstrap: secure-aws-admin", "bootstrap: secure-aws-admin\n  id: 12345", "12345", `"12345" cannot be an account's id`},
		{"same profile", "bootstrap: secure-aws-infra", "bootstrap: secure-aws-prod", "infra:", `accounts infra and prod have the same bootstrap profile secure-aws-prod`},
		{"policy name", "[PowerUserAccess]", "[Power User]", "Power User", `"Power User" cannot be an AWS managed policy's name`},
		{"policy twice", "[PowerUserAccess]", "[A, A]", "A]", `policy A is in the list twice`},
		{"session", "    group: Operators", "    group: Operators\n    max_session: 13h", "13h", `max_session must be from 1h to 12h`},
		{"external id", "    group: Operators", "    group: Operators\n    external_id: \"a b\"", `"a b"`, `"a b" cannot be an external id`},
		{"effect", "- Effect: Allow", "- Effect: allow", "allow\n", `Effect must be Allow or Deny, not "allow"`},
		{"statement key", "NotAction: [", "NotActions: [", "NotActions", `a Statement has no key "NotActions"; it has: Sid, Effect,`},
		{"both", "NotAction: [", "Action: \"*\"\n                NotAction: [", "Effect: Allow\n                Action: \"*\"", `a Statement needs Action or NotAction, and not both`},
		{"principal", `Resource: "*"`, `Principal: "*"`, "Principal", `a Statement has no key "Principal"`},
		{"action", `"iam:*"`, `"iam"`, `"iam"`, `NotAction "iam": an action reads`},
		{"resource", `Resource: "*"`, `Resource: bucket`, "bucket", `Resource "bucket": a resource is an ARN`},
		{"reserved", "- PowerUser:", "- revoke-ops:", "revoke-ops", `policy name "revoke-ops" is kept for secaws itself`},
		{"template", `profile_name: "{account}-{role}"`, `profile_name: "{account}"`, `"{account}"`, `profile_name must hold {account} and {role}`},
		{"admin role", "admin_role: Admin", "admin_role: Root", "Root", `admin_role "Root" is not one of the roles`},
		{"admin not everywhere", "      admin: [AdministratorAccess]", "      admin: []", "Admin\n\n", `admin_role Admin has no policy in account admin`},
		{"bootstrap", "bootstrap: enabled", "bootstrap: off", "off\n", `bootstrap must be enabled or disabled`},
		{"tab", "region: us-west-2", "region:\n\t- x", "\t- x", ``},
		{"nothing", "region: us-west-2", "region:", "\n\n# Users", `region must be text, not nothing`},
		{"empty", "*", "", "", `one YAML document is wanted`},
		{"two documents", "bootstrap: enabled", "bootstrap: enabled\n---\na: 1", "", `one YAML document is wanted`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(defaultText(t), tt.old, tt.new, 1)
			if tt.old == "*" {
				text = tt.new
			}
			line, column := place(t, text, tt.at)
			want := fmt.Sprintf("b.yaml:%d:%d: %s", line, column, tt.want)
			_, err := ParseBlueprint("b.yaml", []byte(text))
			var at *BlueprintError
			if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), want) || at.More != 0 {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// place returns the line and column, from 1, where part begins in the part of text that is no comment.
func place(t *testing.T, text, part string) (line, column int) {
	t.Helper()
	from := strings.Index(text, "\nregion:") + 1
	i := strings.Index(text[from:], part)
	if i < 0 {
		t.Fatalf("%q is not in the text", part)
	}
	if part == "" {
		return 1, 1
	}
	before := text[:from+i]
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
}

func TestSeveralProblemsAreCounted(t *testing.T) {
	text := strings.NewReplacer("minimum_length: 14", "minimum_length: x", "remember: 24", "remember: x").Replace(defaultText(t))
	_, err := ParseBlueprint("b.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "minimum_length") || !strings.HasSuffix(err.Error(), "(and 1 more)") {
		t.Errorf("got %v", err)
	}
}

func TestAnEnvironmentAndARoleAreOneEntryEach(t *testing.T) {
	text := strings.Replace(defaultText(t), "\naccounts:\n", "\naccounts:\n  staging: {bootstrap: secure-aws-staging}\n", 1)
	text = strings.Replace(text, "\nroles:\n", "\nroles:\n  Audit: {group: Auditors, policies: [SecurityAudit], max_session: 4h, mfa: true}\n", 1)
	b, err := ParseBlueprint("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(b.Grants("Operators")); got != 4 {
		t.Errorf("Operators reach %d accounts, want 4", got)
	}
	audit, _ := b.Role("Audit")
	if got := len(b.Grants("Auditors")); got != 4 || audit.MaxSession != 4*time.Hour {
		t.Errorf("Auditors reach %d accounts for %s", got, audit.MaxSession)
	}
}

func TestSizes(t *testing.T) {
	with := func(accounts int) Blueprint {
		answers := DefaultAnswers()
		for i := range accounts - len(answers.Accounts) {
			name := fmt.Sprintf("env%d", i)
			answers.Accounts = append(answers.Accounts, Account{Name: name, Bootstrap: name})
		}
		text, err := BlueprintText(answers)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := ParseBlueprint("b", []byte(text))
		return b
	}
	if err := with(50).CheckSizes(); err != nil {
		t.Errorf("50 accounts: %v", err)
	}
	err := with(200).CheckSizes()
	var size *SizeError
	if !errors.As(err, &size) || size.Most != MaxGroupInline || !strings.Contains(size.Hint(), "setup export") {
		t.Fatalf("200 accounts: %v", err)
	}
	many := DefaultBlueprint()
	many.Roles[0].Policies = make([]Policy, 11)
	if err := many.CheckSizes(); !errors.As(err, &size) || size.Most != MaxRoleAttached {
		t.Errorf("11 policies: %v", err)
	}
	many.Roles[0].Policies = []Policy{{Name: "P", Document: strings.Repeat("x", MaxRoleInline) + " \n"}}
	if err := many.CheckSizes(); err != nil {
		t.Errorf("white space is counted: %v", err)
	}
	many.Roles[0].Policies[0].Document += "x"
	if err := many.CheckSizes(); !errors.As(err, &size) || size.Most != MaxRoleInline {
		t.Errorf("a document too long: %v", err)
	}
}

func TestPinKeepsEveryOtherByte(t *testing.T) {
	text := strings.Replace(defaultText(t), "  prod:\n    bootstrap: secure-aws-prod\n", "  prod: {bootstrap: secure-aws-prod} # ours\n", 1)
	ids := map[string]string{"admin": "111111111111", "infra": "222222222222", "prod": "444444444444"}
	got, err := PinBlueprint("b", []byte(text), ids)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		"  name: admin\n", "  id: \"111111111111\"\n  name: admin\n",
		"  infra:\n", "  infra:\n    id: \"222222222222\"\n",
		"prod: {bootstrap", "prod: {id: \"444444444444\", bootstrap",
	).Replace(text)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	again, err := PinBlueprint("b", got, map[string]string{"admin": "999999999999", "infra": "222222222222"})
	if err != nil || string(again) != string(got) {
		t.Errorf("pinned again: %v\n%s", err, cmp.Diff(string(got), string(again)))
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("a", 200)
	tests := []struct {
		name string
		fits func(string) bool
		yes  []string
		no   []string
	}{
		{"role", isRoleName, []string{"Ops", "a_+=,.@-", long[:64]}, []string{"", "a b", "a/b", "é", long[:65]}},
		{"group", isGroupName, []string{long[:128]}, []string{"", "a*", long[:129]}},
		{"document", isDocumentName, []string{long[:121]}, []string{long[:122]}},
		{"external id", isExternalID, []string{"ab", "a:/b", strings.Repeat("a", 1224)}, []string{"a", "a b", strings.Repeat("a", 1225)}},
		{"account", isAccountName, []string{"prod", "_a.b-c", "9"}, []string{"", ".a", "-a", "a@b", long[:33]}},
		{"profile", isProfileName, []string{"a@b", "@a", long[:128]}, []string{"", "-a", "a/b", long[:129]}},
		{"account id", isAccountID, []string{"012345678901"}, []string{"", "12345678901", "1234567890123", "12345678901a"}},
		{"managed policy", isManagedName, []string{"PowerUserAccess", "job-function/Billing"}, []string{"", "/A", "A/", "a b", long[:129]}},
		{"region", isRegion, []string{"us-west-2", "us-gov-east-1", "ap-southeast-10"}, []string{"", "us", "us-2", "us-west-", "us-west-100", "US-west-2", "us--west-2"}},
		{"action", isAction, []string{"*", "s3:*", "s3:Get*", "aws-portal:View?"}, []string{"", "s3", "s3:", ":Get", "s3:Get Object"}},
		{"resource", isResource, []string{"*", "arn:aws:s3:::a", "arn:*:*:*:*:*", "arn:aws:iam::1:role/a:b"}, []string{"", "bucket", "arn:aws:s3", "arn:aws:s3:::"}},
	}
	for _, tt := range tests {
		for _, s := range tt.yes {
			if !tt.fits(s) {
				t.Errorf("%s: %q is refused", tt.name, s)
			}
		}
		for _, s := range tt.no {
			if tt.fits(s) {
				t.Errorf("%s: %q is taken", tt.name, s)
			}
		}
	}
}

func FuzzParseBlueprint(f *testing.F) {
	text, err := BlueprintText(DefaultAnswers())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("a: &a [*a]")
	f.Add("roles: {R: {policies: [{P: {Statement: {Effect: Allow, Action: '*', Resource: '*'}}}]}}")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBlueprint("b", []byte(text))
		if err != nil {
			return
		}
		for _, r := range b.Roles {
			for _, a := range b.All() {
				for _, p := range b.PoliciesIn(r, a.Name) {
					if p.Document != "" && !json.Valid([]byte(p.Document)) {
						t.Errorf("document is no JSON: %s", p.Document)
					}
				}
			}
		}
		if pinned, err := PinBlueprint("b", []byte(text), map[string]string{b.Identity.Name: "111111111111"}); err == nil {
			if _, err := ParseBlueprint("b", pinned); err != nil {
				t.Errorf("pinned text does not parse: %v", err)
			}
		}
	})
}
