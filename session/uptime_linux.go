package session

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is the time since the machine started, sleep included, which nobody can set.
func uptime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
