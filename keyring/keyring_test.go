package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// underTest is the keychain that a test's parent made for it, or the file backend.
func underTest() string {
	if backend := os.Getenv(testKeychain); backend != "" {
		return backend
	}
	return File
}

// options are those of a keyring in a fresh folder, in the keychain under test,
// which is emptied afterwards.
func options(t *testing.T) Options {
	t.Helper()
	o := fresh(t)
	if o.Backend != File {
		t.Cleanup(func() { wipe(t, o) })
	}
	return o
}

// fresh is options without the cleaning.
func fresh(t *testing.T) Options {
	t.Helper()
	dir := t.TempDir()
	return Options{
		Backend:        underTest(),
		Dir:            filepath.Join(dir, "state"),
		FileDir:        filepath.Join(dir, "keys"),
		Settings:       filepath.Join(dir, "settings.json"),
		FilePassphrase: NewSecret("correct horse"),
		Volatile:       true,
		Hold:           HoldPolicy{Mode: HoldOff},
		Notice:         func(line string) { t.Log("notice:", line) },
		service:        fmt.Sprintf("secaws-test-%d", os.Getpid()),
	}
}

// wipe empties a keychain that the tests share.
func wipe(t *testing.T, o Options) {
	t.Helper()
	v := newVault(o.Backend, o, patienceAlone)
	names, err := v.names(context.Background())
	for _, name := range names {
		err = errors.Join(err, v.remove(context.Background(), name))
	}
	if err := errors.Join(err, wipePlatform(o)); err != nil {
		t.Log("emptying the keychain:", err)
	}
}

func open(t *testing.T, o Options) *Keyring {
	t.Helper()
	k, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// key is a made-up access key; its secret is a canary.
func key(name string) AccessKey {
	return AccessKey{Name: name, ID: "AKIAEXAMPLE" + strings.ToUpper(fmt.Sprintf("%x", len(name))),
		Secret: NewSecret("canary-" + name + "-wJalrXUtnFEMI"), Account: "111111111111", User: "ops",
		MFASerial: "arn:aws:iam::111111111111:mfa/ops", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func add(t *testing.T, k *Keyring, keys ...AccessKey) {
	t.Helper()
	for _, a := range keys {
		if err := k.Add(t.Context(), a); err != nil {
			t.Fatalf("add %q: %v", a.Name, err)
		}
	}
}

func secretOf(t *testing.T, k *Keyring, name string) string {
	t.Helper()
	c, err := k.Credentials(t.Context(), name)
	if err != nil {
		t.Fatalf("key %q: %v", name, err)
	}
	return c.SecretAccessKey
}

// skipOr skips a test that proves nothing here, which CI counts as a failure.
func skipOr(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
		t.Fatal("not to be skipped here: " + why)
	}
	t.Skip(why)
}

func TestOpenRefusesAnUnknownBackend(t *testing.T) {
	o := options(t)
	o.Backend = "envelope-under-the-mattress"
	_, err := Open(o)
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "secret-service") && !strings.Contains(err.Error(), "file") {
		t.Errorf("Open = %v, want the backends of this build", err)
	}
}

func TestOpenTouchesNothing(t *testing.T) {
	o := options(t)
	o.Backend = ""
	open(t, o)
	entries, err := os.ReadDir(filepath.Dir(o.Dir))
	if err != nil || len(entries) != 0 {
		t.Errorf("Open made %v, %v", entries, err)
	}
}

func TestReadingAnEmptyKeyringMakesNothing(t *testing.T) {
	o := fileOptions(t)
	o.FilePassphrase, o.Passphrase = Secret{}, nil
	k := open(t, o)
	if data, err := k.Load(t.Context(), "a"); data != nil || err != nil {
		t.Errorf("Load = %q, %v", data, err)
	}
	if infos, err := k.List(t.Context()); len(infos) != 0 || err != nil {
		t.Errorf("List = %v, %v", infos, err)
	}
	var missing *NotFoundError
	if _, err := k.Info(t.Context(), "ops"); !errors.As(err, &missing) || missing.Hint() != "store one with: secaws add ops" {
		t.Errorf("Info = %v, want a NotFoundError with its hint", err)
	}
	if _, err := os.Stat(o.FileDir); err == nil {
		t.Error("the file backend's folder was made")
	}
}

// TestBackendIsRemembered is the first run and the second.
func TestBackendIsRemembered(t *testing.T) {
	o := options(t)
	if err := os.WriteFile(o.Settings, []byte(`{"colour":"blue","hold":"off"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	o.Notice = func(line string) { said = append(said, line) }
	k := open(t, o)
	k.o.Backend = "" // chosen, not given
	add(t, k, key("ops"))
	if len(said) != 1 || !strings.Contains(said[0], o.Settings) {
		t.Errorf("the first run said %q, want one line with %s", said, o.Settings)
	}
	s, err := LoadSettings(o.Settings)
	if err != nil || s.Backend != o.Backend || s.Hold != HoldOff {
		t.Errorf("settings %+v, %v", s, err)
	}
	if data, _ := os.ReadFile(o.Settings); !strings.Contains(string(data), `"colour": "blue"`) {
		t.Errorf("a field of somebody else is gone: %s", data)
	}
	said = nil
	o.Backend = ""
	k = open(t, o)
	if backend, err := k.Backend(t.Context()); backend != underTest() || err != nil {
		t.Errorf("the second run takes %q, %v", backend, err)
	}
	if secretOf(t, k, "ops"); len(said) != 0 {
		t.Errorf("the second run said %q", said)
	}
}

// TestTwoFirstRuns has many keyrings make the sealing key at once: one is made.
func TestTwoFirstRuns(t *testing.T) {
	o := options(t)
	var runs sync.WaitGroup
	for n := range 8 {
		runs.Go(func() {
			k := open(t, o)
			if err := k.Save(t.Context(), fmt.Sprintf("session-%d", n), []byte("data")); err != nil {
				t.Errorf("run %d: %v", n, err)
			}
			if err := k.Add(t.Context(), key(fmt.Sprintf("key-%d", n))); err != nil {
				t.Errorf("run %d: %v", n, err)
			}
		})
	}
	runs.Wait()
	k := open(t, o)
	for n := range 8 {
		if data, err := k.Load(t.Context(), fmt.Sprintf("session-%d", n)); string(data) != "data" || err != nil {
			t.Errorf("session %d: %q, %v", n, data, err)
		}
		secretOf(t, k, fmt.Sprintf("key-%d", n))
	}
	if infos, err := k.List(t.Context()); len(infos) != 8 || err != nil {
		t.Errorf("%d keys listed, %v, want 8", len(infos), err)
	}
}
