//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"

	"github.com/secaws/secaws/internal/safefile"
)

// openAppend opens a log that only we may read, for appending; a link in its place is refused.
func openAppend(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return nil, &safefile.LinkError{Path: path}
	}
	return f, err
}
