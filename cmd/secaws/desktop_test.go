//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startBus starts a D-Bus session bus for the sandbox and, on it, the shell command before; it ends with the test. What
// the command prints goes to the bus's own stdout, before the address.
func (s *sandbox) startBus(t testing.TB, before string) {
	t.Helper()
	needsProgram(t, "dbus-run-session")
	runtime := filepath.Join(s.root, ".run")
	must(t, os.MkdirAll(runtime, 0o700))
	s.set("XDG_RUNTIME_DIR", runtime)
	cmd := exec.Command("dbus-run-session", "--", "sh", "-c", before+` && echo "$DBUS_SESSION_BUS_ADDRESS" && exec cat`)
	cmd.Env, cmd.SysProcAttr = s.env, ownSession()
	_, stdout := piped(t, cmd)
	address, err := stdout.ReadString('\n')
	must(t, err)
	s.set("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
}

// unlockDesktop gives the sandbox an unlocked gnome-keyring of its own, and makes it the keychain.
func (s *sandbox) unlockDesktop(t testing.TB) {
	t.Helper()
	needsProgram(t, "gnome-keyring-daemon")
	s.startBus(t, "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null")
	s.set("SECAWS_BACKEND", "secret-service")
	s.set("SECAWS_TEST_KEYCHAIN", "secret-service")
	s.unset("SECAWS_FILE_PASSPHRASE")
}
