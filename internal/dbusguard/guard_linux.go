// Package dbusguard keeps 99designs/keyring, whose init connects to the D-Bus
// session bus, from doing so: that costs every run a connection, starts a stray
// dbus-daemon where no address is set, and would wait before main, for ever, for a
// bus that does not answer. Whoever needs the bus connects to Address.
//
// It must initialise first. Go initialises packages by import path among those
// whose imports are ready, so this one imports nothing but syscall, which the
// other needs too: keep it so.
package dbusguard

import "syscall"

const (
	variable = "DBUS_SESSION_BUS_ADDRESS"
	// nowhere is an address of a kind that no library knows, so that not even a connection is tried.
	nowhere = "none:"
)

// The caller's address, and whether it was set.
var (
	original    string
	originalSet bool
)

func init() {
	original, originalSet = syscall.Getenv(variable)
	_ = syscall.Setenv(variable, nowhere) // refuses only a malformed name
}

// Address is that of the session bus, or says why there is none. Where the caller
// names none, or asks for one to be started, it is the user's own where that is running.
func Address() (address, reason string) { return settle(original, "/run/user", syscall.Getuid()) }

func settle(address, runtime string, uid int) (settled, reason string) {
	if address != "" && address != "autolaunch:" {
		return address, ""
	}
	path := runtime + "/" + decimal(uid) + "/bus"
	if !ownSocket(path, uid) {
		return "", "there is no D-Bus session bus"
	}
	return "unix:path=" + path, ""
}

// Restore gives the process back the caller's own address, for the children it
// starts. Call it in or after main, when the library has looked for its bus.
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
