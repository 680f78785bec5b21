package hardening

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestNeighboursAreRefused looks into a process that has closed itself.
func TestNeighboursAreRefused(t *testing.T) {
	if os.Getuid() == 0 {
		if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
			t.Fatal("root may look into every process: run as an ordinary user")
		}
		t.Skip("root may look into every process")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProgram$")
	cmd.Env = append(os.Environ(), "HARDENING_TEST_PROGRAM=1")
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer stdin.Close()
	line := make([]byte, 100)
	n, err := stdout.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"environ", "mem", "maps"} {
		path := fmt.Sprintf("/proc/%d/%s", cmd.Process.Pid, file)
		if f, err := os.Open(path); !errors.Is(err, fs.ErrPermission) {
			f.Close()
			t.Errorf("%s opened: %v, want it refused", path, err)
		}
	}
	if got, want := strings.TrimSpace(string(line[:n])), limits(t); got != want {
		t.Errorf("its core limit is %s, want the inherited %s", got, want)
	}
}

// TestProgram is the program of TestNeighboursAreRefused.
func TestProgram(t *testing.T) {
	if os.Getenv("HARDENING_TEST_PROGRAM") == "" {
		return
	}
	if err := Undumpable(); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString(limits(t) + "\n")
	os.Stdin.Read(make([]byte, 1))
}

func limits(t *testing.T) string {
	t.Helper()
	var core syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &core); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d/%d", core.Cur, core.Max)
}
