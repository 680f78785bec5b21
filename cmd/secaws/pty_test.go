//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// patience is how long a test waits for something that has to happen.
const patience = 60 * time.Second

// person sits at a pseudo-terminal at which a program runs.
type person struct {
	keys   *os.File // the terminal's other end
	cmd    *exec.Cmd
	exited chan struct{} // closed once the program has ended and its last output is seen

	mu   sync.Mutex
	text []byte        // all that was shown
	at   int           // what of it expect has passed
	more chan struct{} // replaced whenever text grows
}

// sitDown starts cmd with a new terminal as its controlling one. Those of its stdin, stdout and stderr that are nil are
// that terminal too.
func sitDown(cmd *exec.Cmd) (*person, error) {
	keys, screen, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer screen.Close()
	if err := pty.Setsize(keys, &pty.Winsize{Rows: 40, Cols: 200}); err != nil {
		return nil, err
	}
	if cmd.Stdin == nil {
		cmd.Stdin = screen
	}
	if cmd.Stdout == nil {
		cmd.Stdout = screen
	}
	if cmd.Stderr == nil {
		cmd.Stderr = screen
	}
	cmd.ExtraFiles = []*os.File{screen} // 3: what makes it the controlling terminal whatever 0, 1 and 2 are
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &person{keys: keys, cmd: cmd, exited: make(chan struct{}), more: make(chan struct{})}
	go p.watch()
	return p, nil
}

// watch keeps what the terminal shows until the program is gone: reading a terminal without a program gives EIO.
func (p *person) watch() {
	buffer := make([]byte, 4096)
	for {
		n, err := p.keys.Read(buffer)
		p.mu.Lock()
		p.text = append(p.text, buffer[:n]...)
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			break
		}
	}
	_ = p.cmd.Wait()
	close(p.exited)
}

// shown is all the terminal has shown.
func (p *person) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.text)
}

// expect waits until the terminal shows something new that matches.
func (p *person) expect(pattern string) error {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		found := wanted.FindIndex(p.text[p.at:])
		if found != nil {
			p.at += found[1]
		}
		more := p.more
		p.mu.Unlock()
		if found != nil {
			return nil
		}
		select {
		case <-more:
		case <-p.exited:
			return fmt.Errorf("the program ended and never showed %q; it showed:\n%s", pattern, p.shown())
		case <-deadline:
			return fmt.Errorf("never showed %q; it showed:\n%s", pattern, p.shown())
		}
	}
}

// typed types text as it is; a line ends with "\r".
func (p *person) typed(text string) error {
	_, err := io.WriteString(p.keys, text)
	return err
}

// leave waits for the program's end and returns its exit code, 128+N when a signal ended it.
func (p *person) leave() (int, error) {
	defer p.keys.Close()
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		return -1, fmt.Errorf("still running; it showed:\n%s", p.shown())
	}
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		return -1, errors.New("no wait status")
	}
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// dialog is what the person does, a line each:
//
//	expect REGEXP   wait until the terminal shows it
//	send TEXT       type TEXT and press enter
//	type TEXT       type TEXT and no enter
//	code USER       type the next MFA code of USER's phone and press enter
//	key ^C          press a control key
//	run COMMAND     run a shell command aside, which must succeed
//	kill            end the program with SIGKILL
//	hangup          close the terminal
type dialog struct {
	lines  []string
	expand func(string) string
	phone  func(user string) (string, error)
	run    func(line string) error
}

// playOut plays the dialog to the program's end and returns its exit code. A program that does not follow it is killed.
func (d dialog) playOut(t *testing.T, p *person) int {
	t.Helper()
	if err := d.play(p); err != nil {
		_ = p.cmd.Process.Kill()
		_, _ = p.leave()
		t.Fatal(err)
	}
	code, err := p.leave()
	if err != nil {
		t.Error(err)
	}
	return code
}

func (d dialog) play(p *person) error {
	for n, line := range d.lines {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		verb, rest, _ := strings.Cut(line, " ")
		if err := d.step(p, verb, rest); err != nil {
			return fmt.Errorf("dialog line %d, %s: %w", n+1, line, err)
		}
	}
	return nil
}

func (d dialog) step(p *person, verb, rest string) error {
	switch verb {
	case "expect":
		return p.expect(rest)
	case "send":
		return p.typed(d.expand(rest) + "\r")
	case "type":
		return p.typed(d.expand(rest))
	case "code":
		code, err := d.phone(rest)
		if err != nil {
			return err
		}
		return p.typed(code + "\r")
	case "key":
		return p.typed(string(rune(strings.TrimPrefix(rest, "^")[0] & 0x1f)))
	case "run":
		return d.run(d.expand(rest))
	case "kill":
		return p.cmd.Process.Kill()
	case "hangup":
		return p.keys.Close()
	}
	return errors.New("no such verb")
}
