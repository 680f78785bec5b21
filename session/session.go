package session

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Session is a set of temporary credentials and what is known of it. It prints,
// formats, marshals and logs without its secrets.
type Session struct {
	aws.Credentials // Expires is by AWS's clock

	Profile string
	RoleARN string // "" = a session of the key's own user
	Account string // 12 digits, "" = unknown
	KeyID   string // the long-lived key behind it
	Region  string // of the profile, "" = unknown

	Issued     time.Time     // by this machine's clock
	Offset     time.Duration // AWS's clock less this machine's, when issued
	MFA        bool          // made with a code
	MFAExpires time.Time     // when the next code will be asked for; zero without MFA
}

// String names the session without its secrets.
func (s Session) String() string {
	return fmt.Sprintf("session of profile %q, access key %s, until %s", s.Profile, s.AccessKeyID, s.Expires.UTC().Format(time.RFC3339))
}

// GoString is String, for %#v.
func (s Session) GoString() string { return s.String() }

// Format is String for every verb: embedded fields would print with %+v.
func (s Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText is String, so that no encoder writes the secrets. Use Encode.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for slog.
func (s Session) LogValue() slog.Value { return slog.StringValue(s.String()) }
