//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

// withPass gives the sandbox a password store of its own, under a key of GnuPG's without a passphrase.
func (s *sandbox) withPass(t *testing.T) {
	t.Helper()
	needsProgram(t, "pass")
	needsProgram(t, "gpg")
	gnupg, err := os.MkdirTemp("", "gpg") // GnuPG's sockets want a short path
	must(t, err, os.Chmod(gnupg, 0o700))
	s.set("GNUPGHOME", gnupg)
	s.set("PASSWORD_STORE_DIR", filepath.Join(s.home(), ".password-store"))
	s.set("SECAWS_TEST_KEYCHAIN", "pass")
	t.Cleanup(func() {
		_, _, _ = s.run("gpgconf", "--kill", "all")
		_ = os.RemoveAll(gnupg)
	})
	for _, line := range []string{"gpg --batch --quiet --passphrase= --quick-generate-key secaws-test default default never", "pass init secaws-test"} {
		if out, stderr, code := s.run("sh", "-c", line); code != 0 {
			t.Fatalf("%s: exit code %d: %s%s", line, code, out, stderr)
		}
	}
}

// checkKey wants the key of ops to be in the keychain, whole.
func (st *stage) checkKey(t *testing.T, when string) {
	t.Helper()
	p, err := st.key("ops")
	must(t, err)
	out, stderr, code := st.run("secaws", "exec", "--no-session", "plain", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY")
	if code != 0 || out != p.AccessKeyID+" "+p.Secret+"\n" {
		t.Fatalf("%s: exit code %d, key %q: %s", when, code, out, stderr)
	}
}

func (st *stage) fileItems(t *testing.T) []string {
	t.Helper()
	items, err := filepath.Glob(filepath.Join(st.home(), ".local/share/secaws/keys/v1-*"))
	must(t, err)
	return items
}

// Keys move from files to pass and back: shown first, then done; sessions stay good.
func TestKeychainMove(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.withPass(t)
	st.checkServes(t, "plain")

	out, stderr, code := st.run("secaws", "keychain", "move", "--to", "pass", "--dry-run")
	if code != 0 || !strings.Contains(out, `would move`) || !strings.Contains(out, `"ops" from file to pass`) {
		t.Errorf("dry run: exit code %d: %s%s", code, out, stderr)
	}
	if items := st.fileItems(t); len(items) != 2 {
		t.Errorf("after a dry run the file backend has %v", items)
	}
	if out, stderr, code = st.run("secaws", "keychain", "move", "--to", "pass"); code != 0 || !strings.Contains(out, `"ops" from file to pass`) {
		t.Fatalf("move: exit code %d: %s%s", code, out, stderr)
	}
	if items := st.fileItems(t); len(items) != 0 {
		t.Errorf("after the move the file backend has %v", items)
	}
	st.unset("SECAWS_FILE_PASSPHRASE")
	st.checkKey(t, "after the move")
	if out, _, _ := st.run("secaws", "list", "--json"); !strings.Contains(out, `"backend": "pass"`) {
		t.Errorf("list: %s", out)
	}
	st.checkServes(t, "plain")
	if n := st.calls("GetSessionToken"); n != 1 {
		t.Errorf("%d GetSessionToken calls: the session did not survive the move", n)
	}
	if _, stderr, code = st.run("secaws", "keychain", "move", "--to", "pass"); code != 1 || !strings.Contains(stderr, "already") {
		t.Errorf("a second move: exit code %d: %s", code, stderr)
	}
}

// Killed anywhere on the way, the key is in the keychain in use, and the same command goes on.
func TestKilledMoveLosesNoKey(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.withPass(t)
	targets := []string{"pass", "file"}
	move := func(i int) *exec.Cmd { return st.command("secaws", "keychain", "move", "--to", targets[i%2]) }
	if _, stderr, code := collect(st.command("secaws", "keychain", "move", "--to", "pass", "--dry-run")); code != 0 {
		t.Fatal(stderr)
	}
	killing(t, 8, move, func(i int) {
		st.checkKey(t, "after a kill")
		if _, stderr, code := collect(move(i)); code != 0 && !strings.Contains(stderr, "already") {
			t.Fatalf("the move does not go on: %s", stderr)
		}
		st.checkKey(t, "after going on")
	})
}

func TestKeychainMoveRefuses(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	for target, want := range map[string]struct {
		code int
		text string
	}{
		"":       {2, `--to "": want one of`},
		"vault":  {2, `--to "vault": want one of`},
		"file":   {1, "in the keychain file already"},
		"keyctl": {1, "forgets everything at reboot"},
	} {
		st.set("SECAWS_TEST_KEYCHAIN", target)
		out, stderr, code := st.run("secaws", "keychain", "move", "--to", target)
		if code != want.code || out != "" || !strings.Contains(stderr, want.text) {
			t.Errorf("move --to %q: exit code %d, stdout %q: %s", target, code, out, stderr)
		}
	}
	st.checkKey(t, "after refusals")
}

// Losing the sealing key costs the sessions and no key: the next run says so and makes a new one.
func TestLostSealingKey(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.checkServes(t, "plain")
	lost := ""
	for _, item := range st.fileItems(t) {
		aside := item + ".aside"
		must(t, os.Rename(item, aside))
		if _, _, code := st.run("secaws", "exec", "--no-session", "plain", "--", "true"); code == 0 {
			lost = item
			break
		}
		must(t, os.Rename(aside, item))
	}
	if lost == "" {
		t.Fatal("no item could be lost without losing the key")
	}
	out, stderr, code := st.run("secaws", "credential-process", "plain")
	if code != 0 || !strings.Contains(out, `"Version":1`) {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
	if n := st.calls("GetSessionToken"); n != 2 {
		t.Errorf("%d GetSessionToken calls, want 2: one before, one after the loss", n)
	}
	st.checkKey(t, "after the loss")
}
