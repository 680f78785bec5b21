package main

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// dropInput discards what was typed and not read.
func (t tty) dropInput() error { return unix.IoctlSetInt(int(t), unix.TCFLSH, unix.TCIFLUSH) }
