package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// script writes an executable that runs body, and returns its path.
func script(t *testing.T, folder, name, body string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts need Unix")
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) withProcess(argv ...string) Profile {
	p := w.mfaRole()
	p.Source.MFAProcess = argv
	return p
}

func TestMFAProcess(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	seen := filepath.Join(folder, "seen")
	path := script(t, folder, "code", `printf '%s|' "$@" > `+seen+`; echo "$SECAWS_FILE_PASSPHRASE$OTHER" >> `+seen+`; cat >> `+seen+`; echo '  123456 '`)
	r := w.retriever()
	r.CanPrompt, r.Prompter = false, nil
	r.Environ = []string{"PATH=" + os.Getenv("PATH"), "SECAWS_FILE_PASSPHRASE=CANARY", "OTHER=other"}
	if _, err := r.Retrieve(t.Context(), w.withProcess(path, "a b", "$(touch x)", "; exit 1")); err != nil {
		t.Fatal(err)
	}
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1")
	got, err := os.ReadFile(seen)
	if want := "a b|$(touch x)|; exit 1|other\n"; string(got) != want || err != nil {
		t.Errorf("the program saw %q, %v; want %q", got, err, want)
	}
}

// Whoever runs the program with our own environment does not give it the passphrase.
func TestProcessCodeHidesThePassphrase(t *testing.T) {
	t.Setenv("SECAWS_FILE_PASSPHRASE", "CANARY")
	path := script(t, t.TempDir(), "code", `[ -z "$SECAWS_FILE_PASSPHRASE" ] && [ -n "$PATH" ] && echo 123456; echo touch it >&2`)
	var told strings.Builder
	code, err := ProcessCode(t.Context(), []string{path}, nil, &told)
	if code != "123456" || err != nil || told.String() != "touch it\n" {
		t.Errorf("code %q, %v; told %q", code, err, told.String())
	}
}

// A refused or used code is asked for again, when the next one is due.
func TestMFAProcessWaitsForTheNextCode(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	counter := filepath.Join(folder, "runs")
	path := script(t, folder, "code", `if [ -e `+counter+` ]; then echo 123456; else touch `+counter+`; echo 000000; fi`)
	r := w.retriever()
	var waited []time.Duration
	r.pause = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
	w.now = w.now.Add(12 * time.Second)
	if _, err := r.Retrieve(t.Context(), w.withProcess(path)); err != nil {
		t.Fatal(err)
	}
	if len(waited) != 1 || waited[0] != 18*time.Second || len(w.prompts) != 0 {
		t.Errorf("waited %v with %d prompts, want 18 s and none", waited, len(w.prompts))
	}
}

func TestMFAProcessRefused(t *testing.T) {
	folder := t.TempDir()
	open := filepath.Join(folder, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	script(t, open, "planted", "echo 123456")
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", open+string(os.PathListSeparator)+os.Getenv("PATH"))
	script(t, folder, "here", "echo 123456")
	t.Chdir(folder)
	tests := []struct {
		name, want string
		argv       []string
	}{
		{"exit 3", "exit status 3", []string{script(t, folder, "fails", "echo 123456; exit 3")}},
		{"two lines", "not a code of six digits", []string{script(t, folder, "lines", "echo 123456; echo 123456")}},
		{"text", "not a code of six digits", []string{script(t, folder, "text", "echo your code is 123456")}},
		{"nothing", "not a code of six digits", []string{script(t, folder, "silent", "true")}},
		{"escape", "not a code of six digits", []string{script(t, folder, "escape", `printf '\033[31m123456'`)}},
		{"endless", "more than a code", []string{script(t, folder, "endless", "trap '' PIPE; while :; do echo 123456 2>/dev/null; done")}},
		{"missing", "not found", []string{"no-such-program-of-ours"}},
		{"missing by path", "no such file", []string{filepath.Join(folder, "none")}},
		{"relative", "full path", []string{"./here"}},
		{"writable folder", "anybody can write to", []string{"planted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.retriever().Retrieve(t.Context(), w.withProcess(tt.argv...))
			var failure *ProcessError
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want a ProcessError with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "123456") || failure.Hint() == "" {
				t.Errorf("error %q shows the code, or has no hint", err)
			}
			if len(w.takeCalls()) != 0 {
				t.Error("a call was made")
			}
		})
	}
}

func TestMFAProcessEndsWithUs(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	started := filepath.Join(folder, "started")
	path := script(t, folder, "slow", "touch "+started+"; exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := w.retriever().Retrieve(ctx, w.withProcess(path))
		done <- err
	}()
	w.until("the program runs", func() bool { _, err := os.Stat(started); return err == nil })
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, ErrCanceled) {
			t.Errorf("error %v, want ErrCanceled", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting for the program")
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"123456", " 123456\r\n", "12345", "１２３４５６", "123456\x00", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		code, ok := parseCode(output)
		if !ok {
			return
		}
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" || !strings.Contains(string(output), code) {
			t.Errorf("%q from %q", code, output)
		}
	})
}
