package awslab

import (
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// window is how many steps a code may be ahead of or behind the lab's clock.
const window = 1

// codeAt returns the six digits of a device in a step.
func codeAt(d *MFADevice, step int64) string {
	code, err := hotp.GenerateCodeCustom(d.Seed, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix})
	if err != nil {
		return "" // a seed that is not base32: no code fits
	}
	return code
}

// step returns the TOTP step the lab's clock is in. l.mu is held.
func (l *Lab) step() int64 { return l.now().UnixNano() / int64(l.options.TOTPStep) }

// matchingStep returns the step near now whose code is code and that is not used up yet.
func (l *Lab) matchingStep(d *MFADevice, code string) (int64, bool) {
	now := l.step()
	for s := now - window; s <= now+window; s++ {
		if s > l.steps[d.Serial] && equalCodes(codeAt(d, s), code) {
			return s, true
		}
	}
	return 0, false
}

func equalCodes(want, got string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}

// checkCode takes one code of an enabled device, in the words of STS. A code works
// once: it, and every one before it, is used up. l.mu is held.
func (l *Lab) checkCode(d *MFADevice, code string) error {
	s, ok := l.matchingStep(d, code)
	if !ok {
		return accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	l.steps[d.Serial] = s
	return nil
}

// checkPair takes two consecutive codes, as EnableMFADevice and ResyncMFADevice ask
// for: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
// The second is used up. l.mu is held.
func (l *Lab) checkPair(d *MFADevice, code1, code2 string) error {
	now := l.step()
	for s := now - window; s <= now+window; s++ {
		if s > l.steps[d.Serial] && equalCodes(codeAt(d, s-1), code1) && equalCodes(codeAt(d, s), code2) {
			l.steps[d.Serial] = s
			return nil
		}
	}
	return refuse(http.StatusForbidden, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
}

// forgetCodes forgets which codes of a device are used up, when it is deleted. l.mu is held.
func (l *Lab) forgetCodes(serial string) { delete(l.steps, serial) }

// untilStep returns how long it is until step begins.
func (l *Lab) untilStep(step int64) time.Duration {
	return time.Unix(0, step*int64(l.options.TOTPStep)).Sub(l.now())
}
