package dbusguard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/99designs/keyring" // whose init looks for a bus

	"github.com/secaws/secaws/internal/dbusguard"
)

// TestNoBusIsStarted runs a program of this package and 99designs/keyring without
// a bus, where starting one would leave a trace, and looks at what its children get.
func TestNoBusIsStarted(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "started")
	launcher := "#!/bin/sh\necho started >>" + trace + "\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(launcher), 0o700); err != nil {
		t.Fatal(err)
	}
	const theirs = "unix:path=/nonexistent/theirs"
	tests := map[string]struct {
		environ []string
		want    string // the variable, as the child sees it
	}{
		"unset":      {nil, "unset"},
		"empty":      {[]string{"DBUS_SESSION_BUS_ADDRESS="}, ""},
		"autolaunch": {[]string{"DBUS_SESSION_BUS_ADDRESS=autolaunch:"}, "autolaunch:"},
		"set":        {[]string{"DBUS_SESSION_BUS_ADDRESS=" + theirs}, theirs},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestProgram$")
			cmd.Env = append([]string{"PATH=" + dir + ":/usr/bin:/bin", "DBUSGUARD_TEST_PROGRAM=1"}, tt.environ...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if want := "environ=" + tt.want + "\nrestored=" + tt.want + "\n"; !strings.HasPrefix(string(out), want) {
				t.Errorf("got %q, want it to start with %q", out, want)
			}
			if started, err := os.ReadFile(trace); err == nil {
				t.Errorf("a bus was started: %q", started)
			}
		})
	}
}

// TestProgram is the program of TestNoBusIsStarted.
func TestProgram(t *testing.T) {
	if os.Getenv("DBUSGUARD_TEST_PROGRAM") == "" {
		return
	}
	os.Stdout.WriteString("environ=" + lookup(dbusguard.Environ(os.Environ())) + "\n")
	if err := dbusguard.Restore(); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("restored=" + lookup(os.Environ()) + "\n")
}

func lookup(environ []string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "DBUS_SESSION_BUS_ADDRESS="); ok {
			return value
		}
	}
	return "unset"
}
