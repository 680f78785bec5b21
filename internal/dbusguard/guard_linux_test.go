package dbusguard

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSettle(t *testing.T) {
	live := bus(t, func(c net.Conn) { c.Write([]byte("REJECTED EXTERNAL\r\n")) })
	rude := bus(t, func(c net.Conn) { c.Close() })
	own := "unix:path=/run/user/" + decimal(os.Getuid()) + "/bus"
	if _, err := os.Stat(strings.TrimPrefix(own, "unix:path=")); err == nil {
		t.Log("this machine has a bus of its own at", own)
	} else {
		own = nowhere
	}
	tests := map[string]struct{ address, want string }{
		"unset":               {"", own},
		"asks to start one":   {"autolaunch:", own},
		"answers":             {"unix:path=" + live, "unix:path=" + live},
		"answers, with a key": {"unix:path=" + live + ",guid=00", "unix:path=" + live + ",guid=00"},
		"hangs up":            {"unix:path=" + rude, nowhere},
		"nobody there":        {"unix:path=/nonexistent/bus", nowhere},
		"no such name":        {"unix:abstract=/secaws/test/none", nowhere},
		"several, on trust":   {"unix:path=/x;unix:path=/y", "unix:path=/x;unix:path=/y"},
		"tcp, on trust":       {"tcp:host=localhost,port=1", "tcp:host=localhost,port=1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, reason := settle(tt.address, os.Getuid())
			if got != tt.want {
				t.Errorf("settle(%q) = %q (%s), want %q", tt.address, got, reason, tt.want)
			}
			if (reason != "") != (got == nowhere) {
				t.Errorf("settle(%q) = %q with reason %q", tt.address, got, reason)
			}
		})
	}
}

func TestSilentBusIsGivenUp(t *testing.T) {
	mute := bus(t, func(net.Conn) {})
	start := time.Now()
	got, reason := settle("unix:path="+mute, os.Getuid())
	if got != nowhere || !strings.Contains(reason, "does not answer") {
		t.Errorf("settle = %q, %q, want nowhere, as it does not answer", got, reason)
	}
	if took := time.Since(start); took > (patience+1)*time.Second {
		t.Errorf("gave up after %v, want %d s", took, patience)
	}
}

func TestOwnSocket(t *testing.T) {
	path := bus(t, func(net.Conn) {})
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

func TestSocketName(t *testing.T) {
	tests := map[string]string{
		"unix:path=/run/bus":           "/run/bus",
		"unix:path=/run/bus,guid=12":   "/run/bus",
		"unix:abstract=/tmp/x":         "@/tmp/x",
		"unix:path=/a;unix:abstract=b": "",
		"tcp:host=h":                   "",
		"":                             "",
	}
	for address, want := range tests {
		if got := socketName(address); got != want {
			t.Errorf("socketName(%q) = %q, want %q", address, got, want)
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

// bus listens and serves every caller who has said a line; it returns the socket's path.
func bus(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus") // t.TempDir's names can be longer than a socket's may be
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); os.RemoveAll(dir) })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				if n, _ := c.Read(make([]byte, 64)); n > 0 {
					serve(c)
				}
			}()
		}
	}()
	return path
}
