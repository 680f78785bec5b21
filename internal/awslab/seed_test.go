package awslab

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/awslab/policy"
)

func newSeeded(t *testing.T, o Options) *Lab {
	t.Helper()
	lab, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

func TestSeedsAreTheNamedOnes(t *testing.T) {
	if _, err := New(Options{Seed: "else"}); err == nil {
		t.Error("an unknown seed was taken")
	}
	profiles := func(o Options) (names []string) {
		for _, p := range newSeeded(t, o).Profiles() {
			names = append(names, p.Name+" "+p.Account+" "+p.User)
		}
		return names
	}
	four := []string{
		"secure-aws-admin 111111111111 bootstrap", "secure-aws-infra 222222222222 bootstrap",
		"secure-aws-preprod 333333333333 bootstrap", "secure-aws-prod 444444444444 bootstrap",
	}
	if diff := cmp.Diff(four, profiles(Options{})); diff != "" {
		t.Error(diff)
	}
	zone := append(four[:4:4], "ops 111111111111 ops", "dev 111111111111 dev", "admin 111111111111 admin")
	if diff := cmp.Diff(zone, profiles(Options{Seed: SeedLandingZone})); diff != "" {
		t.Error(diff)
	}
	six := append(four[:4:4], "secure-aws-env5 000000000005 bootstrap", "secure-aws-env6 000000000006 bootstrap")
	if diff := cmp.Diff(six, profiles(Options{Accounts: 6})); diff != "" {
		t.Error(diff)
	}
}

// zone is the default blueprint for the lab's accounts, and what it wants of each.
func zone() (b configgen.Blueprint, ids map[string]string) {
	ids = map[string]string{"admin": "111111111111", "infra": "222222222222", "preprod": "333333333333", "prod": "444444444444"}
	return configgen.DefaultBlueprint().Pinned(ids), ids
}

// TestLandingZoneIsTheBlueprints holds the seed, written apart, to what secaws makes:
// same roles, groups, documents and marks, and nothing beside.
func TestLandingZoneIsTheBlueprints(t *testing.T) {
	b, ids := zone()
	accounts := newSeeded(t, Options{Seed: SeedLandingZone}).state.Accounts
	for name, id := range ids {
		account, _ := b.Account(name)
		want, have := provision.Wanted(b, account), accounts[id]
		if len(have.Roles) != len(want.Roles) || len(have.Groups) != len(want.Groups) {
			t.Errorf("%s has %d roles and %d groups, want %d and %d", name, len(have.Roles), len(have.Groups), len(want.Roles), len(want.Groups))
		}
		for _, w := range want.Roles {
			h := have.Roles[fold(w.Name)]
			if h == nil {
				t.Errorf("%s has no role %s", name, w.Name)
				continue
			}
			if h.Path != w.Path || h.MaxSession != time.Duration(w.MaxSession)*time.Second || h.Boundary != "" || !equal(h.Attached, w.Managed) || !marked(h.Tags, w.Tags) {
				t.Errorf("%s: role %+v, want %+v", name, h, w)
			}
			sameDocuments(t, name+" "+w.Name, h.Inline, w.Inline)
			sameDocuments(t, name+" "+w.Name, map[string]string{"trust": h.Trust}, map[string]string{"trust": w.Trust})
		}
		for _, w := range want.Groups {
			h := have.Groups[fold(w.Name)]
			if h == nil || h.Path != w.Path || len(h.Attached) != 0 {
				t.Errorf("%s: group %+v, want %+v", name, h, w)
				continue
			}
			sameDocuments(t, name+" "+w.Name, h.Inline, w.Inline)
		}
	}
}

func equal(a, b []string) bool { return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b)) }

// marked tells whether the tags want are among have.
func marked(have []Tag, want map[string]string) bool {
	n := 0
	for _, t := range have {
		if want[t.Key] == t.Value {
			n++
		}
	}
	return n == len(want)
}

func sameDocuments(t *testing.T, where string, have, want map[string]string) {
	t.Helper()
	decoded := func(documents map[string]string) map[string]any {
		all := map[string]any{}
		for name, text := range documents {
			var d any
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				t.Errorf("%s: %s: %v", where, name, err)
			}
			all[name] = d
		}
		return all
	}
	if diff := cmp.Diff(decoded(want), decoded(have)); diff != "" {
		t.Errorf("%s: want -, have +\n%s", where, diff)
	}
}

func TestSeededDocumentsAreAccepted(t *testing.T) {
	for id, a := range newSeeded(t, Options{Seed: SeedLandingZone}).state.Accounts {
		for _, r := range a.Roles {
			if _, err := policy.ParseTrust([]byte(r.Trust)); err != nil {
				t.Errorf("%s %s: %v", id, r.Name, err)
			}
		}
		for _, g := range a.Groups {
			for name, text := range g.Inline {
				if _, err := policy.Parse([]byte(text)); err != nil {
					t.Errorf("%s %s %s: %v", id, g.Name, name, err)
				}
			}
		}
	}
}

// TestDefaultPasswordPolicy holds the seed to the blueprint's.
func TestDefaultPasswordPolicy(t *testing.T) {
	b, _ := zone()
	have := newSeeded(t, Options{Seed: SeedLandingZone}).state.Accounts[adminAccount].PasswordPolicy
	if have == nil || have.MinimumLength != *b.PasswordPolicy.MinimumLength || have.ReusePrevention != *b.PasswordPolicy.Remember ||
		have.MaxAge != *b.PasswordPolicy.MaxAgeDays || have.AllowChange != *b.PasswordPolicy.UsersChange {
		t.Errorf("got %+v, want %+v", have, b.PasswordPolicy)
	}
}
