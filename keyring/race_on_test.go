//go:build race

package keyring

// raceEnabled shortens what the race detector makes ten times as slow.
const raceEnabled = true
