package provision

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/configgen"
)

const (
	ours    = "AKIAOURS000000000000"
	theirs  = "AKIATHEIRS0000000000"
	serial  = "arn:aws:iam::111111111111:mfa/ops"
	other   = "arn:aws:iam::111111111111:mfa/old-phone"
	fido    = "arn:aws:iam::111111111111:u2f/user/ops/key"
	userARN = "arn:aws:iam::111111111111:user/ops"
)

func described(steps []PersonStep) []string {
	var lines []string
	for _, s := range steps {
		lines = append(lines, s.Describe("ops"))
	}
	return lines
}

func TestPlanEnrolment(t *testing.T) {
	used := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		want   Enrolment
		person Person
		got    []string
		err    error
	}{
		{
			name: "nobody yet", want: Enrolment{Name: "ops", Group: "Operators"}, person: Person{Name: "ops"},
			got: []string{
				"create user ops", "add ops to group Operators",
				"create an access key for ops, straight into the keychain", "enrol an MFA device for ops",
			},
		},
		{
			name: "killed after the key was made and before it was stored", want: Enrolment{Name: "ops", Group: "Operators"},
			person: Person{Name: "ops", ARN: userARN, Enrolling: true, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: theirs, Active: true}}},
			got: []string{
				"delete key " + theirs, "create an access key for ops, straight into the keychain", "enrol an MFA device for ops",
			},
		},
		{
			name: "killed before the device was enabled", want: Enrolment{Name: "ops", Group: "Operators", LocalKey: ours},
			person: Person{Name: "ops", ARN: userARN, Enrolling: true, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: ours, Active: true}}, Unassigned: []string{serial}},
			got:    []string{"delete MFA device " + serial, "enrol an MFA device for ops"},
		},
		{
			name: "all there", want: Enrolment{Name: "ops", Group: "Operators", LocalKey: ours},
			person: Person{Name: "ops", ARN: userARN, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: ours, Active: true}}, Devices: []string{serial}},
		},
		{
			name: "disabled before", want: Enrolment{Name: "ops", Group: "Operators", LocalKey: ours},
			person: Person{Name: "ops", ARN: userARN, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: ours}}, Devices: []string{serial}},
			got:    []string{"activate key " + ours},
		},
		{
			name: "a colleague works elsewhere", want: Enrolment{Name: "ops", Group: "Operators"},
			person: Person{Name: "ops", ARN: userARN, Keys: []PersonKey{{ID: theirs, Active: true, LastUsed: used}}, Devices: []string{serial}},
			err:    &ForeignKeyError{User: "ops", KeyID: theirs},
		},
		{
			name: "a key somebody has used is never a leftover", want: Enrolment{Name: "ops", Group: "Operators"},
			person: Person{Name: "ops", ARN: userARN, Enrolling: true, Keys: []PersonKey{{ID: theirs, Active: true, LastUsed: used}}},
			err:    &ForeignKeyError{User: "ops", KeyID: theirs},
		},
		{
			name: "asked to replace it", want: Enrolment{Name: "ops", Group: "Operators", ReplaceKeys: true},
			person: Person{Name: "ops", ARN: userARN, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: theirs, Active: true, LastUsed: used}}, Devices: []string{serial}},
			got:    []string{"mark ops as being enrolled", "delete key " + theirs, "create an access key for ops, straight into the keychain"},
		},
		{
			name: "made by others: what a kill leaves must be known for ours", want: Enrolment{Name: "ops", Group: "Operators"},
			person: Person{Name: "ops", ARN: userARN, Groups: []string{"Operators"}},
			got: []string{
				"mark ops as being enrolled", "create an access key for ops, straight into the keychain", "enrol an MFA device for ops",
			},
		},
		{
			name: "a security key does not do for STS", want: Enrolment{Name: "ops", Group: "Operators", LocalKey: ours},
			person: Person{Name: "ops", ARN: userARN, Enrolling: true, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: ours, Active: true}}, SecurityKeys: []string{fido}},
			got:    []string{"enrol an MFA device for ops"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps, err := PlanEnrolment(tt.want, tt.person)
			if diff := cmp.Diff(tt.got, described(steps)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			var foreign *ForeignKeyError
			if (tt.err != nil) != errors.As(err, &foreign) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}

func TestPlanRemoval(t *testing.T) {
	full := Person{
		Name: "ops", ARN: userARN, Console: true, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: ours}},
		Devices: []string{serial, other, "GAHT12345678"}, SecurityKeys: []string{fido}, Policies: []string{configgen.EnrolPolicyName}, Attached: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
	}
	want := []string{
		"delete key " + ours, "delete the console password of ops", "take ops out of group Operators",
		"deactivate MFA device " + serial, "delete MFA device " + serial,
		"mark ops as losing MFA device " + other, "deactivate MFA device " + other, "delete MFA device " + other, "take that mark from ops",
		"deactivate MFA device GAHT12345678", "deactivate MFA device " + fido,
		"detach arn:aws:iam::aws:policy/ReadOnlyAccess from ops", "delete policy secaws-enrol of ops", "delete user ops",
	}
	if diff := cmp.Diff(want, described(PlanRemoval(full))); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got := PlanRemoval(Person{Name: "ops"}); len(got) != 0 {
		t.Errorf("a user that is gone is removed by %v", described(got))
	}
	if got := described(PlanRemoval(Person{Name: "ops", Unassigned: []string{serial}})); !cmp.Equal(got, []string{"delete MFA device " + serial}) {
		t.Errorf("a device left behind: %v", got)
	}
}

// A device that is not named after its user would be nobody's once it is deactivated: the user bears its mark until it
// is deleted.
func TestPlanResetMFA(t *testing.T) {
	tests := map[string]struct {
		person Person
		want   []string
	}{
		"named after the user": {Person{Name: "ops", Devices: []string{serial}}, []string{
			"deactivate MFA device " + serial, "delete MFA device " + serial, "enrol an MFA device for ops",
		}},
		"named otherwise": {Person{Name: "ops", Devices: []string{other}}, []string{
			"mark ops as losing MFA device " + other, "deactivate MFA device " + other, "delete MFA device " + other, "take that mark from ops",
			"enrol an MFA device for ops",
		}},
		"killed after it was deactivated": {Person{Name: "ops", Leaving: other, Unassigned: []string{other}}, []string{
			"delete MFA device " + other, "take that mark from ops", "enrol an MFA device for ops",
		}},
		"killed after it was deleted": {Person{Name: "ops", Leaving: other}, []string{
			"take that mark from ops", "enrol an MFA device for ops",
		}},
		"a security key stays": {Person{Name: "ops", SecurityKeys: []string{fido}}, []string{"enrol an MFA device for ops"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, described(PlanResetMFA(test.person))); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisableThenEnableIsNothing(t *testing.T) {
	p := Person{Name: "ops", ARN: userARN, Keys: []PersonKey{{ID: ours, Active: true}}}
	if got, want := described(PlanDisable(p)), []string{"deny ops everything", "deactivate key " + ours}; !cmp.Equal(got, want) {
		t.Errorf("disable: %v, want %v", got, want)
	}
	off := Person{Name: "ops", ARN: userARN, Keys: []PersonKey{{ID: ours}}, Policies: []string{configgen.DenyPolicyName}}
	if got := PlanDisable(off); len(got) != 0 {
		t.Errorf("disabling twice: %v", described(got))
	}
	if got, want := described(PlanEnable(off)), []string{"activate key " + ours, "delete policy secaws-denied of ops"}; !cmp.Equal(got, want) {
		t.Errorf("enable: %v, want %v", got, want)
	}
}

func TestPlanInvitation(t *testing.T) {
	again := Person{Name: "ops", ARN: userARN, Enrolling: true, Groups: []string{"Operators"}, Keys: []PersonKey{{ID: theirs, LastUsed: time.Unix(1, 0)}}}
	steps, err := PlanInvitation(Enrolment{Name: "ops", Group: "Operators"}, again)
	want := []string{
		"delete key " + theirs, "create an access key for ops, straight into the invitation", "let ops enrol an MFA device within 24 h",
	}
	if diff := cmp.Diff(want, described(steps)); diff != "" || err != nil {
		t.Errorf("invited again: %v (-want +got):\n%s", err, diff)
	}
	if _, err := PlanInvitation(Enrolment{Name: "ops", Group: "Operators"}, Person{Name: "ops", ARN: userARN, Devices: []string{serial}}); err == nil {
		t.Error("a user with a device is invited")
	}
	again.Devices, again.Invited = []string{serial}, theirs
	steps, err = PlanInvitation(Enrolment{Name: "ops", Group: "Operators"}, again)
	want = append([]string{"deactivate MFA device " + serial, "delete MFA device " + serial}, want...)
	if diff := cmp.Diff(want, described(steps)); diff != "" || err != nil {
		t.Errorf("invited again after half a join: %v (-want +got):\n%s", err, diff)
	}
}
