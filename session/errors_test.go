package session

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// What a person reads, for every kind of failure.
func TestErrorTexts(t *testing.T) {
	token := Error{Profile: "Ops", Key: "ops", Action: SessionToken, Code: "Code", Message: "Message", step: Step{MFASerial: device}, user: "ops"}
	role := Error{Profile: "Ops", Key: "ops", Action: AssumeRole, RoleARN: roleOps, Code: "AccessDenied", Message: "no", user: "ops",
		step: Step{SessionName: "ops", Region: "ap-east-1"}}
	with := func(e Error, edit func(*Error)) *Error { edit(&e); return &e }
	kind := func(k Kind) *Error { return with(token, func(e *Error) { e.Kind = k }) }
	network := func(k Kind) *Error {
		return with(token, func(e *Error) { e.Kind, e.Code, e.err = k, "", errors.New("dial tcp: refused") })
	}
	tests := []struct {
		err         *Error
		text, hint  string
		willSucceed bool
	}{
		{kind(WrongKey), "AWS does not know the access key (Code: Message)", "secaws add ops", false},
		{kind(WrongSecret), "the secret does not belong to the access key (Code: Message)", "secaws add ops", false},
		{with(token, func(e *Error) { e.Kind, e.Skew = ClockSkew, 90*time.Minute }), "the clock is off: this machine's is 5400 s behind AWS's", "NTP", false},
		{with(token, func(e *Error) { e.Kind, e.Skew = ClockSkew, -time.Hour }), "the clock is off: this machine's is 3600 s ahead of AWS's", "NTP", false},
		{kind(WrongCode), "wrong MFA code (Code: Message)", "resynchronise", false},
		{kind(WrongSerial), "not one of the user's (Code: Message)", device, false},
		{kind(Expired), "has ended (Code: Message)", "secaws login Ops", false},
		{kind(TooLong), "session that long (Code: Message)", "duration_seconds", false},
		{with(role, func(e *Error) { e.Kind = NoRegion }), "not active in the region (AccessDenied: no)", "ap-east-1", false},
		{kind(Throttled), "too many calls (Code: Message)", "again", true},
		{kind(Unavailable), "out of order (Code: Message)", "again", true},
		{kind(Refused), "AWS refused (Code: Message)", "", false},
		{network(UnknownHost), "name is not known: dial tcp: refused", "region", true},
		{network(Untrusted), "certificate is not trusted: dial tcp: refused", "AWS_CA_BUNDLE", false},
		{network(NoProxy), "does not let us through: dial tcp: refused", "HTTPS_PROXY", true},
		{network(TimedOut), "no answer in time: dial tcp: refused", "again", true},
		{network(Unreachable), "cannot be reached: dial tcp: refused", "HTTPS_PROXY", true},
		{kind(Denied), "access denied (Code: Message)", "sts:GetSessionToken", false},
		{with(role, func(e *Error) { e.Kind = Denied }), "AssumeRole " + roleOps + ": access denied (AccessDenied: no)",
			"the role may ask for MFA (set mfa_serial = the device's ARN), for an external ID (external_id), its trust policy must name", false},
		{with(role, func(e *Error) { e.Kind, e.mfa, e.step.ExternalID, e.step.SessionName = Denied, true, "abc", "mine" }), "access denied",
			"for the session name ops (role_session_name), its trust policy", false},
		{with(role, func(e *Error) { e.Kind, e.mfa, e.step.ExternalID = Denied, true, "abc" }), "access denied", "its trust policy must name the caller", false},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); !strings.HasPrefix(got, `profile "Ops": `+string(tt.err.Action)) || !strings.Contains(got, tt.text) {
			t.Errorf("%s: error %q, want %q in it", tt.err.Kind, got, tt.text)
		}
		if got := tt.err.Hint(); !strings.Contains(got, tt.hint) || tt.hint == "" && got != "" {
			t.Errorf("%s: hint %q, want %q in it", tt.err.Kind, got, tt.hint)
		}
		if got := tt.err.Passing(); got != tt.willSucceed {
			t.Errorf("%s: passing %v", tt.err.Kind, got)
		}
	}
}

func TestOtherErrorTexts(t *testing.T) {
	refused := func(endpoint string) (e *EndpointError) {
		if !errors.As(CheckEndpoint(endpoint, ""), &e) {
			t.Fatalf("%s is not refused", endpoint)
		}
		return e
	}
	tests := []struct {
		err interface {
			error
			Hint() string
		}
		text, hint string
	}{
		{&NoTerminalError{"Ops"}, `profile "Ops": an MFA code is needed, and there is no terminal to ask on`, "in a terminal, run: secaws login Ops"},
		{&PassedError{"Ops", outcomeCanceled}, `profile "Ops": the MFA code was asked for by another process, and canceled there`, "to try again: secaws login Ops"},
		{&PassedError{"Ops", outcomeRefused}, `profile "Ops": the MFA code was asked for by another process, which got no session for it`, "to try again: secaws login Ops"},
		{&BusyError{"Ops", ""}, `profile "Ops": another process is still getting this session`, "answer its prompt for the MFA code, or end it and run: secaws login Ops"},
		{&CodeError{"Ops", "a code is six digits"}, `profile "Ops": MFA code: a code is six digits`, "type the six digits the device shows, each code once"},
		{problem(Profile{Name: "Ops"}, "no").with("do"), `profile "Ops": no`, "do"},
		{refused("https://evil.example/x"), "endpoint https://evil.example/x: not an endpoint of AWS, and the profile does not name it",
			"unset it where it is set (AWS_ENDPOINT_URL, endpoint_url), or if it is yours, name it in the profile: secaws_trusted_endpoint = evil.example"},
		{refused("http://lab:4566"), "endpoint http://lab:4566: plain http is for this machine only",
			"unset it where it is set (AWS_ENDPOINT_URL, endpoint_url), or if it is yours, name it in the profile: secaws_trusted_endpoint = http://lab:4566"},
		{refused("https://u:pw@x"), "endpoint https://u:xxxxx@x: not a plain http or https address",
			"unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS, or endpoint_url in the profile"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.text {
			t.Errorf("error %q, want %q", got, tt.text)
		}
		if got := tt.err.Hint(); got != tt.hint {
			t.Errorf("hint %q, want %q", got, tt.hint)
		}
	}
}

func TestClip(t *testing.T) {
	if got := clip("short \u009b"); got != "short \u009b" {
		t.Errorf("a short text became %q: it is for the printer to escape", got)
	}
	if got := clip(strings.Repeat("é", 1000)); len(got) > 610 || !utf8.ValidString(got) || !strings.HasSuffix(got, "é…") {
		t.Errorf("a long text became %d bytes, ending %q", len(got), got[len(got)-8:])
	}
}

func TestUptime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux only")
	}
	first := uptime()
	if second := uptime(); first <= 0 || second < first {
		t.Errorf("uptime %v, then %v", first, second)
	}
}

// Threats 12 and 13: whatever a server says, it comes back whole or clipped, classified,
// and nothing else is thought of it. Printing escapes it.
func FuzzServerMessage(f *testing.F) {
	for _, seed := range []string{"plain", "\u009b31m", "\u202eabc", "a\r\nb", strings.Repeat("x", 5000), "invalid MFA one time pass code", "<a>&amp;</a>"} {
		f.Add(403, "AccessDenied", seed)
	}
	f.Fuzz(func(t *testing.T, status int, code, message string) {
		kind := refusalKind(code, message, status)
		e := &Error{Kind: kind, Profile: "Ops", Action: AssumeRole, RoleARN: roleOps, Code: clip(code), Message: clip(message), step: Step{}, err: errors.New(message)}
		if len(e.Error()) > 1600 || !strings.HasPrefix(e.Error(), `profile "Ops": AssumeRole `+roleOps+": ") {
			t.Errorf("error of %d bytes: %.80q", len(e.Error()), e.Error())
		}
		if strings.Contains(e.Hint(), message) && len(message) > 40 {
			t.Errorf("the hint repeats the server: %q", e.Hint())
		}
	})
}
