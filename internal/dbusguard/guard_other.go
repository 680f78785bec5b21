//go:build !linux

// Package dbusguard settles the D-Bus session address on Linux. Elsewhere
// 99designs/keyring uses no D-Bus and there is nothing to guard.
package dbusguard

// Restore does nothing here.
func Restore() error { return nil }

// Environ returns environ as it is.
func Environ(environ []string) []string { return environ }
