package keyring

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/safefile"
)

func TestFileAccess(t *testing.T) {
	o := fileOptions(t)
	add(t, open(t, o), key("ops"))
	path := filepath.Join(o.FileDir, itemName(KindAccessKey, "ops"))
	var access *safefile.AccessError
	for _, mode := range []os.FileMode{0o640, 0o604, 0o622, 0o666} {
		os.Chmod(path, mode)
		if _, err := open(t, o).Signer(t.Context(), "ops"); !errors.As(err, &access) {
			t.Errorf("a key of mode %04o: %v, want an AccessError", mode, err)
		}
	}
	os.Chmod(path, 0o600)
	for _, mode := range []os.FileMode{0o755, 0o777, 0o710} {
		os.Chmod(o.FileDir, mode)
		if _, err := open(t, o).Signer(t.Context(), "ops"); !errors.As(err, &access) {
			t.Errorf("reading from a folder of mode %04o: %v, want an AccessError", mode, err)
		}
		if err := open(t, o).Add(t.Context(), key("new")); !errors.As(err, &access) {
			t.Errorf("writing to a folder of mode %04o: %v, want an AccessError", mode, err)
		}
	}
	os.Chmod(o.FileDir, 0o700)
	secretOf(t, open(t, o), "ops")
}

// TestLinksAreRefused puts a link in each of the places where a file or folder of ours is.
func TestLinksAreRefused(t *testing.T) {
	tests := map[string]struct {
		place func(o Options) string
		call  func(*Keyring) error
	}{
		"key":         {func(o Options) string { return filepath.Join(o.FileDir, itemName(KindAccessKey, "ops")) }, addAgain},
		"read key":    {func(o Options) string { return filepath.Join(o.FileDir, itemName(KindAccessKey, "ops")) }, func(k *Keyring) error { return second(k.Signer(context.Background(), "ops")) }},
		"key folder":  {func(o Options) string { return o.FileDir }, addAgain},
		"session":     {func(o Options) string { return filepath.Join(o.Dir, "sealed", "session") }, saveAgain},
		"sessions":    {func(o Options) string { return filepath.Join(o.Dir, "sealed") }, saveAgain},
		"index":       {func(o Options) string { return filepath.Join(o.Dir, "index") }, addAgain},
		"lock":        {func(o Options) string { return filepath.Join(o.Dir, "locks", "keys.lock") }, addAgain},
		"lock record": {func(o Options) string { return filepath.Join(o.Dir, "locks", "id.json") }, func(k *Keyring) error { return third(k.Lock(context.Background(), "id", nil)) }},
		"state":       {func(o Options) string { return o.Dir }, saveAgain},
		"settings":    {func(o Options) string { return o.Settings }, func(k *Keyring) error { return second(Open(k.o)) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := fileOptions(t)
			k := open(t, o)
			add(t, k, key("ops"))
			if err := errors.Join(saveAgain(k), os.WriteFile(o.Settings, []byte("{}"), 0o600)); err != nil {
				t.Fatal(err)
			}
			place := tt.place(o)
			moved := filepath.Join(t.TempDir(), "elsewhere")
			if err := ignoreMissing(os.Rename(place, moved)); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(moved, place); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, moved)
			var refused *safefile.LinkError
			if err := tt.call(k); !errors.As(err, &refused) {
				t.Errorf("got %v, want a LinkError", err)
			}
			if after := snapshot(t, moved); after != before {
				t.Errorf("the link was followed: %s became %s", before, after)
			}
		})
	}
}

func addAgain(k *Keyring) error  { return k.Add(context.Background(), key("ops")) }
func saveAgain(k *Keyring) error { return k.Save(context.Background(), "session", []byte("data")) }

func third[A, B any](_ A, _ B, err error) error { return err }

// TestNoClearText looks for the secret, in all its forms, wherever the keyring writes.
func TestNoClearText(t *testing.T) {
	o := fileOptions(t)
	k := open(t, o)
	add(t, k, key("ops"))
	if err := k.Save(t.Context(), "session", []byte(key("ops").Secret.Reveal())); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(filepath.Dir(o.Dir), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, secret := range []string{key("ops").Secret.Reveal(), "correct horse", key("ops").ID} {
			for _, form := range forms(secret) {
				if strings.Contains(string(data), form) {
					t.Errorf("%s holds %q in clear", path, form)
				}
			}
		}
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files were looked at, %v", files, err)
	}
}

// forms are the ways in which a text could lie in a file: raw, base64, hex and UTF-16.
func forms(s string) []string {
	wide := strings.Join(strings.Split(s, ""), "\x00")
	hex := fmt.Sprintf("%x", s)
	core := base64.StdEncoding.EncodeToString([]byte(s))
	return []string{s, wide, hex, strings.ToUpper(hex), core[:len(core)/4*4-4]}
}
