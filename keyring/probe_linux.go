package keyring

import (
	"context"
	"errors"
	"time"

	"github.com/secaws/secaws/internal/desktop"
)

// probeLinux looks for the backends that Linux alone has.
func probeLinux(ctx context.Context, backend string, limit time.Duration) (Presence, string) {
	switch backend {
	case SecretService:
		return probeService(ctx, limit)
	case KWallet:
		// Running: one that is only installed, on another desktop, would start by asking how to set it up.
		return probeBus(ctx, limit, KWallet, desktop.KWalletName, false)
	case KeyCtl:
		return probeKeyctl()
	}
	return Absent, "this build has none"
}

// probeService wants a service that answers and has a place to put things: making
// one needs a desktop to ask on.
func probeService(ctx context.Context, limit time.Duration) (Presence, string) {
	if presence, reason := probeBus(ctx, limit, SecretService, desktop.SecretServiceName, true); presence != Usable {
		return presence, reason
	}
	_, err := bounded(ctx, limit, SecretService, "open", func() (struct{}, error) { return struct{}{}, desktop.DefaultCollection() })
	switch {
	case errors.Is(err, desktop.ErrNoCollection):
		return Absent, desktop.ErrNoCollection.Error()
	case err != nil:
		return Broken, err.Error()
	}
	return Usable, ""
}

// probeBus wants name on the session bus, running or, where startable says that
// this will do, ready to be started. A bus that is not there, or not ours, is an
// absent backend; one that takes a connection and does not answer is a broken one.
func probeBus(ctx context.Context, limit time.Duration, backend, name string, startable bool) (Presence, string) {
	known, err := bounded(ctx, limit, backend, "look", func() (bool, error) { return desktop.Answers(name, startable) })
	var absent *UnavailableError
	switch {
	case errors.As(err, &absent):
		return Absent, absent.Reason
	case err != nil:
		return Broken, err.Error()
	case !known:
		return Absent, "nothing on the session bus answers to " + name
	}
	return Usable, ""
}

// whyUnavailable is the reason of an error that means that a backend cannot be used here.
func whyUnavailable(err error) string {
	var bus *desktop.BusError
	switch {
	case errors.As(err, &bus):
		return bus.Reason
	case errors.Is(err, desktop.ErrNoCollection):
		return desktop.ErrNoCollection.Error()
	}
	return ""
}
