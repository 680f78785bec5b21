package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
)

func TestPlanIsDrawnWithDifferencesAndWithoutControlBytes(t *testing.T) {
	plan := provision.Changes{
		List: []provision.Change{
			{Account: "prod", Op: provision.Modify, What: "role Ops: trust policy", Before: `{"Action":"sts:AssumeRole"}`, After: `{"Action":"sts:AssumeRole","Condition":{}}`},
			{Account: "prod", Op: provision.Remove, What: "role Ops: policy \x1b[2Jevil", Why: "by hand"},
			{Account: "prod", Op: provision.Add, What: "role Ops: policy PowerUserAccess", After: "{}"},
			{Account: "infra", Op: provision.Add, What: "role Ops"},
		},
		Conflicts: []provision.Conflict{{Account: "prod", What: "role Admin", Why: "there is one that secaws did not make"}},
		Notes:     []provision.Note{{Account: "prod", Text: "something to know"}},
	}
	access := func(name, id string) provision.Access {
		return provision.Access{Account: configgen.Account{Name: name, ID: id}}
	}
	want := `prod (444444444444)
  ~ role Ops: trust policy
        {
      -   "Action": "sts:AssumeRole"
      +   "Action": "sts:AssumeRole",
      +   "Condition": {}
        }
  - role Ops: policy \x1b[2Jevil (by hand)
  + role Ops: policy PowerUserAccess
  ! role Admin: there is one that secaws did not make
    note: something to know

`
	p := painter{}
	p.account(access("prod", "444444444444"), plan)
	p.account(access("preprod", "333333333333"), plan)
	if diff := cmp.Diff(want, p.text.String()); diff != "" {
		t.Error(diff)
	}
	coloured := painter{colours: true}
	coloured.account(access("infra", "222222222222"), plan)
	if got, want := coloured.text.String(), "infra (222222222222)\n\x1b[32m  + role Ops\x1b[0m\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChecksOfOneKindShareARow(t *testing.T) {
	check := func(account, seen string, ok bool) provision.Check {
		return provision.Check{Who: "Operators with MFA", What: "assume Ops", Account: account, Expected: "allowed", Seen: seen, OK: ok}
	}
	checks := []provision.Check{check("infra", "allowed", true), check("prod", "refused", false), check("preprod", "allowed", true)}
	checks = append(checks, provision.Check{Who: "bootstrap", What: "key AKIA", Account: "prod", Expected: "any", Seen: "active", OK: true, Info: true})
	want := [][]string{
		{"", "WHO", "WHAT", "WHERE", "EXPECTED", "SEEN"},
		{"✓", "Operators with MFA", "assume Ops", "infra preprod", "allowed", "allowed"},
		{"✗", "Operators with MFA", "assume Ops", "prod", "allowed", "refused"},
		{"i", "bootstrap", "key AKIA", "prod", "any", "active"},
	}
	if diff := cmp.Diff(want, checkRows(checks)); diff != "" {
		t.Error(diff)
	}
	if got := fewAccounts([]string{"a", "b", "c", "d", "e", "f", "g"}); got != "a b c d e … (7 accounts)" {
		t.Errorf("got %q", got)
	}
}
