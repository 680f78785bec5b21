package keyring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestChoose(t *testing.T) {
	absent := func(b string) Probe { return Probe{b, Absent, "not here"} }
	usable := func(b string) Probe { return Probe{b, Usable, ""} }
	broken := func(b string) Probe { return Probe{b, Broken, "no answer"} }
	tests := map[string]struct {
		probes []Probe
		want   string
	}{
		"the platform's own":            {[]Probe{usable(SecretService), usable(File)}, SecretService},
		"the next":                      {[]Probe{absent(SecretService), absent(KWallet), usable(Pass), usable(File)}, Pass},
		"the last":                      {[]Probe{absent(SecretService), absent(KWallet), absent(Pass), usable(File)}, File},
		"no fall-through from a broken": {[]Probe{broken(SecretService), usable(File)}, ""},
		"a broken one after the choice": {[]Probe{usable(KWallet), broken(Pass)}, KWallet},
		"none":                          {[]Probe{absent(SecretService)}, ""},
	}
	for name, tt := range tests {
		got, err := choose(tt.probes)
		var unavailable *UnavailableError
		if got != tt.want || (err != nil) != (tt.want == "") || err != nil && (!errors.As(err, &unavailable) || unavailable.Hint() == "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

func TestProbePass(t *testing.T) {
	store := t.TempDir()
	t.Setenv("PASSWORD_STORE_DIR", store)
	t.Setenv("PATH", t.TempDir())
	if p := ProbeBackend(t.Context(), Pass, time.Second); p.Presence != Absent || !strings.Contains(p.Reason, "not installed") {
		t.Errorf("without pass: %+v", p)
	}
	program := filepath.Join(os.Getenv("PATH"), "pass")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p := ProbeBackend(t.Context(), Pass, time.Second); p.Presence != Absent || !strings.Contains(p.Reason, "pass init") {
		t.Errorf("without a store: %+v", p)
	}
	var unavailable *UnavailableError
	if _, err := newVault(Pass, Options{}, time.Minute).names(t.Context()); !errors.As(err, &unavailable) || !strings.Contains(unavailable.Reason, "pass init") {
		t.Errorf("listing without a store: %v", err)
	}
	if err := os.WriteFile(filepath.Join(store, ".gpg-id"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if p := ProbeBackend(t.Context(), Pass, time.Second); p.Presence != Usable {
		t.Errorf("with a store: %+v", p)
	}
	if err := os.Chmod(filepath.Dir(program), 0o777); err != nil {
		t.Fatal(err)
	}
	if p := ProbeBackend(t.Context(), Pass, time.Second); p.Presence != Absent || !strings.Contains(p.Reason, "everybody") {
		t.Errorf("in an open folder: %+v", p)
	}
}

func TestBounded(t *testing.T) {
	type call = func() (int, error)
	stuck := make(chan struct{})
	defer close(stuck)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var timeout *TimeoutError
	var backend *BackendError
	tests := map[string]struct {
		ctx   context.Context
		limit time.Duration
		call  call
		want  func(int, error) bool
	}{
		"answers": {t.Context(), time.Minute, func() (int, error) { return 7, nil },
			func(n int, err error) bool { return n == 7 && err == nil }},
		"hangs": {t.Context(), 10 * time.Millisecond, func() (int, error) { <-stuck; return 0, nil },
			func(_ int, err error) bool {
				return errors.As(err, &timeout) && timeout.Timeout() && timeout.Backend == Pass && timeout.Hint() != ""
			}},
		"is given up": {ended, time.Minute, func() (int, error) { <-stuck; return 0, nil },
			func(_ int, err error) bool { return errors.Is(err, context.Canceled) && errors.As(err, &backend) }},
		"panics": {t.Context(), time.Minute, func() (int, error) { var s []int; return s[len(s)], nil },
			func(_ int, err error) bool {
				return errors.As(err, &backend) && strings.Contains(err.Error(), "index out of range")
			}},
		"fails": {t.Context(), time.Minute, func() (int, error) { return 0, os.ErrPermission },
			func(_ int, err error) bool {
				return errors.Is(err, os.ErrPermission) && strings.Contains(err.Error(), Pass)
			}},
	}
	for name, tt := range tests {
		if n, err := bounded(tt.ctx, tt.limit, Pass, "read", tt.call); !tt.want(n, err) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

// TestPatience pins the limits that the person and the script writer are told.
func TestPatience(t *testing.T) {
	alone, watched := &Keyring{}, &Keyring{o: Options{Interactive: true}}
	if alone.patience() != 5*time.Second || watched.patience() != time.Minute {
		t.Errorf("%v alone, %v watched", alone.patience(), watched.patience())
	}
}

// TestGuard has tests refused what is the person's own.
func TestGuard(t *testing.T) {
	home := filepath.Join(string(filepath.Separator), "home", "person")
	tests := map[string]struct {
		change  func(*Options)
		refused bool
	}{
		"own folders":           {func(*Options) {}, false},
		"the person's state":    {func(o *Options) { o.Dir = filepath.Join(home, ".local", "state", "secaws") }, true},
		"the person's keys":     {func(o *Options) { o.FileDir = filepath.Join(home, "keys") }, true},
		"the person's settings": {func(o *Options) { o.Settings = filepath.Join(home, "settings.json") }, true},
		"up and away":           {func(o *Options) { o.Dir = filepath.Join(o.Dir, "..", "..", "..", "..", "..", "..", "..", "home") }, true},
		"the person's keychain": {func(o *Options) { o.Backend = Backends()[0] }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			o.Backend = File
			t.Setenv(testKeychain, "")
			tt.change(&o)
			if _, err := Open(o); (err != nil) != tt.refused {
				t.Errorf("Open = %v, want refused: %t", err, tt.refused)
			}
			if err := refuseInTest(o, o.Backend); (err != nil) != tt.refused {
				t.Errorf("refuseInTest = %v, want refused: %t", err, tt.refused)
			}
		})
	}
	for arg0, want := range map[string]bool{"/tmp/keyring.test": true, `C:\keyring.test.exe`: true, "/usr/bin/secaws": false} {
		if isTestBinary(arg0) != want {
			t.Errorf("isTestBinary(%q) = %t", arg0, !want)
		}
	}
}

// TestGuardHoldsForAnOwnChoice has the guard look again once a backend is chosen.
func TestGuardHoldsForAnOwnChoice(t *testing.T) {
	o := options(t)
	o.Backend = ""
	t.Setenv(testKeychain, "")
	t.Setenv("PATH", t.TempDir()) // no pass
	k := open(t, o)
	if backend, err := k.Backend(t.Context()); err == nil && backend != File {
		t.Errorf("a test was given %s", backend)
	}
}

func TestMergeSettings(t *testing.T) {
	tests := map[string]struct{ before, want string }{
		"no file":         {"", "{\n  \"backend\": \"pass\"\n}\n"},
		"other fields":    {`{"z":[1,2],"backend":"file"}`, "{\n  \"backend\": \"pass\",\n  \"z\": [\n    1,\n    2\n  ]\n}\n"},
		"ours are kept":   {`{"hold":"off","hold_minutes":3}`, "{\n  \"backend\": \"pass\",\n  \"hold\": \"off\",\n  \"hold_minutes\": 3\n}\n"},
		"ours are ended":  {`{"moving_from":"file"}`, "{\n  \"backend\": \"pass\"\n}\n"},
		"not JSON at all": {`backend = file`, ""},
		"wrong type":      {`{"backend":7}`, ""},
	}
	for name, tt := range tests {
		got, err := mergeSettings([]byte(tt.before), func(s *Settings) { s.Backend, s.MovingFrom = Pass, "" })
		if string(got) != tt.want && err == nil || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

func TestBadSettingsAreToldApart(t *testing.T) {
	o := options(t)
	if err := os.WriteFile(o.Settings, []byte("backend = file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), o.Settings) {
		t.Errorf("Open = %v, want the file named", err)
	}
}
