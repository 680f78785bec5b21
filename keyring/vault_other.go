//go:build !linux

package keyring

import (
	"context"
	"time"
)

func newPlatformVault(base library) vault { return &base }

func probeLinux(context.Context, string, time.Duration) (Presence, string) {
	return Absent, "it exists on Linux only"
}

func whyUnavailable(error) string { return "" }
