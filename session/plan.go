package session

import (
	"maps"
	"slices"
	"time"
)

// Action is the STS operation of a step.
type Action string

// The operations a plan is made of.
const (
	SessionToken Action = "GetSessionToken"
	AssumeRole   Action = "AssumeRole"
)

// Durations STS takes for a session:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	minDuration     = 15 * time.Minute
	maxKeySession   = 36 * time.Hour
	maxRoleSession  = 12 * time.Hour
	maxRoleChained  = time.Hour // of a role assumed with temporary credentials
	usualKeySession = 12 * time.Hour
	usualRole       = time.Hour
)

// Step is one call to STS. The first step of a plan is signed by the long-lived
// key, each other one by the session of the step before it.
type Step struct {
	Action    Action
	MFASerial string `json:",omitempty"` // "" = no code is needed

	RoleARN        string   `json:",omitempty"`
	SessionName    string   `json:",omitempty"`
	ExternalID     string   `json:",omitempty"`
	SourceIdentity string   `json:",omitempty"`
	Policy         string   `json:",omitempty"`
	PolicyARNs     []string `json:",omitempty"`
	Tags           []Tag    `json:",omitempty"` // by key
	TransitiveTags []string `json:",omitempty"`

	Duration time.Duration

	Region   string `json:"-"`          // where the call goes; the session it yields works everywhere
	Endpoint string `json:",omitempty"` // "" = AWS's own
}

// Tag is a session tag.
type Tag struct{ Key, Value string }

// Plan lists the calls that turn the profile's long-lived key into the profile's
// credentials. It checks the limits AWS sets to the parameters and returns a
// *ProfileError for the first that does not hold.
//
// An MFA code is given to a session of the key (GetSessionToken), which every role
// of the same user shares; a role wanted for more than an hour, or directly, takes
// the code itself, since a role assumed with a session lasts an hour at most.
func Plan(p Profile) ([]Step, error) {
	roles := rolesOf(p)
	if err := checkAll(p, roles); err != nil {
		return nil, err
	}
	base := Step{Endpoint: p.Endpoint, Region: region(p, roles)}
	serial := serialOf(p, roles)
	if len(roles) == 0 {
		return []Step{sessionStep(base, p, serial)}, checkDirect(p)
	}
	var steps []Step
	code := serial
	if serial != "" && !takesCode(p, roles[0]) {
		steps = append(steps, sessionStep(base, p, serial))
		code = ""
	}
	for i, role := range roles {
		step := roleStep(base, role)
		if i == 0 {
			step.MFASerial = code
		}
		if len(steps) > 0 && step.Duration > maxRoleChained {
			return nil, tooLong(role)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// rolesOf lists the profiles of p's chain that have a role, from the key outwards.
func rolesOf(p Profile) []Profile {
	var roles []Profile
	for at := &p; at != nil; at = at.Source {
		if at.RoleARN != "" {
			roles = append(roles, *at)
		}
	}
	slices.Reverse(roles)
	return roles
}

// takesCode reports whether the first role of p's chain is assumed with the MFA code itself.
func takesCode(p, first Profile) bool {
	return p.Direct || first.Direct || first.Duration > maxRoleChained
}

// serialOf is the MFA device of the key's user. The profile that assumes the first
// role knows best, then what it inherits; a serial further out in the chain can only
// have been meant for the same user.
func serialOf(p Profile, roles []Profile) string {
	if len(roles) > 0 {
		if serial := inherited(roles[0], func(p Profile) string { return p.MFASerial }); serial != "" {
			return serial
		}
	}
	return inherited(p, func(p Profile) string { return p.MFASerial })
}

// inherited is the first value along p's chain that is not the zero value.
func inherited[T comparable](p Profile, of func(Profile) T) T {
	var zero T
	for at := &p; at != nil; at = at.Source {
		if v := of(*at); v != zero {
			return v
		}
	}
	return zero
}

func mfaProcess(p Profile) []string {
	for at := &p; at != nil; at = at.Source {
		if len(at.MFAProcess) > 0 {
			return at.MFAProcess
		}
	}
	return nil
}

func sessionStep(base Step, p Profile, serial string) Step {
	base.Action = SessionToken
	base.MFASerial = serial
	base.Duration = orElse(inherited(p, func(p Profile) time.Duration { return p.SessionDuration }), usualKeySession)
	return base
}

func roleStep(base Step, p Profile) Step {
	base.Action = AssumeRole
	base.RoleARN = p.RoleARN
	base.SessionName = p.RoleSessionName
	base.ExternalID = p.ExternalID
	base.SourceIdentity = p.SourceIdentity
	base.Policy = p.Policy
	base.PolicyARNs = p.PolicyARNs
	base.TransitiveTags = p.TransitiveTags
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		base.Tags = append(base.Tags, Tag{key, p.Tags[key]})
	}
	base.Duration = orElse(p.Duration, usualRole)
	return base
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
