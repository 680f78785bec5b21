//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

// tools are programs that secaws or its libraries know, or that a careless one would run.
var tools = []string{
	"pass", "gpg", "gpg2", "kwalletd5", "secret-tool", "dbus-launch", "dbus-daemon", "gnome-keyring-daemon", "pinentry", "security", "xclip", "notify-send",
	"aws", "sh", "stty", "tty", "uname", "hostname", "git", "xdg-open", "open", "keyctl",
}

// everyday are commands with an ordinary keychain, in an order in which they work.
func everyday() []string {
	return []string{
		"add ops --stdin --yes", "list", "login auto", "status", "status --log", "credential-process auto", "credential-process Ops", "logout auto",
		"keychain move --to keyctl", "version", "help", "no-such-command", "remove ops --yes", "logout --all",
	}
}

// A folder of fake tools, first in PATH: no command runs one unasked.
func TestNoToolIsRunUnasked(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	document, err := st.created("ops")
	must(t, err)
	fakes, ran := filepath.Join(st.root, "fakes"), filepath.Join(st.root, "ran")
	must(t, os.Mkdir(fakes, 0o700))
	for _, tool := range tools {
		must(t, os.WriteFile(filepath.Join(fakes, tool), []byte("#!/bin/sh\necho \"$0 $*\" >> "+ran+"\n"), 0o700))
	}
	st.set("PATH", fakes+":"+valueOf(st.env, "PATH"))
	if _, _, code := st.run(filepath.Join(fakes, "pass")); code != 0 || !exists(ran) {
		t.Fatal("the fake tools leave no trace")
	}
	must(t, os.Remove(ran))
	for _, line := range everyday() {
		cmd := st.command("secaws", strings.Fields(line)...)
		if strings.Contains(line, "--stdin") {
			cmd.Stdin = strings.NewReader(document)
		}
		_, _, _ = collect(cmd)
		if text, err := os.ReadFile(ran); err == nil {
			t.Fatalf("secaws %s ran: %s", line, text)
		}
	}
}

// Every variable that could send a call elsewhere points to a stranger: no request gets out, whatever the command. The
// trap is the proxy, so that it would see the stranger's name looked up by nobody.
func TestNoRequestToAStranger(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	document, err := st.created("ops")
	must(t, err)
	var requests atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Error(w, "trapped", http.StatusBadGateway)
	}))
	defer trap.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		st.set(name, trap.URL)
	}
	endpoints := []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_S3"}
	for _, url := range []string{"http://sts.example.com", "https://sts.example.com", "https://sts.amazonaws.com.example.com", "http://sts.amazonaws.com", "https://u:p@sts.example.com/x"} {
		for _, name := range endpoints {
			st.set(name, url)
		}
		for _, line := range []string{"add more --stdin", "login auto", "credential-process auto", "credential-process plain", "exec plain -- true"} {
			cmd := st.command("secaws", strings.Fields(line)...)
			if strings.Contains(line, "--stdin") {
				cmd.Stdin = strings.NewReader(document)
			}
			out, stderr, code := collect(cmd)
			if code != 1 || out != "" || !strings.Contains(stderr, "endpoint") {
				t.Errorf("secaws %s with %s: exit code %d, stdout %q, stderr %s", line, url, code, out, stderr)
			}
			if n := requests.Load(); n > 0 {
				t.Fatalf("secaws %s with %s: %d requests got out", line, url, n)
			}
		}
	}

	// The same call does reach the trap when the profile itself names the stranger: it is the rule that stopped them.
	config := filepath.Join(st.home(), ".aws", "config")
	must(t, os.WriteFile(config, []byte("[profile plain]\nregion = us-west-2\nsecaws_key = ops\nsecaws_trusted_endpoint = sts.example.com\n"), 0o600))
	st.set("AWS_ENDPOINT_URL_STS", "https://sts.example.com")
	if _, _, code := st.run("secaws", "credential-process", "plain"); code != 1 || requests.Load() == 0 {
		t.Error("the trap sees nothing, so the test shows nothing")
	}
}
