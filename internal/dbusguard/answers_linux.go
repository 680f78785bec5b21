package dbusguard

import "syscall"

// silent speaks the first line of the D-Bus protocol and says why the bus at
// address does not answer it, "" when it does. Addresses other than a single
// socket file or abstract name are taken on trust.
//
// https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
func silent(address string, uid int) string {
	name := socketName(address)
	if name == "" {
		return ""
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "the D-Bus session bus cannot be reached: " + err.Error()
	}
	defer syscall.Close(fd)
	// The send limit also bounds a connect to a bus whose queue is full.
	limit := syscall.Timeval{Sec: patience}
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &limit)
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: name}); err != nil {
		return "the D-Bus session bus cannot be reached: " + err.Error()
	}
	if !greeted(fd) {
		return "the D-Bus session bus does not answer"
	}
	return ""
}

// greeted asks which ways to authenticate there are: every bus answers that with a line.
func greeted(fd int) bool {
	if _, err := syscall.Write(fd, []byte("\x00AUTH\r\n")); err != nil {
		return false
	}
	var answer [1]byte
	for {
		n, err := syscall.Read(fd, answer[:])
		if err != syscall.EINTR {
			return err == nil && n == 1
		}
	}
}

// socketName returns what to connect to for "unix:path=NAME" and
// "unix:abstract=NAME", with or without further keys, "" for any other address.
func socketName(address string) string {
	const path, abstract = "unix:path=", "unix:abstract="
	switch {
	case contains(address, ';'):
		return ""
	case hasPrefix(address, path):
		return before(address[len(path):], ',')
	case hasPrefix(address, abstract):
		return "@" + before(address[len(abstract):], ',')
	}
	return ""
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func contains(s string, c byte) bool { return len(before(s, c)) != len(s) }

// before returns s up to the first c.
func before(s string, c byte) string {
	for i := range len(s) {
		if s[i] == c {
			return s[:i]
		}
	}
	return s
}
