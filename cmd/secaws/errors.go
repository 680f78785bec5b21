package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
)

// The exit codes of every command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as shells count it
)

// exitError is a command's own exit code, with nothing more to say: the answer is already printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a command line that cannot be what the person meant.
type usageError struct {
	command string // "secaws add"
	problem string
	hint    string // "" for the way to the command's help
}

func (e usageError) Error() string { return e.problem }

func (e usageError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	return "how it is used: " + e.command + " --help"
}

func usageErrorf(c *cli.Context, format string, args ...any) error {
	return usageError{command: c.Command.HelpName, problem: fmt.Sprintf(format, args...)}
}

// hinted is an error that says what a person can do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string { return h.hint }

func (h hinted) Unwrap() error { return h.error }

// report prints err the one way secaws prints errors (a line, and a hint where there is one) and returns the exit
// code. It is the only place that prints errors, so it is where text from outside is escaped.
func (e *env) report(ctx context.Context, err error) int {
	var code exitError
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case interrupted(ctx, err):
		fmt.Fprintln(e.stderr, "secaws: interrupted")
		return exitInterrupted
	}
	printError(e.stderr, err)
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func printError(w io.Writer, err error) {
	text := "secaws: " + escape(err.Error()) + "\n"
	if hint := hintOf(err); hint != "" {
		text += "secaws: hint: " + escape(hint) + "\n"
	}
	_, _ = io.WriteString(w, text)
}

// hintOf is what err says a person can do, or what they can do about a disk.
func hintOf(err error) string {
	if hint := ownHint(err); hint != "" {
		return hint
	}
	var file *fs.PathError
	if !errors.As(err, &file) || file.Path == os.Stdout.Name() {
		return ""
	}
	switch {
	case errors.Is(file, syscall.ENOSPC), errors.Is(file, syscall.EDQUOT):
		return "make room on the disk of " + filepath.Dir(file.Path) + "; nothing that was there is lost"
	case errors.Is(file, syscall.EROFS), errors.Is(file, fs.ErrPermission):
		return "see whose it is and whether it can be written: ls -ld " + filepath.Dir(file.Path) + " " + file.Path
	}
	return ""
}

// ownHint is what err itself says a person can do.
func ownHint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// unknownCommand names the commands that look like the one typed.
func unknownCommand(name string) error {
	return withNearest(usageError{command: "secaws", problem: fmt.Sprintf("no command %q", name)}, name, commandNames())
}

func unknownSubcommand(c *cli.Context) error {
	name, of := c.Args().First(), c.Command
	var names []string
	for _, sub := range of.Subcommands {
		names = append(names, sub.Name)
	}
	return withNearest(usageError{command: of.HelpName, problem: fmt.Sprintf("%s has no command %q", of.HelpName, name)}, name, names)
}

// withNearest has err hint at the one of names that looks most like name.
func withNearest(err usageError, name string, names []string) error {
	if near := configgen.Nearest(name, names); len(near) > 0 {
		err.hint = "did you mean: " + err.command + " " + near[0]
	}
	return err
}
