//go:build !linux

package keyring

// wipePlatform has nothing to add here.
func wipePlatform(Options) error { return nil }
