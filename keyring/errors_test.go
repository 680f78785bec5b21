package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/safefile"
)

// Whatever goes wrong in a backend, there is something to try, unless it is the file's or the person's own doing.
func TestBackendErrorsHaveHints(t *testing.T) {
	closed := &safefile.AccessError{Path: "/home/me/keys", Mode: 0o755}
	tests := []struct {
		err  error
		want string // the hint's start, "" for none
	}{
		{errors.New("Unknown / invalid method"), "see whether the keychain works in other programs, or name another with SECAWS_BACKEND"},
		{fmt.Errorf("read: %w", closed), closed.Hint()},
		{&os.PathError{Op: "write", Path: "/home/me/keys/x", Err: os.ErrPermission}, ""},
		{context.Canceled, ""},
	}
	for _, tt := range tests {
		var hinted interface{ Hint() string }
		if !errors.As(named(SecretService, "read", tt.err), &hinted) {
			t.Errorf("%v: no hint at all", tt.err)
			continue
		}
		if got := hinted.Hint(); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%v: hint %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestResetTellsOneError keeps three sessions and the index from being removed.
func TestResetTellsOneError(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		skipOr(t, "root may remove everything, and Windows knows no such modes")
	}
	o := options(t)
	k := open(t, o)
	add(t, k, key("ops"))
	for _, id := range []string{"a", "b", "c"} {
		if err := k.Save(t.Context(), id, []byte("data")); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{o.Dir, filepath.Join(o.Dir, "sealed")} {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
	err := k.Reset(t.Context())
	if !errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Reset = %v, want one line that says why", err)
	}
}
