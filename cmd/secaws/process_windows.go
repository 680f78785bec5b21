package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// Replace runs the program and answers with its exit code: Windows has no execve. The console sends ^C and ^Break to
// the child by itself; we only must outlive it.
func (osProcess) Replace(path string, argv, environ []string) error {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt)
	defer signal.Stop(heard)
	child := &exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError(exit.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("run %q: %w", path, err)
	}
	return nil
}
