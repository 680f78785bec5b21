//go:build !linux

package keyring

import "time"

// hold exists on Linux alone.
type hold struct {
	description string
	limit       time.Duration
}

func holdable() bool { return false }

func (hold) read() []byte       { return nil }
func (hold) write([]byte) error { return nil }
func (hold) end() error         { return nil }
