//go:build unix

package main

import (
	"fmt"
	"syscall"
)

func (osProcess) Replace(path string, argv, environ []string) error {
	return fmt.Errorf("run %q: %w", path, syscall.Exec(path, argv, environ))
}
