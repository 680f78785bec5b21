package session

import "time"

const (
	minLeft   = time.Minute      // what is served is good for longer than this
	wantLeft  = 15 * time.Minute // and, where a new one is silent, than this
	clockStep = 5 * time.Minute  // a clock that went back further than this was set
	drift     = time.Minute      // less is no step: the clock is being adjusted
)

// moment is a reading of this machine's clocks.
type moment struct {
	now    time.Time
	uptime time.Duration // since the machine started, asleep or not; 0 = unknown
}

// fresh reports whether a session with left of its lifetime is served. silent tells
// that a new one can be had without asking anyone: then early, since SDKs begin to
// ask again 15 minutes before the end; else only when there is no time to use it.
func fresh(left, lifetime time.Duration, silent bool) bool {
	margin := minLeft
	if silent {
		margin = max(minLeft, min(wantLeft, lifetime/4))
	}
	return left > margin
}

// left is how long r is good for, never too much: what is expired by AWS's clock has
// nothing left, whatever was done to this machine's clock since r was issued. Where
// the clock is known to have run on since then, it is trusted to be still as far off
// as it was; where not, every reading of the time must agree.
func (r record) left(at moment) time.Duration {
	if at.now.Before(r.Issued.Add(-clockStep)) {
		return 0
	}
	corrected := r.Credentials.Expires.Sub(at.now.Add(r.Offset))
	known := r.Uptime > 0 && at.uptime >= r.Uptime
	passed := at.uptime - r.Uptime
	if known && (at.now.Sub(r.Issued)-passed).Abs() <= drift {
		return corrected
	}
	left := min(corrected, r.Credentials.Expires.Sub(at.now))
	if known {
		left = min(left, r.lifetime()-passed)
	}
	return left
}
