//go:build linux && !amd64

package killpoint

// changingHere are calls that only older architectures have.
var changingHere []uint64
