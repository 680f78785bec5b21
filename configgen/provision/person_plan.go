package provision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secaws/secaws/configgen"
)

// PersonAction is one kind of thing done to a user.
type PersonAction int

// The actions, each safe to repeat.
const (
	CreateUser PersonAction = iota
	JoinGroup
	LeaveGroup
	BeginEnrolment // mark the user, so that what a stopped run leaves is known for ours
	CreateKey      // and store it
	ActivateKey
	DeactivateKey
	DeleteKey
	EnrolDevice // create, show, enable with two codes
	NoteDevice  // mark the user with a device that is called otherwise, so that a run that is stopped finds it again
	DeactivateDevice
	DeleteDevice
	ForgetDevice // take that mark away
	InviteDevice // allow the user, for a day, to enrol the device alone
	DenyAll
	DeleteUserPolicy
	DetachPolicy
	DeleteConsole
	DeleteUser
	FinishEnrolment
)

// PersonStep is one action and what it is done to: a group, a key id, a serial number, a policy, where a new key goes;
// "" where the user alone says it.
type PersonStep struct {
	Do PersonAction
	Of string
}

// Enrolment is a user as it shall be.
type Enrolment struct {
	Name        string
	Group       string
	LocalKey    string // id of the key of that name in the keychain, "" without
	ReplaceKeys bool   // keys of the user that are not in the keychain may be deleted
}

// PlanEnrolment decides what is still to be done for a user in p's state to be enrolled: nothing twice, and nothing
// that would take a working key or phone from somebody. An error says what stands in the way.
func PlanEnrolment(want Enrolment, p Person) ([]PersonStep, error) {
	var steps []PersonStep
	if !p.Exists() {
		steps = append(steps, PersonStep{CreateUser, ""})
	}
	if !slices.Contains(p.Groups, want.Group) {
		steps = append(steps, PersonStep{JoinGroup, want.Group})
	}
	keys, err := planKeys(want, p)
	if err != nil {
		return nil, err
	}
	rest := append(keys, PlanDevice(p)...)
	if p.Exists() && !p.Enrolling && slices.ContainsFunc(rest, makes) {
		steps = append(steps, PersonStep{BeginEnrolment, ""})
	}
	return append(steps, rest...), nil
}

// makes tells whether a run that is stopped in the step may leave something that nobody holds.
func makes(s PersonStep) bool { return s.Do == CreateKey || s.Do == EnrolDevice }

// PlanDevice gives a user one device that shows codes, beside a security key too: STS takes no other.
func PlanDevice(p Person) []PersonStep {
	if len(p.Devices) > 0 {
		return nil
	}
	return append(dropUnassigned(p), PersonStep{EnrolDevice, ""})
}

// planKeys keeps the key that is both in IAM and in the keychain, or makes one.
func planKeys(want Enrolment, p Person) ([]PersonStep, error) {
	var steps []PersonStep
	have := false
	for _, k := range p.Keys {
		switch {
		case k.ID == want.LocalKey:
			have = true
			if !k.Active {
				steps = append(steps, PersonStep{ActivateKey, k.ID})
			}
		case p.Enrolling && k.LastUsed.IsZero(), want.ReplaceKeys:
			steps = append(steps, PersonStep{DeleteKey, k.ID})
		default:
			return nil, &ForeignKeyError{User: p.Name, KeyID: k.ID}
		}
	}
	if !have {
		steps = append(steps, PersonStep{CreateKey, "keychain"})
	}
	return steps, nil
}

// PlanInvitation is PlanEnrolment for a colleague at another machine, where device and codes are theirs. What an
// invitation that was not followed to its end has left gives way.
func PlanInvitation(want Enrolment, p Person) ([]PersonStep, error) {
	if len(p.Devices) > 0 && p.Invited == "" {
		return nil, &HasDeviceError{User: p.Name}
	}
	before := append(dropUnassigned(p), dropDevices(p.Name, p.Devices)...)
	want.LocalKey, p.Devices, p.Unassigned, p.Leaving = "", nil, nil, ""
	want.ReplaceKeys = want.ReplaceKeys || p.Enrolling // a first invitation that was never taken up
	steps, err := PlanEnrolment(want, p)
	if err != nil {
		return nil, err
	}
	last := len(steps) - 1
	steps[last-1].Of, steps[last] = "invitation", PersonStep{InviteDevice, ""} // the two that every invitation ends with
	return append(before, steps...), nil
}

// PlanFinish ends an enrolment: marks and rights that only it needed go. The policy goes last: Joined finds the user by
// it when a run is stopped between the two.
func PlanFinish(p Person) []PersonStep {
	var steps []PersonStep
	if p.Enrolling {
		steps = append(steps, PersonStep{FinishEnrolment, ""})
	}
	if slices.Contains(p.Policies, configgen.EnrolPolicyName) {
		steps = append(steps, PersonStep{DeleteUserPolicy, configgen.EnrolPolicyName})
	}
	return steps
}

// PlanResetMFA replaces the user's devices that show codes by a new one. Security keys are no phones, and stay.
func PlanResetMFA(p Person) []PersonStep {
	steps := append(dropUnassigned(p), dropDevices(p.Name, p.Devices)...)
	return append(steps, PersonStep{EnrolDevice, ""})
}

func dropDevices(user string, serials []string) []PersonStep {
	var steps []PersonStep
	for _, serial := range serials {
		switch {
		case !virtual(serial):
			steps = append(steps, PersonStep{DeactivateDevice, serial})
		case namedAfter(serial, user):
			steps = append(steps, PersonStep{DeactivateDevice, serial}, PersonStep{DeleteDevice, serial})
		default:
			steps = append(steps, PersonStep{NoteDevice, serial}, PersonStep{DeactivateDevice, serial},
				PersonStep{DeleteDevice, serial}, PersonStep{ForgetDevice, ""})
		}
	}
	return steps
}

// PlanRemoval takes everything from the user in the order IAM asks for, rights first:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func PlanRemoval(p Person) []PersonStep {
	if !p.Exists() {
		return dropUnassigned(p)
	}
	var steps []PersonStep
	for _, k := range p.Keys {
		steps = append(steps, PersonStep{DeleteKey, k.ID})
	}
	if p.Console {
		steps = append(steps, PersonStep{DeleteConsole, ""})
	}
	for _, g := range p.Groups {
		steps = append(steps, PersonStep{LeaveGroup, g})
	}
	steps = append(steps, dropUnassigned(p)...)
	steps = append(steps, dropDevices(p.Name, slices.Concat(p.Devices, p.SecurityKeys))...)
	for _, arn := range p.Attached {
		steps = append(steps, PersonStep{DetachPolicy, arn})
	}
	for _, name := range p.Policies {
		steps = append(steps, PersonStep{DeleteUserPolicy, name})
	}
	return append(steps, PersonStep{DeleteUser, ""})
}

// PlanDisable takes the user's rights, keys and console without deleting anything.
func PlanDisable(p Person) []PersonStep {
	var steps []PersonStep
	if !slices.Contains(p.Policies, configgen.DenyPolicyName) {
		steps = append(steps, PersonStep{DenyAll, ""})
	}
	for _, k := range p.Keys {
		if k.Active {
			steps = append(steps, PersonStep{DeactivateKey, k.ID})
		}
	}
	return steps
}

// PlanEnable undoes PlanDisable.
func PlanEnable(p Person) []PersonStep {
	var steps []PersonStep
	for _, k := range p.Keys {
		if !k.Active {
			steps = append(steps, PersonStep{ActivateKey, k.ID})
		}
	}
	if slices.Contains(p.Policies, configgen.DenyPolicyName) {
		steps = append(steps, PersonStep{DeleteUserPolicy, configgen.DenyPolicyName})
	}
	return steps
}

func dropUnassigned(p Person) []PersonStep {
	var steps []PersonStep
	for _, serial := range p.Unassigned {
		steps = append(steps, PersonStep{DeleteDevice, serial})
	}
	if p.Leaving != "" {
		steps = append(steps, PersonStep{ForgetDevice, ""})
	}
	return steps
}

// virtual tells a virtual device's serial number from those of hardware, which are gone once deactivated.
func virtual(serial string) bool { return strings.Contains(serial, ":mfa/") }

// HasDeviceError is a user who cannot be invited: to replace a phone is another thing.
type HasDeviceError struct{ User string }

func (e *HasDeviceError) Error() string {
	return "user " + e.User + " has an MFA device already: joined, or made otherwise"
}

// Hint names the ways on.
func (e *HasDeviceError) Hint() string {
	return "for a lost phone: secaws user reset-mfa " + e.User + "; to begin anew: secaws user remove " + e.User
}

// ForeignKeyError is a key of the user that is not in this keychain and may be in use elsewhere.
type ForeignKeyError struct{ User, KeyID string }

func (e *ForeignKeyError) Error() string {
	return fmt.Sprintf("user %s has the access key %s, which is not in this keychain", e.User, e.KeyID)
}

// Hint names the ways on.
func (e *ForeignKeyError) Hint() string {
	return "store it with: secaws add " + e.User + "; or, if nobody needs it, go on with --replace-keys"
}
