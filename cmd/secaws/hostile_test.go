//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// hostileRuns is a run of each command that answers without a person, and of the ways in which they reach out.
var hostileRuns = []string{
	"add ops --stdin --yes", "import --dry-run", "list", "exec plain -- /bin/true", "env plain", "login auto --force", "status --log",
	"credential-process auto", "credential-process plain", "config show", "config write mine --key ops", "keychain move --to file",
	"setup init", "config sync --key ops --dry-run", "rotate ops", "setup plan", "setup verify", "user list", "join nothing", "shell-init bash", "prompt", "completion bash",
	"version", "__complete bash 2 secaws exec", "logout auto", "remove nobody --yes", "logout --all", "remove ops --yes",
}

func TestEveryCommandIsTried(t *testing.T) {
	for _, name := range commandNames() {
		if !slices.ContainsFunc(hostileRuns, func(line string) bool { return strings.Fields(line)[0] == name }) {
			t.Errorf("secaws %s is not among the commands that are tried against a hostile machine", name)
		}
	}
}

// playAll runs every command in the sandbox, the key of ops being there at first and the bootstrap
// keys in ~/.aws.
func (st *stage) playAll(t *testing.T, after func(line, stdout, stderr string, code int)) {
	t.Helper()
	document, err := st.created("ops")
	must(t, err)
	bootstrap, err := os.ReadFile(filepath.Join(st.dir, "credentials"))
	must(t, err, os.WriteFile(filepath.Join(st.home(), ".aws", "credentials"), bootstrap, 0o600))
	st.set("SECAWS_LAB_TOTP_STEP", "1s")
	for _, line := range hostileRuns {
		cmd := st.command("secaws", strings.Fields(line)...)
		cmd.Stdin = strings.NewReader(document)
		stdout, stderr, code := collect(cmd)
		if code == exitUsage {
			t.Errorf("secaws %s: %s", line, stderr)
		}
		after(line, stdout, stderr, code)
	}
}

// Whoever can put programs into PATH gets none of them run by secaws unasked.
func TestNoHelperRunsUnasked(t *testing.T) {
	st := newStage(t, awslab.Options{TOTPStep: time.Second})
	must(t, st.settle("ops"))
	fakes, seen := filepath.Join(st.root, "fakes"), filepath.Join(st.root, "ran")
	must(t, os.Mkdir(fakes, 0o700))
	for _, tool := range []string{"aws", "aws-vault", "bash", "curl", "dbus-daemon", "dbus-launch", "git", "gpg", "pass", "secret-tool", "sh", "stty", "which", "xdg-open"} {
		must(t, os.WriteFile(filepath.Join(fakes, tool), []byte("#!/bin/sh\necho "+tool+" >> '"+seen+"'\n"), 0o700))
	}
	st.set("PATH", fakes+":/usr/bin:/bin")
	st.set("SHELL", filepath.Join(fakes, "sh"))
	check := func(line, _, _ string, _ int) {
		if ran, err := os.ReadFile(seen); err == nil {
			t.Errorf("secaws %s ran %q", line, ran)
			must(t, os.Remove(seen))
		}
	}
	st.playAll(t, check)
	must(t, os.Remove(filepath.Join(st.home(), ".config", "secaws", "settings.json")), st.settle("dev"))
	_, _, code := st.run("secaws", "list")
	check("list, the first time", "", "", code)

	if _, stderr, code := st.run("secaws", "exec", "plain", "--", "gpg"); code != 0 || readFile(t, seen) != "gpg\n" {
		t.Errorf("exec does not run what it is asked to: exit code %d: %s", code, stderr)
	}
}

// A hostile environment gets no request. The trap is the proxy of this machine: what goes anywhere but to loopback
// comes by there.
func TestStrangersGetNoRequest(t *testing.T) {
	var requests atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(trap.Close)
	for _, scheme := range []string{"http", "https"} {
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_S3",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"} {
			t.Run(scheme+" "+name, func(t *testing.T) {
				st := newStage(t, awslab.Options{TOTPStep: time.Second})
				must(t, st.settle("ops"))
				for _, proxy := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
					st.set(proxy, trap.URL)
				}
				st.set("AWS_EC2_METADATA_DISABLED", "false")
				st.set(name, scheme+"://trap.example.com/latest")
				st.playAll(t, func(line, stdout, stderr string, code int) {
					if n := requests.Swap(0); n > 0 {
						t.Errorf("secaws %s made %d requests: %s", line, n, stderr)
					}
					served := strings.HasPrefix(line, "credential-process")
					if reaches := name == "AWS_ENDPOINT_URL" || name == "AWS_ENDPOINT_URL_STS"; served && reaches && (code != 1 || stdout != "") {
						t.Errorf("secaws %s: exit code %d, stdout %q", line, code, stdout)
					}
				})
			})
		}
	}

	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.unset("AWS_ENDPOINT_URL")
	st.set("HTTPS_PROXY", trap.URL)
	if _, stderr, _ := st.run("secaws", "credential-process", "plain"); requests.Load() == 0 {
		t.Errorf("the trap sees no request to AWS's own endpoint, so it shows nothing: %s", stderr)
	}
}

// A role that asks for an external ID is given the profile's, and refuses without it.
func TestExternalID(t *testing.T) {
	st := newStage(t, awslab.Options{})
	const boss = "secure-aws-admin"
	must(t, st.settle(boss))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},` +
		`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"ticket/7"}}}]}`
	arn, err := st.role(t.Context(), "secure-aws-preprod", "Vendor", trust)
	must(t, err)
	for _, tt := range []struct {
		name, id string
		want     string // part of stdout, "" where it is refused
	}{{"right", "ticket/7", "assumed-role/Vendor/"}, {"wrong", "ticket/8", ""}, {"none", "", ""}} {
		argv := []string{"config", "write", tt.name, "--key", boss, "--role", arn, "--region", "us-west-2"}
		if tt.id != "" {
			argv = append(argv, "--external-id", tt.id)
		}
		if _, stderr, code := st.run("secaws", argv...); code != 0 {
			t.Fatalf("config write: %s", stderr)
		}
		stdout, stderr, code := st.run("secaws", "exec", tt.name, "--", "awslab", "whoami")
		if refused := code == 1 && stdout == "" && strings.Contains(stderr, "AccessDenied"); tt.want == "" && !refused || !strings.Contains(stdout, tt.want) {
			t.Errorf("%s: exit code %d, stdout %q: %s", fmt.Sprintf("external ID %q", tt.id), code, stdout, stderr)
		}
		if hinted := strings.Contains(stderr, "external ID (external_id)"); hinted != (tt.name == "none") {
			t.Errorf("external ID %q: the hint names it: %v: %s", tt.id, hinted, stderr)
		}
	}
}
