//go:build !linux

// Package desktop opens the keychains of 99designs/keyring; on Linux it has two of
// them done anew.
package desktop

import "github.com/99designs/keyring"

// Open is keyring.Open.
func Open(c keyring.Config) (keyring.Keyring, error) { return keyring.Open(c) }
