package session

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock is this machine's clock put right by the Date of AWS's answers. It may be
// used by several goroutines. Make one with NewClock.
type Clock struct {
	local  func() time.Time
	offset atomic.Int64 // AWS's clock less ours, as last measured
	signed atomic.Int64 // the offset the last request was signed with
}

// maxSkew is the difference of clocks under which AWS takes a signature; beyond it
// an answer is worth another try with the corrected time. AWS allows 5 to 15
// minutes, depending on the service:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
const maxSkew = 4 * time.Minute

// NewClock returns a clock over local that starts offset away from it.
func NewClock(local func() time.Time, offset time.Duration) *Clock {
	c := &Clock{local: local}
	c.offset.Store(int64(offset))
	return c
}

// Local is this machine's time.
func (c *Clock) Local() time.Time { return c.local() }

// Now is AWS's time as far as known.
func (c *Clock) Now() time.Time { return c.local().Add(c.Offset()) }

// Offset is AWS's clock less this machine's.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// sign returns the time to sign with and remembers how it was corrected.
func (c *Clock) sign() time.Time {
	offset := c.offset.Load()
	c.signed.Store(offset)
	return c.local().Add(time.Duration(offset))
}

// observe learns from the Date of an answer, whose precision is a second. An
// answer with an Age came from a cache and tells nothing.
func (c *Clock) observe(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	offset := date.Sub(c.local())
	if offset.Abs() < 2*time.Second {
		offset = 0
	}
	c.offset.Store(int64(offset))
}

// wrong reports whether the last request was signed with a time that the answer
// to it showed to be too far off.
func (c *Clock) wrong() bool {
	return time.Duration(c.signed.Load()-c.offset.Load()).Abs() > maxSkew
}
