package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/secaws/secaws/session"
)

func (controllingTerminal) Check() error {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return session.ErrNoTerminal
	}
	return in.Close()
}

// Name is not known: a console has none.
func (controllingTerminal) Name() string { return "" }

func (controllingTerminal) Print(text string) error {
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return session.ErrNoTerminal
	}
	_, err = out.WriteString(strings.ReplaceAll(text, "\n", "\r\n"))
	return errors.Join(err, out.Close())
}

func (t controllingTerminal) Ask(ctx context.Context, question string, secret bool) (string, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return "", session.ErrNoTerminal
	}
	defer in.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, tooLate{})
	defer cancel()
	restore, err := consoleMode(in, secret)
	if err != nil {
		return "", err
	}
	defer restore()
	if err := t.Print(question); err != nil {
		return "", err
	}
	line, err := readConsole(ctx, in)
	if secret || err != nil {
		_ = t.Print("\n")
	}
	return line, err
}

// consoleMode sets the console to lines, unseen when secret. What it returns restores it.
func consoleMode(in *os.File, secret bool) (restore func(), err error) {
	handle := windows.Handle(in.Fd())
	var before uint32
	if err := windows.GetConsoleMode(handle, &before); err != nil {
		return nil, session.ErrNoTerminal
	}
	mode := before | windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_ECHO_INPUT
	if secret {
		mode &^= windows.ENABLE_ECHO_INPUT
	}
	if err := windows.SetConsoleMode(handle, mode); err != nil {
		return nil, fmt.Errorf("set up the console: %w", err)
	}
	return func() { _ = windows.SetConsoleMode(handle, before) }, nil
}

// readConsole reads a line. A console read cannot be cancelled, so its goroutine is left behind when ctx ends: the
// process ends soon after.
func readConsole(ctx context.Context, in *os.File) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		if cause := context.Cause(ctx); errors.As(cause, &tooLate{}) {
			return "", cause
		}
		return "", session.ErrCanceled
	case r := <-read:
		if r.err != nil {
			return "", session.ErrCanceled
		}
		return strings.TrimRight(r.line, "\r\n"), nil
	}
}
