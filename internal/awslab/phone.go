package awslab

import (
	"fmt"
	"strings"
	"time"
)

// Code is what an authenticator app shows.
type Code struct {
	Digits string        `json:"digits"`
	Before string        `json:"before"` // the one it showed before: enabling a device takes both
	Used   bool          `json:"used"`   // the lab will not take Digits: it has taken this code, or a later one
	Left   time.Duration `json:"left"`   // until it shows the next
}

// TOTP is the phone: it tells the code a user's device shows now. who is a user's name,
// that of a device not enabled yet, either with ACCOUNT/ before it, or a serial number.
// Without an account, the first one that knows the name answers, the admin account first.
func (l *Lab) TOTP(who string) (Code, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deviceOf(who)
	if d == nil {
		return Code{}, fmt.Errorf("no MFA device of %q in any account", who)
	}
	step := l.step()
	return Code{codeAt(d, step), codeAt(d, step-1), step <= l.steps[d.Serial], l.untilStep(step + 1)}, nil
}

// deviceOf finds a device, the newest where there are several. l.mu is held.
func (l *Lab) deviceOf(who string) *MFADevice {
	account, name, qualified := strings.Cut(who, "/")
	if !qualified || strings.HasPrefix(who, "arn:") {
		account, name = "", who
	}
	for _, a := range byName(l.state.Accounts) {
		if account != "" && account != a.ID {
			continue
		}
		if d := a.device(name); d != nil {
			return d
		}
	}
	return nil
}

// device finds the device of that serial, else that user's, else that name's.
func (a *Account) device(who string) *MFADevice {
	var best *MFADevice
	owner := a.Users[fold(who)]
	for _, d := range byName(a.MFADevices) {
		switch {
		case d.Serial == who:
			return d
		case owner != nil && d.UserID == owner.ID && (best == nil || d.Enabled.After(best.Enabled)):
			best = d
		}
	}
	if best == nil {
		best = a.MFADevices[fold(who)]
	}
	return best
}
