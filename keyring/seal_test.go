package keyring

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func newKey(t testing.TB) []byte {
	t.Helper()
	key := make([]byte, sealingKeySize)
	rand.Read(key)
	return key
}

func TestSealBindsKindAndIdentity(t *testing.T) {
	key := newKey(t)
	sealed, err := seal(key, sealSession, "a", []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(key, sealSession, "a", sealed); string(got) != "data" || err != nil {
		t.Fatalf("unseal = %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("data")) {
		t.Error("the data is in clear")
	}
	tests := map[string]struct {
		key  []byte
		kind sealKind
		id   string
	}{
		"other key":  {newKey(t), sealSession, "a"},
		"other kind": {key, sealIndex, "a"},
		"other id":   {key, sealSession, "b"},
		"short key":  {key[:7], sealSession, "a"},
	}
	for name, tt := range tests {
		if got, err := unseal(tt.key, tt.kind, tt.id, sealed); !errors.Is(err, errUnsealed) {
			t.Errorf("%s: %q, %v, want errUnsealed", name, got, err)
		}
	}
}

func TestSealNeverRepeatsItself(t *testing.T) {
	key := newKey(t)
	seen := map[string]bool{}
	for range 1000 {
		sealed, _ := seal(key, sealSession, "a", nil)
		seen[string(sealed[1:13])] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d nonces in 1000 seals", len(seen))
	}
}

// TestBitFlips changes each bit of a sealed file of 1 KiB.
func TestBitFlips(t *testing.T) {
	key := newKey(t)
	data := make([]byte, 1024-29)
	sealed, err := seal(key, sealSession, "a", data)
	if err != nil || len(sealed) != 1024 {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	for bit := range 8 * len(sealed) {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, err := unseal(key, sealSession, "a", flipped); !errors.Is(err, errUnsealed) {
			t.Fatalf("bit %d: accepted", bit)
		}
	}
	for size := range len(sealed) {
		if _, err := unseal(key, sealSession, "a", sealed[:size]); !errors.Is(err, errUnsealed) {
			t.Fatalf("cut to %d bytes: accepted", size)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	key := make([]byte, sealingKeySize)
	sealed, _ := seal(key, sealSession, "a", []byte("data"))
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{sealVersion})
	f.Fuzz(func(t *testing.T, data []byte) {
		// Each of the fuzzer's processes seals with a nonce of its own: what opens is one of theirs.
		if got, err := unseal(key, sealSession, "a", data); err == nil && string(got) != "data" {
			t.Errorf("forged: %q", got)
		}
	})
}

// TestUnreadableSessionsAreMisses replaces a session's file by everything it should not be.
func TestUnreadableSessionsAreMisses(t *testing.T) {
	o := options(t)
	k := open(t, o)
	for _, id := range []string{"a", "b"} {
		if err := k.Save(t.Context(), id, []byte("data of "+id)); err != nil {
			t.Fatal(err)
		}
	}
	a, b := filepath.Join(o.Dir, "sealed", "a"), filepath.Join(o.Dir, "sealed", "b")
	good, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func() error{
		"empty":   func() error { return os.WriteFile(a, nil, 0o600) },
		"half":    func() error { return os.WriteFile(a, good[:len(good)/2], 0o600) },
		"swapped": func() error { data, _ := os.ReadFile(b); return os.WriteFile(a, data, 0o600) },
		"link":    func() error { os.Remove(a); return os.Symlink(b, a) },
		"folder":  func() error { os.Remove(a); return os.Mkdir(a, 0o700) },
		"huge":    func() error { os.Remove(a); return os.WriteFile(a, make([]byte, sealedMax+1), 0o600) },
		"gone":    func() error { return os.Remove(a) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			if data, err := open(t, o).Load(t.Context(), "a"); data != nil || err != nil {
				t.Errorf("Load = %q, %v, want a miss", data, err)
			}
			os.Remove(a)
			if err := os.WriteFile(a, good, 0o600); err != nil {
				t.Fatal(err)
			}
			if data, err := k.Load(t.Context(), "a"); string(data) != "data of a" || err != nil {
				t.Fatalf("the good file: %q, %v", data, err)
			}
		})
	}
}

func TestTornIndexIsRebuilt(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"torn":    func(path string) error { return os.Truncate(path, 20) },
		"gone":    os.Remove,
		"foreign": func(path string) error { return os.WriteFile(path, make([]byte, 500), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			k := open(t, o)
			add(t, k, key("ops"), key("other"))
			if err := spoil(k.indexPath()); err != nil {
				t.Fatal(err)
			}
			if info, err := open(t, o).Info(t.Context(), "ops"); info.ID != key("ops").ID || err != nil {
				t.Errorf("Info = %+v, %v", info, err)
			}
			if infos, err := open(t, o).List(t.Context()); len(infos) != 2 || err != nil {
				t.Errorf("List = %v, %v", infos, err)
			}
		})
	}
}

func TestIdentitiesThatCannotNameAFile(t *testing.T) {
	k := open(t, options(t))
	for _, id := range []string{"", ".", "..", "a/b", "../x", ".hidden", "a\x00", string(make([]byte, 200))} {
		if err := k.Save(t.Context(), id, nil); err == nil {
			t.Errorf("Save(%q) passed", id)
		}
		if _, err := k.Load(t.Context(), id); err == nil {
			t.Errorf("Load(%q) passed", id)
		}
		if err := k.Delete(t.Context(), id); err == nil {
			t.Errorf("Delete(%q) passed", id)
		}
		if _, _, err := k.Lock(t.Context(), id, nil); err == nil {
			t.Errorf("Lock(%q) passed", id)
		}
	}
}

// TestSessionReadersAndWriters loads a session 10,000 times beside four writers.
func TestSessionReadersAndWriters(t *testing.T) {
	o := fileOptions(t)
	k := open(t, o)
	if err := k.Save(t.Context(), "id", bytes.Repeat([]byte("0"), 2000)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 4 {
		own := open(t, o)
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := own.Save(t.Context(), "id", bytes.Repeat([]byte{'0' + byte(w)}, 1000+n%2000)); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	for range 10_000 {
		data, err := k.Load(t.Context(), "id")
		if err != nil || len(data) < 1000 || len(bytes.Trim(data, string(data[:1]))) != 0 {
			t.Errorf("%d bytes, %v", len(data), err)
			break
		}
	}
	cancel()
	writers.Wait()
}
