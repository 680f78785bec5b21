//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package main

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

// dropInput discards what was typed and not read. TIOCFLUSH takes the address of a set of queues; 1 is FREAD.
func (t tty) dropInput() error { return unix.IoctlSetPointerInt(int(t), unix.TIOCFLUSH, 1) }
