package main

import (
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/secaws/secaws/internal/awslab"
)

// A Secret Service that is locked, and nobody there to unlock it: out within 6 s, saying so and what to do, and
// nothing on stdout.
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
