package session

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	recordVersion = 1
	maxRecord     = 256 << 10 // bytes; AWS sets no limit to a token, real ones stay under 16 KiB
)

// record is a session as the store keeps it.
type record struct {
	Version     int
	Credentials aws.Credentials // Expires by AWS's clock

	Profile, RoleARN, KeyID string

	Issued time.Time     // by this machine's clock
	Offset time.Duration // AWS's clock less this machine's, then
	Uptime time.Duration // since this machine started, then; 0 = unknown

	MFA        bool
	MFAExpires time.Time
}

func (r record) encode() ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	return data, nil
}

// decode reads what encode wrote. Anything else is not an error but no session: it
// may be from a newer version, and a session can always be made again.
func decode(data []byte) (record, bool) {
	var r record
	if len(data) > maxRecord || json.Unmarshal(data, &r) != nil {
		return record{}, false
	}
	ok := r.Version == recordVersion && r.Credentials.HasKeys() && r.Credentials.SessionToken != "" &&
		!r.Issued.IsZero() && r.lifetime() > 0 && r.lifetime() <= maxKeySession+time.Hour
	if !ok {
		return record{}, false
	}
	return r, true
}

// lifetime is how long the session was good for when it was made.
func (r record) lifetime() time.Duration {
	return r.Credentials.Expires.Sub(r.Issued.Add(r.Offset))
}

// session is r as the profile p gets it.
func (r record) session(p Profile) Session {
	return Session{
		Credentials: r.Credentials, Profile: p.Name, RoleARN: r.RoleARN, Account: r.Credentials.AccountID, KeyID: r.KeyID,
		Region: inherited(p, func(p Profile) string { return p.Region }), Issued: r.Issued, Offset: r.Offset, MFA: r.MFA, MFAExpires: r.MFAExpires,
	}
}
