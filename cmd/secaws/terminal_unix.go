//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/secaws/secaws/session"
)

// tick is how often a waiting question looks whether it was cancelled or is no longer in the foreground.
const tick = 50 * time.Millisecond

func (controllingTerminal) Check() error {
	tty, err := openTTY()
	if err != nil {
		return err
	}
	return tty.close()
}

func (controllingTerminal) Print(text string) error {
	tty, err := openTTY()
	if err != nil {
		return err
	}
	return errors.Join(tty.write(text), tty.close())
}

func (controllingTerminal) Ask(ctx context.Context, question string, secret bool) (string, error) {
	tty, err := openTTY()
	if err != nil {
		return "", err
	}
	defer tty.close()
	defer ignoreJobControl()()
	ctx, deafen := hearInterrupt(ctx)
	defer deafen()
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, tooLate{})
	defer cancel()
	if secret {
		restore, err := tty.hideTyping()
		if err != nil {
			return "", err
		}
		defer restore()
	}
	if err := tty.write(question); err != nil {
		return "", err
	}
	line, err := tty.readLine(ctx)
	if secret || err != nil {
		_ = tty.write("\n")
	}
	return line, err
}

// Name finds the terminal among what our standard streams are, which is enough to tell a person where to look.
func (controllingTerminal) Name() string {
	for _, fd := range []string{"0", "2", "1"} {
		if name, err := os.Readlink("/proc/self/fd/" + fd); err == nil && (strings.HasPrefix(name, "/dev/pts/") || strings.HasPrefix(name, "/dev/tty")) {
			return name
		}
	}
	return ""
}

// tty is a file descriptor of the controlling terminal, of which we were the foreground job when we opened it.
type tty int

func openTTY() (tty, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, session.ErrNoTerminal
	}
	t := tty(fd)
	if !t.foreground() {
		_ = t.close()
		return -1, session.ErrNoTerminal
	}
	return t, nil
}

func (t tty) close() error { return unix.Close(int(t)) }

// foreground tells whether the terminal would give us what is typed: a background job that reads is stopped by the
// kernel, and would keep others waiting.
func (t tty) foreground() bool {
	group, err := unix.IoctlGetInt(int(t), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (t tty) write(text string) error {
	for data := []byte(text); len(data) > 0; {
		n, err := unix.Write(int(t), data)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("write to the terminal: %w", err)
		}
		data = data[max(n, 0):]
	}
	return nil
}

// hideTyping turns the echo off. What it returns turns it on again, and drops what was half typed, unless the terminal
// is another job's by then: its shell has set it up anew.
func (t tty) hideTyping() (restore func(), err error) {
	before, err := unix.IoctlGetTermios(int(t), getTermios)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's settings: %w", err)
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(int(t), setTermios, &hidden); err != nil {
		return nil, fmt.Errorf("hide typing on the terminal: %w", err)
	}
	return func() {
		if t.foreground() {
			_ = unix.IoctlSetTermios(int(t), setTermios, before)
		}
	}, nil
}

// readLine waits for a line, as long as ctx lasts and we are in the foreground. What was half typed when it gives up
// is dropped: it is not for the shell that reads next.
func (t tty) readLine(ctx context.Context) (string, error) {
	var line []byte
	buffer := make([]byte, 4096) // the longest line that a terminal gives
	for {
		if err := t.await(ctx); err != nil {
			_ = t.dropInput()
			return "", err
		}
		n, err := unix.Read(int(t), buffer)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil:
			return "", fmt.Errorf("read the terminal: %w", err)
		case n == 0: // ^D, or the terminal is gone
			return "", session.ErrCanceled
		}
		line = append(line, buffer[:n]...)
		if text, _, ended := bytes.Cut(line, []byte("\n")); ended {
			return string(bytes.TrimSuffix(text, []byte("\r"))), nil
		}
	}
}

// await returns when there is something to read. It uses select because macOS cannot poll a terminal.
func (t tty) await(ctx context.Context) error {
	for {
		if cause := context.Cause(ctx); cause != nil {
			if errors.As(cause, &tooLate{}) {
				return cause
			}
			return session.ErrCanceled
		}
		if !t.foreground() {
			return session.ErrNoTerminal
		}
		var readable unix.FdSet
		readable.Zero()
		readable.Set(int(t))
		wait := unix.NsecToTimeval(int64(tick))
		n, err := unix.Select(int(t)+1, &readable, nil, nil, &wait)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for the terminal: %w", err)
		}
		if err == nil && n > 0 {
			return nil
		}
	}
}

// ignoreJobControl keeps a ^Z at a question from stopping us: others may wait for the answer, and a stopped process
// would keep its lock. What it returns undoes it.
func ignoreJobControl() (undo func()) {
	var ours []os.Signal
	for _, s := range []os.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU} {
		if !signal.Ignored(s) {
			ours = append(ours, s)
		}
	}
	if len(ours) == 0 {
		return func() {}
	}
	signal.Ignore(ours...)
	return func() { signal.Reset(ours...) }
}

// hearInterrupt lets a ^C at a question end ctx even where we were started with interrupts ignored, as sh starts a job
// with "&": who sits at the question means it. deafen makes it as it was.
func hearInterrupt(ctx context.Context) (heard context.Context, deafen func()) {
	if !signal.Ignored(os.Interrupt) {
		return ctx, func() {}
	}
	heard, stop := signal.NotifyContext(ctx, os.Interrupt)
	return heard, func() {
		stop()
		signal.Ignore(os.Interrupt)
	}
}
