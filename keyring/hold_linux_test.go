package keyring

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// needHold skips where the kernel gives no hold: as root in a container, by rule.
func needHold(t *testing.T) {
	t.Helper()
	if !holdable() {
		skipOr(t, "no hold for root in a container")
	}
	if err := linkUserKeyring(); err != nil {
		skipOr(t, "the kernel gives no user keyring: "+err.Error())
	}
}

// holdOptions are those of a file backend with the hold, whose person is never there.
func holdOptions(t *testing.T) Options {
	t.Helper()
	needHold(t)
	o := fileOptions(t)
	o.Hold = HoldPolicy{Mode: HoldAuto}
	t.Cleanup(func() {
		if err := open(t, o).EndHold(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func TestHoldServesWithoutPassphrase(t *testing.T) {
	o := holdOptions(t)
	k := open(t, o)
	add(t, k, key("ops"))
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	without := o
	without.FilePassphrase = Secret{}
	k = open(t, without)
	if data, err := k.Load(t.Context(), "session"); string(data) != "data" || err != nil {
		t.Errorf("Load = %q, %v, want it without a passphrase", data, err)
	}
	if info, err := k.Info(t.Context(), "ops"); info.ID != key("ops").ID || err != nil {
		t.Errorf("Info = %+v, %v, want it without a passphrase", info, err)
	}
	if _, err := k.Signer(t.Context(), "ops"); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("the long-lived key came from the hold: %v", err)
	}
	if err := k.EndHold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, without).Load(t.Context(), "session"); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("after the hold's end: %v, want ErrNoPassphrase", err)
	}
}

// TestWarmNeedsNoDerivation takes the item away from the backend but for its name: only the hold can serve.
func TestWarmNeedsNoDerivation(t *testing.T) {
	o := holdOptions(t)
	k := open(t, o)
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.FileDir, itemName(KindSealing, sealingName)), []byte("unreadable"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := open(t, o).Load(t.Context(), "session"); string(data) != "data" || err != nil {
		t.Errorf("Load = %q, %v, want it from the hold", data, err)
	}
}

func TestHoldIsNotUsedWhenTheStoreIsGone(t *testing.T) {
	o := holdOptions(t)
	if err := open(t, o).Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(o.FileDir); err != nil {
		t.Fatal(err)
	}
	k := open(t, o)
	add(t, k, key("ops"))
	if _, err := os.Stat(filepath.Join(o.FileDir, itemName(KindSealing, sealingName))); err != nil {
		t.Errorf("no new sealing key was stored: %v", err)
	}
	if data, err := k.Load(t.Context(), "session"); data != nil || err != nil {
		t.Errorf("Load = %q, %v, want a miss", data, err)
	}
}

func TestHoldEndsAndIsClosed(t *testing.T) {
	needHold(t)
	h := hold{description: "secaws:test:" + filepath.Base(t.TempDir()) + t.Name(), limit: time.Second}
	key := newKey(t)
	if err := h.write(key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.end() })
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", h.description, 0)
	if err != nil {
		t.Fatal(err)
	}
	description, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
	if err != nil || !strings.Contains(description, ";3f010000;") {
		t.Errorf("the held key is %q, %v, want it closed to all but us", description, err)
	}
	if got := h.read(); string(got) != string(key) {
		t.Errorf("read %x, want the key", got)
	}
	for deadline := time.Now().Add(5 * time.Second); held(h); {
		if time.Now().After(deadline) {
			t.Fatal("the hold of one second did not end in five")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// held looks without prolonging.
func held(h hold) bool {
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", h.description, 0)
	if err != nil {
		return false
	}
	_, err = unix.KeyctlBuffer(unix.KEYCTL_READ, id, make([]byte, 64), 0)
	return err == nil
}

// TestPassphraseStorm starts processes that all need the passphrase: one asks.
func TestPassphraseStorm(t *testing.T) {
	o := holdOptions(t)
	k := open(t, o)
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ answer, want string }{
		"answered": {"correct horse", `read "data"`},
		"canceled": {"", "error: "},
	} {
		t.Run(name, func(t *testing.T) {
			if err := k.EndHold(t.Context()); err != nil {
				t.Fatal(err)
			}
			w := wire(o)
			w.Ask = filepath.Join(t.TempDir(), "answer")
			var processes []*bufio.Scanner
			for range 12 {
				_, lines, _ := start(t, "read", w, "session")
				processes = append(processes, lines)
			}
			asking := 0
			for _, lines := range processes { // all have come so far that they ask or wait
				if next(t, lines) == "asking" {
					asking++
				}
			}
			if err := os.WriteFile(w.Ask+".typing", []byte(tt.answer), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(w.Ask+".typing", w.Ask); err != nil {
				t.Fatal(err)
			}
			for _, lines := range processes {
				if got := next(t, lines); !strings.HasPrefix(got, tt.want) {
					t.Errorf("a process said %q, want %q", got, tt.want)
				}
			}
			if asking != 1 {
				t.Errorf("%d processes asked, want one", asking)
			}
		})
	}
}
