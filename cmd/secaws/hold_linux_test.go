package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

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
