package provision

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFindings(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	key := func(id string, age int) PersonKey {
		return PersonKey{ID: id, Active: true, Created: ago(age), LastUsed: ago(1)}
	}
	tests := map[string]struct {
		person Person
		want   []string
	}{
		"nothing to say": {Person{Devices: []string{serial}, Keys: []PersonKey{key(ours, 89)}}, nil},
		"without MFA":    {Person{Keys: []PersonKey{key(ours, 1)}}, []string{"no MFA"}},
		"a security key": {Person{SecurityKeys: []string{fido}}, []string{"a security key only, which STS does not take"}},
		"an old key":     {Person{Devices: []string{serial}, Keys: []PersonKey{key(ours, 91)}}, []string{"key " + ours + " is 91 days old"}},
		"two keys":       {Person{Devices: []string{serial}, Keys: []PersonKey{key(ours, 1), key(theirs, 2)}}, []string{"two keys"}},
		"an old key that is off": {
			Person{Devices: []string{serial}, Keys: []PersonKey{key(ours, 1), {ID: theirs, Created: ago(900)}}}, nil,
		},
		"never seen":           {Person{Devices: []string{serial}, Keys: []PersonKey{{ID: ours, Active: true, Created: ago(1)}}}, []string{"never used"}},
		"console, never seen":  {Person{Devices: []string{serial}, Console: true}, []string{"never used"}},
		"console, seen lately": {Person{Devices: []string{serial}, Console: true, PasswordLastUsed: ago(2)}, nil},
		"an enrolment that was not finished": {
			Person{Enrolling: true, Keys: []PersonKey{{ID: ours, Active: true, Created: ago(100)}}},
			[]string{"no MFA", "not enrolled to the end", "key " + ours + " is 100 days old", "never used"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.person.Findings(now)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A password has one of each kind of character, whatever a policy asks for, and no two are alike.
func TestPasswordSatisfiesAnyPolicy(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		password, err := newPassword(passwordLength)
		if err != nil || len(password) != passwordLength || seen[password] {
			t.Fatalf("a password of %d characters, seen before: %v, error %v", len(password), seen[password], err)
		}
		seen[password] = true
		for _, alphabet := range passwordAlphabets {
			if !strings.ContainsAny(password, alphabet) {
				t.Errorf("a password has none of %s", alphabet)
			}
		}
	}
}
