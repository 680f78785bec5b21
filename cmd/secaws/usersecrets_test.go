//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// The people's commands, from a user's first key to their last: no key, session, seed or password in a file, in what is
// printed, in a log or on a command line, at any call.
func TestPeopleLeaveNoSecretInClear(t *testing.T) {
	w := newWatched(t)
	w.set("GODEBUG", "http2debug=2,netdns=2")
	w.set("AWS_LOG_LEVEL", "debug")
	w.asked = w.watchCommandLines
	identity, err := age.GenerateX25519Identity()
	must(t, err, os.WriteFile(filepath.Join(w.root, "KEY"), []byte(identity.String()), 0o600),
		os.WriteFile(filepath.Join(w.root, "KEY.pub"), []byte(identity.Recipient().String()), 0o600))
	for _, line := range [][]string{
		append(addLine(w, "eve"), "--json"),
		{"user", "add", "eve", "--group", "Operators", "--mfa-process", "false"},
		{"rotate", "eve", "--json"},
		{"user", "reset-mfa", "eve", "--mfa-process", w.phoneOf("eve")},
		{"user", "reset-mfa", "eve", "--mfa-process", "false"},
		{"user", "list", "--json"},
		{"user", "disable", "eve"}, {"user", "enable", "eve"},
		{"user", "invite", "sam", "--group", "DevAdmins", "--to", "KEY.pub"},
		{"join", "INVITATION", "--identity", "KEY", "--mfa-process", w.phoneOf("sam")},
		{"user", "remove", "eve", "--confirm", "eve"},
		{"status", "--log", "--json"},
	} {
		stdout, stderr, code := w.run("secaws", line...)
		if code > 1 {
			t.Errorf("secaws %s: exit code %d: %s", line, code, stderr)
		}
		if form := w.tells(stdout + stderr); form != "" {
			t.Errorf("secaws %s tells a secret (%s):\n%s%s", line, form, stdout, stderr)
		}
		if line[1] == "invite" {
			must(t, os.WriteFile(filepath.Join(w.root, "INVITATION"), []byte(stdout), 0o600))
		}
		w.clean()
	}
	w.whole("sam")
	w.consolePassword()
	if n := len(w.secrets); n < 15 {
		t.Errorf("%d secrets are not all there must have been", n)
	}
}

// consolePassword gives sam a password, which only the terminal may show.
func (w *watched) consolePassword() {
	w.t.Helper()
	var stdout, stderr strings.Builder
	cmd := w.command("secaws", "user", "login-profile", "sam")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	p, err := sitDown(cmd)
	must(w.t, err)
	code, err := p.leave()
	must(w.t, err)
	if code != 0 || w.tells(p.shown()) == "" || w.tells(stdout.String()+stderr.String()) != "" {
		w.t.Errorf("exit code %d; the terminal showed:\n%s\nand stdout and stderr:\n%s%s", code, p.shown(), stdout.String(), stderr.String())
	}
	w.clean()
}

// watchCommandLines looks for secrets on the command lines of all processes there are now.
func (w *watched) watchCommandLines() {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, path := range lines {
		line, _ := os.ReadFile(path) // of a process that may be gone
		if slices.ContainsFunc(w.secrets, func(secret string) bool { return strings.Contains(string(line), secret) }) {
			w.t.Errorf("a secret is on the command line %q", line)
		}
	}
}
