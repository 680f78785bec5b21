package awsvault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"
)

const sessionName = "sts.GetSessionToken,am9u,YXJuOmF3czppYW06OjE6bWZhL2pvbg,1700000000"

// fill stores two keys, a session and a token as aws-vault does.
func fill(t *testing.T, ring keyring.Keyring) {
	t.Helper()
	for _, name := range []string{"jon", "work/prod"} {
		data, err := json.Marshal(map[string]any{
			"AccessKeyID": "AKIA" + strings.ToUpper(strings.ReplaceAll(name, "/", "")) + "EXAMPLE", "SecretAccessKey": "secret of " + name,
			"SessionToken": "", "Source": "", "CanExpire": false, "Expires": "0001-01-01T00:00:00Z",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Set(keyring.Item{Key: name, Label: fmt.Sprintf("aws-vault (%s)", name), Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	session := keyring.Item{Key: sessionName, Data: []byte(`{"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t"}`), Description: "aws-vault session"}
	if err := ring.Set(session); err != nil {
		t.Fatal(err)
	}
}

// check reads the keys of fill.
func check(t *testing.T, s *Store) {
	t.Helper()
	names, err := s.Names(context.Background())
	if err != nil || !slices.Equal(names, []string{"jon", "work/prod"}) {
		t.Fatalf("names %q, %v", names, err)
	}
	for _, name := range names {
		key, err := s.Key(context.Background(), name)
		if err != nil || key.Secret != "secret of "+name || !strings.HasPrefix(key.ID, "AKIA") {
			t.Errorf("key of %s is %v, %v", name, key, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", key, key, key); strings.Contains(text, "secret") {
			t.Errorf("the key prints as %s", text)
		}
	}
	if _, err := s.Key(context.Background(), sessionName); err == nil {
		t.Error("a session was read as a key")
	}
	if _, err := s.Key(context.Background(), "nobody"); !errors.Is(err, keyring.ErrKeyNotFound) {
		t.Errorf("a key that is not there: %v", err)
	}
}

func environ(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestFileStore(t *testing.T) {
	home := t.TempDir()
	o := FromEnviron(environ(nil), home)
	if o.Backend == "file" {
		t.Fatal("the file backend is taken where there is no folder")
	}
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault",
		FileDir: filepath.Join(home, ".awsvault/keys/"), FilePasswordFunc: keyring.FixedStringPrompt("open sesame"),
	})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, ring)
	o = FromEnviron(environ(nil), home)
	answers := []string{"wrong", "wrong again", "open sesame"}
	asked := 0
	o.Passphrase = func(string) (string, error) { asked++; return answers[min(asked, len(answers))-1], nil }
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	check(t, s)
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	asked = -10
	answers = []string{"wrong"}
	o.Passphrase = func(string) (string, error) { asked++; return "wrong", nil }
	s, err = Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Key(context.Background(), "jon"); err == nil || asked != -7 {
		t.Errorf("three wrong answers: %v, asked %d times", err, asked+10)
	}
}

func TestNoFileStoreIsNotMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, err := Open(context.Background(), Options{Backend: "file", FileDir: dir})
	if !errors.Is(err, ErrNoStore) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

func TestPassStore(t *testing.T) {
	if _, err := exec.LookPath("pass"); err != nil || runtime.GOOS == "windows" {
		if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
			t.Fatal("pass is not installed")
		}
		t.Skip("pass is not installed")
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("PASSWORD_STORE_DIR", "")
	os.Unsetenv("PASSWORD_STORE_DIR")
	t.Setenv("GNUPGHOME", filepath.Join(home, "g"))
	if err := os.Mkdir(filepath.Join(home, "g"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", filepath.Join(home, "g"), "--kill", "all").Run() })
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "test@example.com", "default", "default", "never"},
		{"pass", "init", "test@example.com"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	for _, prefix := range []string{"", "aws"} {
		o := FromEnviron(environ(map[string]string{"AWS_VAULT_BACKEND": "pass", "AWS_VAULT_PASS_PREFIX": prefix}), home)
		ring, err := keyring.Open(keyring.Config{AllowedBackends: []keyring.BackendType{keyring.PassBackend}, ServiceName: "aws-vault", PassPrefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		if prefix != "" {
			if err := os.RemoveAll(filepath.Join(home, ".password-store", "work")); err != nil {
				t.Fatal(err)
			}
		}
		fill(t, ring)
		s, err := Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if s.Shared() != (prefix == "") {
			t.Errorf("prefix %q: shared is %v", prefix, s.Shared())
		}
		check(t, s)
	}
}

func TestSessionsAreNoKeys(t *testing.T) {
	for name, want := range map[string]bool{
		sessionName: true, "session,abc,def,1500000000": true, "session:jon:arn:1": true, "jon session (15)": true, "oidc:https://x": true,
		"jon": false, "a,b,c,d": false, "a,b,?,1": false, "session": false, "prod,eu": false,
	} {
		if got := isSession(name); got != want {
			t.Errorf("isSession(%q) = %v", name, got)
		}
	}
}
