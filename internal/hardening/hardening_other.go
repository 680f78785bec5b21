//go:build !linux

// Package hardening closes the process to its neighbours.
package hardening

// Undumpable does nothing here: macOS keeps debuggers out of a signed binary with
// the hardened runtime, Windows offers nothing like it to an ordinary program.
func Undumpable() error { return nil }
