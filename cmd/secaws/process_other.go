//go:build !linux

package main

// Conceal does nothing here: macOS refuses other processes the memory of a signed program with the hardened runtime,
// and Windows has no switch for it.
func (osProcess) Conceal() error { return nil }

// Caller is not known here without a system call of its own for each parent, which a warm run should not pay.
func (osProcess) Caller() string { return "" }
