package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// fixedProcess is a process of which only the caller is asked.
type fixedProcess struct{ osProcess }

func (fixedProcess) Caller() string { return "terraform" }

func auditEnv(t *testing.T) (*env, string) {
	t.Helper()
	state := t.TempDir()
	e := &env{
		environ: []string{"HOME=/home/nobody", "XDG_STATE_HOME=" + state},
		stderr:  &bytes.Buffer{},
		now:     func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC) },
		process: fixedProcess{},
	}
	if runtime.GOOS != "linux" {
		t.Setenv("HOME", state)
		e.environ = []string{"HOME=" + state, "USERPROFILE=" + state, "LOCALAPPDATA=" + state}
	}
	p, err := e.paths()
	must(t, err)
	return e, p.audit()
}

func TestAuditEntry(t *testing.T) {
	e, path := auditEnv(t)
	e.audit(auditEntry{Command: "exec", Profile: "Ops", RoleARN: "arn:aws:iam::333333333333:role/Ops", KeyID: "AKIAEXAMPLE", MFA: true, Program: "aws"})
	data, err := os.ReadFile(path)
	must(t, err)
	want := `{"time":"2026-01-02T03:04:05.678Z","command":"exec","profile":"Ops","role_arn":"arn:aws:iam::333333333333:role/Ops",` +
		`"key_id":"AKIAEXAMPLE","mfa":true,"caller":"terraform","program":"aws"}` + "\n"
	if string(data) != want {
		t.Errorf("entry\n%s want\n%s", data, want)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func TestAuditRefusesALink(t *testing.T) {
	e, path := auditEnv(t)
	target := filepath.Join(t.TempDir(), "target")
	must(t, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(target, nil, 0o600), os.Symlink(target, path))
	e.audit(auditEntry{Command: "exec"})
	if data, _ := os.ReadFile(target); len(data) > 0 {
		t.Errorf("the log was written through a link: %s", data)
	}
	if told := e.stderr.(*bytes.Buffer).String(); !strings.Contains(told, "is a link") {
		t.Errorf("told %q, want that it is a link", told)
	}
}

// Processes that write side by side, over several rotations, lose no entry and tear none, as long as what is kept
// reaches back far enough.
func TestAuditRotates(t *testing.T) {
	e, path := auditEnv(t)
	long := strings.Repeat("x", 900)
	const writers, each = 8, 300 // 8 × 300 × 1 KB is over two files' worth
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if err := e.appendAudit(auditEntry{Time: e.now(), Command: long}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	lines := 0
	for n := range auditKept + 1 {
		name := path
		if n > 0 {
			name = numbered(path, n)
		}
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		must(t, err)
		if len(data) > 2*auditLimit { // the others write on while one rotates
			t.Errorf("%s has %d bytes", name, len(data))
		}
		for line := range strings.Lines(string(data)) {
			var entry auditEntry
			if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Command != long {
				t.Fatalf("torn line %q: %v", line, err)
			}
			lines++
		}
	}
	if lines != writers*each {
		t.Errorf("%d entries are left of %d", lines, writers*each)
	}
	if _, err := os.Stat(numbered(path, auditKept+1)); !os.IsNotExist(err) {
		t.Error("more old files than are to be kept")
	}
}

func TestAuditEntriesReadsTheLast(t *testing.T) {
	_, path := auditEnv(t)
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	line := func(command string) string {
		return `{"time":"2026-01-02T03:04:05Z","command":"` + command + `"}` + "\n"
	}
	must(t, os.WriteFile(numbered(path, 1), []byte(line("a")+line("b")), 0o600),
		os.WriteFile(path, []byte(line("c")+"{torn\n"+line("d")), 0o600))
	entries, err := auditEntries(path, 3)
	must(t, err)
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Command)
	}
	if strings.Join(got, " ") != "b c d" {
		t.Errorf("last 3 are %v, want b c d", got)
	}
}

func FuzzParseAudit(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-02T03:04:05Z","command":"x"}` + "\n{\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, entry := range parseAudit(data) {
			if entry.Time.IsZero() {
				t.Error("an entry without a time")
			}
		}
	})
}
