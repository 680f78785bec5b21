package keyring

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLocksAreSwept makes locks that are old but for one, of which one is held and one has a session.
func TestLocksAreSwept(t *testing.T) {
	o := options(t)
	k := open(t, o)
	locks := filepath.Join(o.Dir, "locks")
	lock := func(id string, age time.Duration) (release func(string) error) {
		release, _, err := k.Lock(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		if id != "held" {
			if err := release(""); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(locks, id+".json"), at, at); err != nil {
			t.Fatal(err)
		}
		return release
	}
	save := func(id string) {
		if err := k.Save(t.Context(), id, []byte("data")); err != nil {
			t.Fatal(err)
		}
	}
	save("session")
	for _, id := range []string{"gone", "session", "passphrase"} {
		lock(id, 2*unfinished)
	}
	lock("young", unfinished/2)
	release := lock("held", 2*unfinished)
	save("other")
	if got, want := records(t, locks), []string{"held", "session", "young"}; !slices.Equal(got, want) {
		t.Errorf("locks left: %q, want %q", got, want)
	}
	for _, file := range []string{"gone.lock", "passphrase.lock"} {
		if _, err := os.Lstat(filepath.Join(locks, file)); err == nil && runtime.GOOS != "windows" { // where an open file stays
			t.Errorf("%s is left", file)
		}
	}
	if err := release(""); err != nil {
		t.Error(err)
	}
	lock("gone", 0) // a lock that was swept can be taken again
}

func records(t *testing.T, dir string) (ids []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name(), ".json"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
