//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// signalOf is the signal that ended a process.
func signalOf(err *exec.ExitError) int { return int(err.Sys().(syscall.WaitStatus).Signal()) }
