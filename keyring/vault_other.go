//go:build !linux

package keyring

import (
	"context"
	"time"

	"github.com/99designs/keyring"
)

func prepareKeyctl(*keyring.Config) error { return nil }

func probeLinux(context.Context, string, time.Duration) (Presence, string) {
	return Absent, "it exists on Linux only"
}

func whyUnavailable(error) string { return "" }
