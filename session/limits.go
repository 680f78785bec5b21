package session

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of AssumeRole's parameters:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	maxPolicy     = 2048 // characters of the inline policy and the ARNs together
	maxPolicyARNs = 10
	maxTags       = 50
)

// checkAll returns the first limit that p or a role of its chain does not keep.
func checkAll(p Profile, roles []Profile) error {
	length := inherited(p, func(p Profile) time.Duration { return p.SessionDuration })
	if err := within(p, "secaws_session_duration_seconds", length, maxKeySession); err != nil {
		return err
	}
	if err := checkSerial(p, serialOf(p, roles)); err != nil {
		return err
	}
	for _, role := range roles {
		if err := checkRole(role); err != nil {
			return err
		}
	}
	return checkPartition(p, roles)
}

func checkRole(p Profile) error {
	switch {
	case !isRole(p.RoleARN):
		return problem(p, "role_arn %q is not the ARN of a role", p.RoleARN).
			with("it looks like arn:aws:iam::111122223333:role/NAME")
	case p.RoleSessionName != "" && !isSessionName(p.RoleSessionName):
		return problem(p, "role_session_name %q: AWS takes 2 to 64 letters, digits and _+=,.@-", p.RoleSessionName)
	case p.ExternalID != "" && !made(p.ExternalID, 2, 1224, "_+=,.@:/-"):
		return problem(p, "external_id: AWS takes 2 to 1224 letters, digits and _+=,.@:/-")
	case p.SourceIdentity != "" && (!isSessionName(p.SourceIdentity) || strings.HasPrefix(p.SourceIdentity, "aws:")):
		return problem(p, "source identity %q: AWS takes 2 to 64 letters, digits and _+=,.@-", p.SourceIdentity)
	}
	if err := within(p, "duration_seconds", p.Duration, maxRoleSession); err != nil {
		return err
	}
	if err := checkPolicy(p); err != nil {
		return err
	}
	return checkTags(p)
}

func checkSerial(p Profile, serial string) error {
	if serial == "" {
		return nil
	}
	device, isDevice := iamResource(serial)
	switch {
	case isDevice && strings.HasPrefix(device, "u2f/"):
		return problem(p, "MFA device %s is a security key, and STS takes codes only", serial).
			with("add an authenticator app to the user, beside the security key, and name its ARN in mfa_serial")
	case !made(serial, 9, 256, "_+=/:,.@-"), strings.HasPrefix(serial, "arn:") && !strings.HasPrefix(device, "mfa/"):
		return problem(p, "mfa_serial %q is not the ARN or serial number of an MFA device", serial).
			with("it looks like arn:aws:iam::111122223333:mfa/NAME")
	}
	return nil
}

func checkPolicy(p Profile) error {
	size := utf8.RuneCountInString(p.Policy)
	for _, arn := range p.PolicyARNs {
		if !isPolicy(arn) {
			return problem(p, "session policy %q is not the ARN of a policy", arn)
		}
		size += len(arn)
	}
	switch {
	case len(p.PolicyARNs) > maxPolicyARNs:
		return problem(p, "%d session policies: AWS takes %d", len(p.PolicyARNs), maxPolicyARNs)
	case size > maxPolicy:
		return problem(p, "session policies of %d characters: AWS takes %d", size, maxPolicy)
	case p.Policy != "" && (!json.Valid([]byte(p.Policy)) || strings.IndexFunc(p.Policy, beyondLatin1) >= 0):
		return problem(p, "the session policy is not JSON in characters up to U+00FF")
	}
	return nil
}

func checkTags(p Profile) error {
	if len(p.Tags) > maxTags {
		return problem(p, "%d session tags: AWS takes %d", len(p.Tags), maxTags)
	}
	seen := make(map[string]bool)
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		value, folded := p.Tags[key], strings.ToLower(key)
		switch {
		case key == "" || !isTagText(key, 128) || strings.HasPrefix(folded, "aws:"):
			return problem(p, "session tag %q: AWS takes 1 to 128 letters, digits, blanks and _.:/=+-@, not beginning with aws:", key)
		case !isTagText(value, 256):
			return problem(p, "session tag %q: AWS takes up to 256 letters, digits, blanks and _.:/=+-@ as its value", key)
		case seen[folded]:
			return problem(p, "session tag %q is there twice: case does not tell tags apart", key)
		}
		seen[folded] = true
	}
	for _, key := range p.TransitiveTags {
		if !seen[strings.ToLower(key)] {
			return problem(p, "transitive tag %q is not one of the session tags", key)
		}
	}
	return nil
}

// checkDirect refuses the one setting that means nothing without a role.
func checkDirect(p Profile) error {
	if p.Direct {
		return problem(p, "a direct session is one of a role, and the profile has none").
			with("set role_arn, or leave secaws_direct and --direct out")
	}
	return nil
}

func within(p Profile, setting string, d, most time.Duration) error {
	if d == 0 || d >= minDuration && d <= most {
		return nil
	}
	return problem(p, "%s = %d: AWS takes %d to %d", setting, seconds(d), seconds(minDuration), seconds(most))
}

func tooLong(p Profile) error {
	return problem(p, "duration_seconds = %d: a role assumed with the session of another lasts %d at most",
		seconds(p.Duration), seconds(maxRoleChained)).
		with("leave duration_seconds out: a new session is made silently each hour")
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
