//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestLinksAreRefused(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		to  string
		try func(link string) error
	}{
		"write":          {target, func(l string) error { return Write(l, []byte("x"), 0o600) }},
		"write, no file": {filepath.Join(dir, "none"), func(l string) error { return Write(l, []byte("x"), 0o600) }},
		"replace":        {target, func(l string) error { return Replace(l, []byte("x"), 0o600) }},
		"read":           {target, func(l string) error { _, err := Read(l, 100); return err }},
		"folder":         {folder, Dir},
		"private file":   {target, Private},
		"lock":           {target, func(l string) error { _, err := Acquire(t.Context(), l); return err }},
		"try lock":       {target, func(l string) error { _, err := TryAcquire(l); return err }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(tt.to, link); err != nil {
				t.Fatal(err)
			}
			var refused *LinkError
			if err := tt.try(link); !errors.As(err, &refused) {
				t.Errorf("a link was followed: %v, want a LinkError", err)
			}
		})
	}
	if got, _ := os.ReadFile(target); string(got) != "untouched" {
		t.Errorf("the link's target holds %q", got)
	}
	if _, err := os.Lstat(filepath.Join(dir, "none")); err == nil {
		t.Error("a file was made through a dangling link")
	}
}

func TestPipeIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, 10); !errors.Is(err, ErrNotRegular) {
		t.Errorf("Read = %v, want ErrNotRegular", err)
	}
	if err := Write(path, nil, 0o600); !errors.Is(err, ErrNotRegular) {
		t.Errorf("Write = %v, want ErrNotRegular", err)
	}
}

func TestModeIsWhatWasAskedFor(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	for _, want := range []fs.FileMode{0o600, 0o644} {
		path := filepath.Join(t.TempDir(), "file")
		if err := Write(path, nil, want); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode %v, %v, want %v", info.Mode().Perm(), err, want)
		}
	}
}

func TestDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	if err := Dir(path); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v, want 0700", made, info.Mode().Perm(), err)
		}
	}
	for _, mode := range []fs.FileMode{0o701, 0o710, 0o750, 0o777, 0o702} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var open *AccessError
		if err := Dir(path); !errors.As(err, &open) || open.Foreign {
			t.Errorf("mode %04o: %v, want an AccessError", mode, err)
		}
		if err := Private(path); !errors.As(err, &open) {
			t.Errorf("Private, mode %04o: %v, want an AccessError", mode, err)
		}
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	if os.Getuid() == 0 {
		if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
			t.Fatal("as root no folder is foreign: run as an ordinary user")
		}
		t.Skip("as root no folder is foreign")
	}
	var foreign *AccessError
	if err := Dir("/usr"); !errors.As(err, &foreign) || !foreign.Foreign {
		t.Errorf("Dir(/usr) = %v, want a foreign AccessError", err)
	}
}

// TestKilledHolderLetsGo takes the lock in another process and kills it.
func TestKilledHolderLetsGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.Command(os.Args[0], "-test.run=^TestHoldLock$")
	holder.Env = append(os.Environ(), "SAFEFILE_TEST_LOCK="+path)
	ready, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if lock, _ := TryAcquire(path); lock != nil {
		t.Fatal("the lock of another process was given")
	}
	killed := time.Now()
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	lock, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if took := time.Since(killed); took > time.Second {
		t.Errorf("the lock came %v after its holder died, want within a second", took)
	}
	holder.Wait()
}

// TestHoldLock is the other process of TestKilledHolderLetsGo.
func TestHoldLock(t *testing.T) {
	path := os.Getenv("SAFEFILE_TEST_LOCK")
	if path == "" {
		return
	}
	if _, err := Acquire(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("held\n")
	select {}
}
