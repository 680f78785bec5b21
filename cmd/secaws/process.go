package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/secaws/secaws/internal/hardening"
)

// osProcess is this process, on the system it runs on.
type osProcess struct{}

func (osProcess) Conceal() error {
	if err := hardening.Undumpable(); err != nil {
		return fmt.Errorf("conceal memory from other processes: %w", err)
	}
	return nil
}

// lookProgram finds the program that exec is to become, as a shell would. A program in the current folder must be
// named as such.
func (e *env) lookProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case errors.Is(err, exec.ErrDot):
		return "", hinted{fmt.Errorf("%q is in the current folder, which is not searched", name), "name it as ." + string(filepath.Separator) + filepath.Base(name)}
	case err != nil:
		return "", fmt.Errorf("run %q: %w", name, unwrapLookup(err))
	}
	return path, nil
}

// unwrapLookup drops the name that exec.Error repeats.
func unwrapLookup(err error) error {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		return lookup.Err
	}
	return err
}

// programName is the name of a program as the audit log shows it: no folder, and nothing but its first 64 bytes.
func programName(path string) string {
	name := filepath.Base(strings.TrimSpace(path))
	if name == "." || name == string(filepath.Separator) {
		return ""
	}
	return name[:min(len(name), 64)]
}
