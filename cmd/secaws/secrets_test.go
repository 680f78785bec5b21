//go:build unix

package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// After every command, at full debug, no file of the person's holds a secret in any encoding, and no command but those
// made for it says one.
func TestNoSecretInClear(t *testing.T) {
	st := newStage(t, awslab.Options{TOTPStep: time.Second})
	must(t, st.settle("ops"))
	st.set("GODEBUG", "http2debug=2,netdns=2")
	st.set("AWS_LOG_LEVEL", "debug")
	st.set("SECAWS_DEBUG", "1")
	p, err := st.key("ops")
	must(t, err)
	document, err := st.created("ops")
	must(t, err)
	secrets := append([]string{p.Secret, "correct horse battery staple"}, st.sessionSecrets(t, "auto")...)

	for _, line := range []string{
		"add ops --stdin --yes", "add ops --stdin --yes --no-verify", "list", "list --json", "login auto", "login --force auto --json",
		"status", "status --json", "status --log", "status --log --json", "credential-process auto", "credential-process nothing",
		"exec auto -- true", "exec auto -- no-such-command", "exec --no-session plain -- true", "logout auto", "credential-process plain",
		"keychain move --to pass --dry-run", "version --json", "remove ops", "logout --all", "remove ops --yes", "list",
	} {
		cmd := st.command("secaws", strings.Fields(line)...)
		if strings.Contains(line, "--stdin") {
			cmd.Stdin = strings.NewReader(document)
		}
		stdout, stderr, _ := collect(cmd)
		if !strings.HasPrefix(line, "credential-process") {
			stderr += stdout
		} else if stdout != "" {
			secrets = append(secrets, secretsIn(t, stdout)...)
		}
		for _, s := range secrets {
			for form, text := range forms(s) {
				if strings.Contains(stderr, string(text)) {
					t.Errorf("secaws %s tells a secret (%s):\n%s", line, form, stderr)
				}
			}
		}
		hits, err := sightings([]string{st.home(), filepath.Join(st.root, ".tmp")}, nil, secrets)
		must(t, err)
		if len(hits) > 0 {
			t.Errorf("after secaws %s secrets are in clear:\n%s", line, strings.Join(hits, "\n"))
		}
	}
}

// sessionSecrets are those of the session that credential-process hands out for a profile.
func (st *stage) sessionSecrets(t *testing.T, profile string) []string {
	t.Helper()
	out, stderr, code := st.run("secaws", "credential-process", profile)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	return secretsIn(t, out)
}

func secretsIn(t *testing.T, document string) []string {
	t.Helper()
	var c struct{ SecretAccessKey, SessionToken string }
	must(t, json.Unmarshal([]byte(document), &c))
	return []string{c.SecretAccessKey, c.SessionToken}
}

// The scan finds what it should: a key written in clear beside ours is seen.
func TestScanSeesAKeyInClear(t *testing.T) {
	st := newStage(t, awslab.Options{})
	p, err := st.key("ops")
	must(t, err, exec.Command("sh", "-c", "printf %s \"$0\" | base64 > \"$1\"", p.Secret, filepath.Join(st.home(), "note")).Run())
	hits, err := sightings([]string{st.home()}, nil, []string{p.Secret})
	if err != nil || len(hits) == 0 {
		t.Errorf("hits %v, error %v", hits, err)
	}
}
