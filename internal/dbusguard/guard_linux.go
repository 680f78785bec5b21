// Package dbusguard settles the D-Bus session address before 99designs/keyring,
// whose init connects to it: with no address set that starts a stray dbus-daemon,
// and a bus that accepts and never answers would hold the program before main.
//
// It must initialise first. Go initialises packages by import path among those
// whose imports are ready, so this one imports nothing but syscall, which the
// other needs too: keep it so.
package dbusguard

import "syscall"

const (
	variable = "DBUS_SESSION_BUS_ADDRESS"
	// nowhere refuses a connection at once: no file lies under a device.
	nowhere = "unix:path=/dev/null/no-session-bus"
)

// patience is how long, in seconds, a bus may take for the first word of a conversation.
const patience = 2

var (
	original    string // the caller's address, and whether it was set
	originalSet bool
	reason      string // why the bus is out of reach, "" when it answers
)

func init() {
	original, originalSet = syscall.Getenv(variable)
	var address string
	address, reason = settle(original, syscall.Getuid())
	if address != original {
		syscall.Setenv(variable, address)
	}
}

// settle returns the address the process is to use, and why that is nowhere. An
// address that is not set, or that asks for a bus to be started, becomes the
// user's own bus where there is one.
func settle(address string, uid int) (settled, reason string) {
	if address == "" || address == "autolaunch:" {
		path := "/run/user/" + decimal(uid) + "/bus"
		if !ownSocket(path, uid) {
			return nowhere, "there is no D-Bus session bus"
		}
		address = "unix:path=" + path
	}
	if reason := silent(address, uid); reason != "" {
		return nowhere, reason
	}
	return address, ""
}

// Reason says why the session bus is out of reach, "" when it answers.
func Reason() string { return reason }

// Restore gives the process back the caller's own address, for the children it
// starts. Call it only when the connection of 99designs/keyring is made, which is
// any time after init.
func Restore() error {
	if !originalSet {
		return syscall.Unsetenv(variable)
	}
	return syscall.Setenv(variable, original)
}

// Environ returns a copy of environ with the caller's own address in it.
func Environ(environ []string) []string {
	out := make([]string, 0, len(environ)+1)
	for _, entry := range environ {
		if len(entry) <= len(variable) || entry[:len(variable)+1] != variable+"=" {
			out = append(out, entry)
		}
	}
	if originalSet {
		out = append(out, variable+"="+original)
	}
	return out
}

func ownSocket(path string, uid int) bool {
	var stat syscall.Stat_t
	if syscall.Lstat(path, &stat) != nil {
		return false
	}
	return stat.Mode&syscall.S_IFMT == syscall.S_IFSOCK && int(stat.Uid) == uid
}

func decimal(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + decimal(n%10)
}
