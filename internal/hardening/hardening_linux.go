// Package hardening closes the process to its neighbours.
package hardening

import "golang.org/x/sys/unix"

// Undumpable keeps other processes of the same user from reading this one's
// memory and environment, and the system from writing a core of it. Call it before
// the first secret is read. It ends at execve, so that a child is an ordinary
// process; resource limits, which a child would inherit, are left alone.
//
// https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
func Undumpable() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
