package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is what a command that still runs may write to while a test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// command runs a command line.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs lockedBuffer
	e := env{strings.NewReader(""), &out, &errs, append(os.Environ(), "AWS_PROFILE=real", "AWS_ACCESS_KEY_ID=real")}
	code = e.main(t.Context(), args)
	return code, out.String(), errs.String()
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		args []string
		code int
		text string // in what is printed
	}{
		{[]string{"--help"}, 0, "awslab serve"},
		{[]string{"totp", "--help"}, 0, "awslab totp"},
		{nil, 2, "no command"},
		{[]string{"fly"}, 2, `no command "fly"`},
		{[]string{"serve"}, 2, "--dir is required"},
		{[]string{"serve", "--dir", dir, "more"}, 2, `"more"`},
		{[]string{"serve", "--dir", dir, "--nothing"}, 2, "nothing"},
		{[]string{"serve", "--dir", dir, "--seed", "other"}, 2, `"other"`},
		{[]string{"serve", "--dir", dir, "--fault", "x"}, 2, "fault"},
		{[]string{"serve", "--dir", dir, "--totp-step", "1ms"}, 2, "TOTP step"},
		{[]string{"serve", "--dir", dir, "--addr", "0.0.0.0:0"}, 1, "loopback only"},
		{[]string{"run", "--dir", dir}, 2, "run what?"},
		{[]string{"run", "--dir", dir, "--", "/nonexistent/command"}, 1, "no such file"},
		{[]string{"totp", "ops"}, 2, "--dir is required"},
		{[]string{"totp", "--dir", dir, "ops"}, 1, "no lab runs in"},
		{[]string{"clock", "--dir", dir, "1h"}, 1, "no lab runs in"},
		{[]string{"s3", "mb", "bucket"}, 2, "s3://BUCKET"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			code, stdout, stderr := command(t, test.args...)
			if code != test.code || !strings.Contains(stdout+stderr, test.text) {
				t.Errorf("exit %d, %q, %q, want %d and %q", code, stdout, stderr, test.code, test.text)
			}
			if (stdout == "") == (code == 0) {
				t.Errorf("stdout %q with exit code %d", stdout, code)
			}
		})
	}
}

// serving runs a lab until the test ends, and returns its folder and what ends it early.
func serving(t *testing.T, args ...string) (dir string, stop func() int) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "lab")
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs lockedBuffer
	code := make(chan int, 1)
	go func() {
		e := env{strings.NewReader(""), &out, &errs, nil}
		code <- e.main(ctx, append([]string{"serve", "--dir", dir}, args...))
	}()
	stop = sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	t.Cleanup(func() { stop() })
	ready := regexp.MustCompile(`^awslab ready at http://127\.0\.0\.1:\d+: \. .*/env\n$`)
	for deadline := time.Now().Add(20 * time.Second); !ready.MatchString(out.String()); {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %q, %q", out.String(), errs.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
	return dir, stop
}

func TestServe(t *testing.T) {
	dir, stop := serving(t, "--seed", "landing-zone", "--totp-step", "1s")
	if code := stop(); code != 0 {
		t.Errorf("exit %d once it was stopped, want 0", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "control.json")); !os.IsNotExist(err) {
		t.Errorf("control.json is left: %v", err)
	}
	if code, _, stderr := command(t, "totp", "--dir", dir, "ops"); code != 1 {
		t.Errorf("totp of a lab that is down: exit %d, %s", code, stderr)
	}
}

func TestPhone(t *testing.T) {
	dir, _ := serving(t, "--seed", "landing-zone")
	tests := []struct {
		args []string
		code int
		form string
	}{
		{[]string{"--dir", dir, "ops"}, 0, `^\d{6}\n$`},
		{[]string{"ops", "--dir", dir}, 0, `^\d{6}\n$`},
		{[]string{"--dir", dir, "--fresh", "dev"}, 0, `^\d{6}\n$`},
		{[]string{"--dir", dir, "--pair", "arn:aws:iam::111111111111:mfa/admin"}, 0, `^\d{6} \d{6}\n$`},
		{[]string{"--dir", dir, "nobody"}, 1, `^$`},
		{[]string{"--dir", dir}, 2, `^$`},
	}
	for _, test := range tests {
		code, stdout, stderr := command(t, append([]string{"totp"}, test.args...)...)
		if code != test.code || !regexp.MustCompile(test.form).MatchString(stdout) {
			t.Errorf("totp %q: exit %d, %q, %q", test.args, code, stdout, stderr)
		}
	}
}

func TestOrders(t *testing.T) {
	dir, _ := serving(t)
	tests := []struct {
		args []string
		code int
	}{
		{[]string{"clock", "--dir", dir, "+1h"}, 0},
		{[]string{"clock", "--dir", dir, "later"}, 2},
		{[]string{"age", "--dir", dir, "1h"}, 0},
		{[]string{"faults", "--dir", dir, "CreateUser:1=drop"}, 0},
		{[]string{"faults", "--dir", dir, "nonsense"}, 1},
		{[]string{"snapshot", "--dir", dir}, 0},
	}
	for _, test := range tests {
		if code, stdout, stderr := command(t, test.args...); code != test.code {
			t.Errorf("%q: exit %d, %q, %q, want %d", test.args, code, stdout, stderr, test.code)
		}
	}
	_, stdout, _ := command(t, "snapshot", "--dir", dir)
	var state map[string]string
	if err := json.Unmarshal([]byte(stdout), &state); err != nil || state["Accounts.111111111111.Users.bootstrap.Name"] != "bootstrap" {
		t.Errorf("snapshot of %d values, %v", len(state), err)
	}
}

// run gives CMD the lab's environment and nothing of AWS's that was there before, and
// ends with its exit code, the lab being up till then and no longer.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	code, stdout, stderr := command(t, "run", "--dir", dir, "--", "sh", "-c", `env | grep ^AWS_ | sort; test -f "$0/control.json" && exit 7`, dir)
	if code != 7 {
		t.Errorf("exit %d, %q, want 7", code, stderr)
	}
	form := "^AWS_CONFIG_FILE=.*/config\nAWS_DEFAULT_REGION=us-west-2\nAWS_EC2_METADATA_DISABLED=true\nAWS_ENDPOINT_URL=http://127.0.0.1:\\d+\n" +
		"AWS_REGION=us-west-2\nAWS_SHARED_CREDENTIALS_FILE=.*/credentials\n$"
	if !regexp.MustCompile(form).MatchString(stdout) {
		t.Errorf("environment:\n%s", stdout)
	}
	if code, _, _ := command(t, "run", "--dir", dir, "--", "sh", "-c", "kill -TERM $$"); code != 143 {
		t.Errorf("a command ended by SIGTERM: exit %d, want 143", code)
	}
	if code, _, stderr := command(t, "run", "--dir", dir, "true"); code != 0 {
		t.Errorf("without --: exit %d, %s", code, stderr)
	}
}

// The demo's own client finds credentials as every program with the SDK does.
func TestClient(t *testing.T) {
	dir, _ := serving(t, "--seed", "landing-zone")
	text, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "export ")), "=")
		t.Setenv(name, value)
	}
	tests := []struct {
		profile string
		args    []string
		code    int
		text    string
	}{
		{"secure-aws-infra", []string{"whoami"}, 0, "arn:aws:iam::222222222222:user/bootstrap\n"},
		{"secure-aws-infra", []string{"s3", "mb", "s3://demo-bucket"}, 0, "make_bucket: demo-bucket\n"},
		{"secure-aws-infra", []string{"s3", "ls"}, 0, " demo-bucket\n"},
		{"secure-aws-prod", []string{"s3", "mb", "s3://demo-bucket"}, 1, "BucketAlreadyExists"},
		{"ops", []string{"s3", "mb", "s3://other-bucket"}, 1, "AccessDenied"},
		{"secure-aws-infra", []string{"s3", "rb", "s3://demo-bucket/"}, 0, "remove_bucket: demo-bucket\n"},
		{"secure-aws-infra", []string{"s3", "rb", "s3://demo-bucket"}, 1, "NoSuchBucket"},
	}
	for _, test := range tests {
		t.Setenv("AWS_PROFILE", test.profile)
		if code, stdout, stderr := command(t, test.args...); code != test.code || !strings.Contains(stdout+stderr, test.text) {
			t.Errorf("%s %q: exit %d, %q, %q, want %d and %q", test.profile, test.args, code, stdout, stderr, test.code, test.text)
		}
	}
}
