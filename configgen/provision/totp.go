package provision

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps and AWS have it
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// totp is a virtual MFA device whose seed this process holds. It prints as nothing.
type totp struct {
	seed []byte
	step time.Duration // 30 s with AWS
}

func (totp) String() string   { return "totp(redacted)" }
func (totp) GoString() string { return "totp(redacted)" }

// newTOTP takes the seed as CreateVirtualMFADevice answers it, in base32.
func newTOTP(seed []byte, step time.Duration) (totp, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(string(seed), "="))
	if err != nil {
		return totp{}, fmt.Errorf("the seed of the MFA device is no base32") // the error itself would quote it
	}
	return totp{seed: raw, step: step}, nil
}

// at is the number of the step that t is in.
func (d totp) at(t time.Time) int64 { return t.UnixNano() / int64(d.step) }

// until is how long after t the step begins.
func (d totp) until(step int64, t time.Time) time.Duration {
	return time.Unix(0, step*int64(d.step)).Sub(t)
}

// code is what the device shows in a step: https://www.rfc-editor.org/rfc/rfc6238#section-4
func (d totp) code(step int64) string {
	mac := hmac.New(sha1.New, d.seed)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes every write
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[offset:])&0x7fffffff)%1_000_000)
}
