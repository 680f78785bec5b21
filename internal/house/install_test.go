//go:build unix

package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// install runs install.sh in a home folder of its own.
func install(t *testing.T, home string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{filepath.Join("..", "..", "install.sh")}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "GOFLAGS=-buildvcs=false", "GOPATH="+goEnv(t, "GOPATH"), "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestInstallFromCheckoutTwiceAndUninstall(t *testing.T) {
	home := t.TempDir()
	target := filepath.Join(home, ".local", "bin", "secaws")
	for range 2 {
		out, err := install(t, home)
		if err != nil || !strings.Contains(out, "installed "+target) {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if out, err := exec.Command(target, "version").CombinedOutput(); err != nil {
		t.Fatalf("the installed program: %v: %s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(home, ".local", "bin", "*")); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
	for range 2 {
		if out, err := install(t, home, "--uninstall"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if _, err := os.Lstat(target); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestInstallFromArchive(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	shell := func(script string) {
		t.Helper()
		cmd := exec.Command("sh", "-ec", script)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	shell(`printf '#!/bin/sh\necho a release\n' > secaws; chmod +x secaws; tar -czf secaws.tar.gz secaws; sha256sum secaws.tar.gz > SHA256SUMS`)
	archive, sums := filepath.Join(dir, "secaws.tar.gz"), filepath.Join(dir, "SHA256SUMS")
	target := filepath.Join(home, ".local", "bin", "secaws")
	if out, err := install(t, home, "--archive", archive); err == nil {
		t.Errorf("installed without a checksum: %s", out)
	}
	if out, err := install(t, home, "--archive", archive, "--checksums", sums); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, _ := exec.Command(target).Output(); string(out) != "a release\n" {
		t.Errorf("what was installed prints %q", out)
	}
	shell(`printf '#!/bin/sh\necho a forgery\n' > secaws; tar -czf secaws.tar.gz secaws`)
	out, err := install(t, home, "--archive", archive, "--checksums", sums)
	if err == nil || !strings.Contains(out, "nothing installed") {
		t.Errorf("a wrong checksum: %v: %s", err, out)
	}
	if out, _ := exec.Command(target).Output(); string(out) != "a release\n" {
		t.Errorf("after a forged archive the program prints %q", out)
	}
}
