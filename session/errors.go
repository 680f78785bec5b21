package session

import (
	"fmt"
	"strings"
	"time"
)

// Kind tells apart what a person can do about an Error.
type Kind string

// The kinds of Error.
const (
	WrongKey    Kind = "AWS does not know the access key"
	WrongSecret Kind = "the secret does not belong to the access key"
	ClockSkew   Kind = "the clock is off"
	WrongCode   Kind = "wrong MFA code"
	WrongSerial Kind = "the MFA device is not one of the user's"
	Denied      Kind = "access denied"
	Expired     Kind = "the session behind it has ended"
	TooLong     Kind = "the role does not allow a session that long"
	NoRegion    Kind = "STS is not active in the region"
	Throttled   Kind = "too many calls"
	Unavailable Kind = "AWS is out of order"
	Refused     Kind = "AWS refused"
	UnknownHost Kind = "the endpoint's name is not known"
	Untrusted   Kind = "the endpoint's certificate is not trusted"
	NoProxy     Kind = "the proxy does not let us through"
	TimedOut    Kind = "no answer in time"
	Unreachable Kind = "AWS cannot be reached"
)

// Error is a call to STS that failed. Its text holds Message as AWS sent it: escape
// it before printing.
type Error struct {
	Kind          Kind
	Profile, Key  string
	Action        Action
	RoleARN       string        // "" unless Action is AssumeRole
	Code, Message string        // AWS's, clipped; "" where there was no answer
	Skew          time.Duration // AWS's clock less this machine's, as measured

	step         Step
	user, device string // of the key, as far as known
	mfa          bool   // a code went into the session behind the call, or into the call
	err          error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("profile %q: %s", e.Profile, e.Action)
	if e.Profile == "" {
		text = fmt.Sprintf("access key %q: %s", e.Key, e.Action)
	}
	if e.RoleARN != "" {
		text += " " + e.RoleARN
	}
	text += ": " + string(e.Kind)
	switch {
	case e.Kind == ClockSkew:
		return text + ": this machine's is " + skewText(e.Skew)
	case e.Code != "":
		return fmt.Sprintf("%s (%s: %s)", text, e.Code, e.Message)
	}
	return text + ": " + clip(cause(e.err).Error())
}

// Unwrap is the SDK's error.
func (e *Error) Unwrap() error { return e.err }

// Hint says what a person can do.
func (e *Error) Hint() string {
	switch e.Kind {
	case WrongKey:
		return "the key is inactive, deleted or of another partition: look in IAM, then store a good one with: secaws add " + e.Key
	case WrongSecret:
		return "store the key again with: secaws add " + e.Key
	case ClockSkew:
		return "set the clock, and have it kept right (NTP)"
	case WrongCode:
		return "if the device is right, it may be out of step: resynchronise it in IAM"
	case WrongSerial:
		return "list the user's devices with: aws iam list-mfa-devices, and put the ARN into mfa_serial (now " + e.step.MFASerial + ")"
	case Denied:
		return e.deniedHint()
	case Expired:
		return "start over with: secaws login " + e.Profile
	case TooLong:
		return "lower duration_seconds in the profile, or raise the role's maximum session duration"
	case NoRegion:
		return "set another region in the profile, or activate " + e.step.Region + " in the account's settings"
	case Throttled, Unavailable, TimedOut:
		return "try again in a minute"
	case UnknownHost, Unreachable:
		return "check the network, the region and the proxy (HTTPS_PROXY)"
	case Untrusted:
		return "if a proxy re-signs connections here, name its certificates in AWS_CA_BUNDLE"
	case NoProxy:
		return "check HTTPS_PROXY and NO_PROXY"
	}
	return ""
}

// deniedHint lists what most often is missing, likeliest first.
func (e *Error) deniedHint() string {
	if e.Action == SessionToken {
		return "the user's policies must not deny sts:GetSessionToken"
	}
	var causes []string
	if !e.mfa {
		causes = append(causes, "the role may ask for MFA (set mfa_serial = "+orElse(e.device, "the device's ARN")+")")
	}
	if e.step.ExternalID == "" {
		causes = append(causes, "for an external ID (external_id)")
	}
	if e.user != "" && e.step.SessionName != e.user {
		causes = append(causes, "for the session name "+e.user+" (role_session_name)")
	}
	causes = append(causes, "its trust policy must name the caller, and a policy of the caller allow sts:AssumeRole")
	return strings.Join(causes, ", ")
}

// Passing reports whether the same call may well succeed later.
func (e *Error) Passing() bool {
	switch e.Kind {
	case Throttled, Unavailable, UnknownHost, NoProxy, TimedOut, Unreachable:
		return true
	}
	return false
}

// skewText tells how far this machine's clock is from AWS's.
func skewText(offset time.Duration) string {
	side := "behind"
	if offset < 0 {
		side = "ahead of"
	}
	return fmt.Sprintf("%d s %s AWS's", seconds(offset.Abs()), side)
}

// clip keeps foreign text to the length of a message.
func clip(s string) string {
	const most = 600
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
