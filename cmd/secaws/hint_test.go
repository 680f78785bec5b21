//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A disk that is full or closed is none of our errors, but a person can do something about it.
func TestHintOfTheDisk(t *testing.T) {
	at := func(path string, err error) error {
		return fmt.Errorf("write session: %w", &fs.PathError{Op: "write", Path: path, Err: err})
	}
	tests := []struct {
		err  error
		want string // the hint's start, "" for none
	}{
		{at("/home/me/.local/state/secaws/index", syscall.ENOSPC), "make room on the disk of /home/me/.local/state/secaws; "},
		{at("/home/me/state/index", syscall.EDQUOT), "make room on the disk of /home/me/state; "},
		{at("/home/me/state/index", syscall.EROFS), "see whose it is and whether it can be written: ls -ld /home/me/state /home/me/state/index"},
		{at("/home/me/.aws/config", syscall.EACCES), "see whose it is and whether it can be written: ls -ld /home/me/.aws /home/me/.aws/config"},
		{at(os.Stdout.Name(), syscall.ENOSPC), ""},
		{at("/home/me/state/index", syscall.EISDIR), ""},
		{errors.New("something else"), ""},
		{hinted{at("/home/me/state/index", syscall.ENOSPC), "its own"}, "its own"},
	}
	for _, tt := range tests {
		got := hintOf(tt.err)
		if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%v: hint %q, want %q", tt.err, got, tt.want)
		}
	}
}
