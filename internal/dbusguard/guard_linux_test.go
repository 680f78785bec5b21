package dbusguard

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSettle(t *testing.T) {
	runtime := filepath.Dir(filepath.Dir(socket(t, "7/bus")))
	tests := map[string]struct{ address, runtime, want string }{
		"given":                {"unix:path=/theirs", runtime, "unix:path=/theirs"},
		"given, not unix":      {"tcp:host=h,port=1", runtime, "tcp:host=h,port=1"},
		"unset":                {"", runtime, ""},
		"unset, no folder":     {"", "/nonexistent", ""},
		"asks to start one":    {"autolaunch:", "/nonexistent", ""},
		"unset, somebody's":    {"", runtime + "/none", ""},
		"unset, running: ours": {"", "own", "own"},
		"asks, running: ours":  {"autolaunch:", "own", "own"},
	}
	own := socket(t, decimal(os.Getuid())+"/bus")
	for name, tt := range tests {
		if tt.runtime == "own" {
			tt.runtime, tt.want = filepath.Dir(filepath.Dir(own)), "unix:path="+own
		}
		got, reason := settle(tt.address, tt.runtime, os.Getuid())
		if got != tt.want || (reason != "") != (got == "") {
			t.Errorf("%s: %q, reason %q, want %q", name, got, reason, tt.want)
		}
	}
}

func TestOwnSocket(t *testing.T) {
	path := socket(t, "s")
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		uid  int
		want bool
	}{
		{path, os.Getuid(), true},
		{path, os.Getuid() + 1, false},
		{link, os.Getuid(), false},
		{filepath.Dir(path), os.Getuid(), false},
		{path + "none", os.Getuid(), false},
	}
	for _, tt := range tests {
		if got := ownSocket(tt.path, tt.uid); got != tt.want {
			t.Errorf("ownSocket(%q, %d) = %t, want %t", tt.path, tt.uid, got, tt.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for n, want := range map[int]string{0: "0", 9: "9", 10: "10", 1000: "1000", 65534: "65534"} {
		if got := decimal(n); got != want {
			t.Errorf("decimal(%d) = %q", n, got)
		}
	}
}

func TestEnviron(t *testing.T) {
	defer func(o string, s bool) { original, originalSet = o, s }(original, originalSet)
	base := []string{"A=1", variable + "=" + nowhere, variable + "_OTHER=2", "Z"}
	original, originalSet = "unix:path=/theirs", true
	if got, want := Environ(base), []string{"A=1", variable + "_OTHER=2", "Z", variable + "=unix:path=/theirs"}; !slices.Equal(got, want) {
		t.Errorf("set: %q, want %q", got, want)
	}
	original, originalSet = "", false
	if got, want := Environ(base), []string{"A=1", variable + "_OTHER=2", "Z"}; !slices.Equal(got, want) {
		t.Errorf("unset: %q, want %q", got, want)
	}
}

// socket listens at name below a short folder of its own: a socket's path may not be long.
func socket(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); os.RemoveAll(dir) })
	return path
}
