package safefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestWriteRead(t *testing.T) {
	tests := map[string][]byte{
		"empty": {},
		"small": []byte("hello\n"),
		"64KiB": bytes.Repeat([]byte("x"), 64<<10),
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			for _, data := range [][]byte{[]byte("old content, longer than some"), want} {
				if err := Write(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Read(path, 1<<20)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("Read = %d bytes, %v, want %d bytes", len(got), err, len(want))
			}
			if left := entries(t, filepath.Dir(path)); len(left) != 1 {
				t.Errorf("the folder holds %q, want the file alone", left)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := Write(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("5 bytes where 4 are accepted: %v, want ErrTooLarge", err)
	}
	if got, err := Read(path, 5); err != nil || len(got) != 5 {
		t.Errorf("5 bytes where 5 are accepted: %q, %v", got, err)
	}
	if _, err := Read(filepath.Join(dir, "none"), 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v, want fs.ErrNotExist", err)
	}
	if _, err := Read(dir, 4); err == nil {
		t.Error("a folder was read")
	}
}

func TestWriteKeepsOldContentWhenItCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk full")
	if err := put(path, []byte("new"), 0o600, func(*os.File) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("put = %v, want %v", err, broken)
	}
	if got, _ := Read(path, 10); string(got) != "old" {
		t.Errorf("after a failed write the file holds %q, want the old content", got)
	}
	if left := entries(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("the folder holds %q, want the file alone", left)
	}
}

func TestDirRefusesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Write(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Dir(path); err == nil {
		t.Error("a file passed for a folder")
	}
}

// TestReadersAndWriters is the promise of the package: no reader ever sees half a file, or none.
func TestReadersAndWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	content := func(writer, n int) []byte {
		return []byte(strings.Repeat(fmt.Sprintf("%d:%d ", writer, n), 1+n%500))
	}
	if err := Write(path, content(0, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := Replace(path, content(w, n), 0o600); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	for range 10_000 {
		data, err := Read(path, 1<<20)
		if err != nil {
			t.Errorf("read: %v", err)
			break
		}
		var w, n int
		if _, err := fmt.Sscanf(string(data), "%d:%d ", &w, &n); err != nil || !bytes.Equal(data, content(w, n)) {
			t.Errorf("read something nobody wrote: %.40q…", data)
			break
		}
	}
	cancel()
	writers.Wait()
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, age := range map[string]time.Duration{
		"keep": 48 * time.Hour, tempPrefix + "old": 2 * time.Hour, tempPrefix + "young": time.Minute,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Sweep(dir, time.Hour, now); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(entries(t, dir), " "), tempPrefix+"young keep"; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := TryAcquire(path); second != nil || err != nil {
		t.Errorf("a held lock was given: %v, %v", second, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 3*lockPoll)
	defer cancel()
	if _, err := Acquire(short, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a held lock: %v, want the context's end", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := TryAcquire(path)
	if err != nil || second == nil {
		t.Fatalf("a free lock was not given: %v, %v", second, err)
	}
	if err := errors.Join(second.Release(), second.Release()); err != nil {
		t.Error(err)
	}
}

// TestRemovedLock lets a crowd take a lock whose file every holder removes: never two are in at once.
func TestRemovedLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed")
	}
	path := filepath.Join(t.TempDir(), "lock")
	var crowd sync.WaitGroup
	var inside atomic.Int32
	for range 8 {
		crowd.Go(func() {
			for entered := 0; entered < 150; {
				lock, err := TryAcquire(path)
				if err != nil {
					t.Error(err)
					return
				}
				if lock == nil {
					continue
				}
				if others := inside.Add(1) - 1; others > 0 {
					t.Errorf("%d others hold the lock", others)
				}
				runtime.Gosched()
				inside.Add(-1)
				if err := lock.Remove(); err != nil {
					t.Error(err)
				}
				entered++
			}
		})
	}
	crowd.Wait()
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}
