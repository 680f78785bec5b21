package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/secaws/secaws/internal/awslab"
)

// A Secret Service that is locked, and nobody there to unlock it: out within 6 s, saying so, and nothing on stdout.
// Unlocked again, the key is there.
func TestLockedSecretService(t *testing.T) {
	st := newStage(t, awslab.Options{})
	st.unlockDesktop(t)
	must(t, st.settle("ops"))
	bus, err := dbus.Connect(valueOf(st.env, "DBUS_SESSION_BUS_ADDRESS"))
	must(t, err)
	defer bus.Close()
	service := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	var collection dbus.ObjectPath
	must(t, service.Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection))
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	must(t, service.Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{collection}).Store(&locked, &prompt))
	if len(locked) != 1 {
		t.Fatalf("locked %v", locked)
	}
	for _, line := range []string{"credential-process plain", "list", "exec plain -- true", "login plain"} {
		start := time.Now()
		out, stderr, code := st.run("secaws", strings.Fields(line)...)
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("secaws %s took %v, want 6 s at most", line, took)
		}
		if out != "" || code != 1 || !strings.Contains(stderr, "secret-service") || !strings.Contains(stderr, "lock") || !strings.Contains(stderr, "secaws: hint: ") {
			t.Errorf("secaws %s: exit code %d, stdout %q, stderr %s", line, code, out, stderr)
		}
	}
}

// The kernel holds the sealing key of the file backend: a warm run needs no passphrase, until logout --all.
func TestHold(t *testing.T) {
	needsUser(t)
	st := newStage(t, awslab.Options{})
	must(t, os.WriteFile(filepath.Join(st.home(), ".config/secaws/settings.json"), []byte(`{"backend":"file"}`), 0o600), st.settle("ops"))
	st.checkServes(t, "plain")
	passphrase := valueOf(st.env, "SECAWS_FILE_PASSPHRASE")
	st.unset("SECAWS_FILE_PASSPHRASE")
	if out, stderr, code := st.run("secaws", "credential-process", "plain"); code != 0 || !strings.Contains(out, `"Version":1`) {
		t.Errorf("with the hold: exit code %d: %s%s", code, out, stderr)
	}
	if _, stderr, code := st.run("secaws", "exec", "--no-session", "plain", "--", "true"); code != 1 || !strings.Contains(stderr, "passphrase is needed") {
		t.Errorf("the hold gave the long-lived key away: exit code %d: %s", code, stderr)
	}
	st.set("SECAWS_FILE_PASSPHRASE", passphrase)
	if _, stderr, code := st.run("secaws", "logout", "--all"); code != 0 {
		t.Fatalf("logout --all: %s", stderr)
	}
	st.checkServes(t, "plain")
	if _, stderr, code := st.run("secaws", "logout", "--all"); code != 0 {
		t.Fatalf("logout --all: %s", stderr)
	}
	st.unset("SECAWS_FILE_PASSPHRASE")
	if out, stderr, code := st.run("secaws", "credential-process", "plain"); code != 1 || out != "" || !strings.Contains(stderr, "passphrase is needed") {
		t.Errorf("after logout --all: exit code %d: %s%s", code, out, stderr)
	}
}
