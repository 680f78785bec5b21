package keyring

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/keyring"
	jose "github.com/dvsekhvalnov/jose2go"
)

func fileOptions(t *testing.T) Options {
	t.Helper()
	o := fresh(t)
	o.Backend = File
	return o
}

// person answers passphrase questions with the given answers, one after the other.
type person struct {
	mu      sync.Mutex
	answers []string
	asked   []PassphraseAsk
}

func (p *person) ask(_ context.Context, ask PassphraseAsk) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, ask)
	if len(p.answers) == 0 {
		return "", errors.New("nobody answers")
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

// asking returns o with a person in the place of the given passphrase.
func asking(o Options, answers ...string) (Options, *person) {
	p := &person{answers: answers}
	o.FilePassphrase, o.Passphrase = Secret{}, p.ask
	return o, p
}

func TestPassphraseIsAskedOnce(t *testing.T) {
	o, first := asking(fileOptions(t), "correct horse")
	k := open(t, o)
	add(t, k, key("ops"), key("other"))
	if len(first.asked) != 1 || !first.asked[0].New || first.asked[0].Dir != o.FileDir {
		t.Errorf("asked %+v, want once, for a new passphrase", first.asked)
	}
	o, next := asking(o, "correct horse")
	k = open(t, o)
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	secretOf(t, k, "ops")
	add(t, k, key("third"))
	if len(next.asked) != 1 || next.asked[0].New {
		t.Errorf("asked %+v, want once, for the one there is", next.asked)
	}
}

func TestWrongPassphrase(t *testing.T) {
	given := fileOptions(t)
	add(t, open(t, given), key("ops"))
	before := snapshot(t, given.FileDir)
	read := func(k *Keyring) error { return second(k.Signer(t.Context(), "ops")) }
	write := func(k *Keyring) error {
		return vaultOf(t, k).set(t.Context(), itemName(KindAccessKey, "ops"), "", []byte("x"))
	}
	tests := map[string]struct {
		answers []string
		call    func(*Keyring) error
		want    error
	}{
		"read, third time right":   {[]string{"wrong", "", "correct horse"}, read, nil},
		"read, three times wrong":  {[]string{"wrong", "worse", "worst", "correct horse"}, read, ErrWrongPassphrase},
		"read, empty":              {[]string{"", "", ""}, read, ErrEmptyPassphrase},
		"write, three times wrong": {[]string{"wrong", "worse", "worst", "correct horse"}, write, ErrWrongPassphrase},
		"write, empty":             {[]string{"", "", ""}, write, ErrEmptyPassphrase},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, p := asking(given, tt.answers...)
			err := tt.call(open(t, o))
			var refused *PassphraseError
			if !errors.Is(err, tt.want) || tt.want != nil && (!errors.As(err, &refused) || refused.Hint() == "") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if len(p.asked) != passphraseTries || p.asked[1].Problem == "" {
				t.Errorf("asked %+v, want three times, with the problem", p.asked)
			}
			if after := snapshot(t, given.FileDir); after != before {
				t.Errorf("the folder changed from %s to %s", before, after)
			}
		})
	}
}

// TestGivenPassphrase is SECAWS_FILE_PASSPHRASE: refused before anything is written.
func TestGivenPassphrase(t *testing.T) {
	full := fileOptions(t)
	add(t, open(t, full), key("ops"))
	for name, tt := range map[string]struct {
		o     Options
		given Secret
		want  error
	}{
		"wrong":             {full, NewSecret("mistyped"), ErrWrongPassphrase},
		"empty":             {full, NewSecret(""), ErrEmptyPassphrase},
		"empty, first key":  {fileOptions(t), NewSecret(""), ErrEmptyPassphrase},
		"nobody to ask":     {full, Secret{}, ErrNoPassphrase},
		"nobody, first key": {fileOptions(t), Secret{}, ErrNoPassphrase},
	} {
		t.Run(name, func(t *testing.T) {
			before := snapshot(t, tt.o.FileDir)
			tt.o.FilePassphrase = tt.given
			err := open(t, tt.o).Add(t.Context(), key("new"))
			if !errors.Is(err, tt.want) {
				t.Errorf("Add = %v, want %v", err, tt.want)
			}
			if after := snapshot(t, tt.o.FileDir); after != before {
				t.Errorf("the folder changed from %s to %s", before, after)
			}
		})
	}
}

// TestUnsignedTokenIsRefused forges an item without the passphrase. Releases of
// jose2go before 1.11 took it for a good one.
func TestUnsignedTokenIsRefused(t *testing.T) {
	o := fileOptions(t)
	add(t, open(t, o), key("ops"))
	path := filepath.Join(o.FileDir, itemName(KindAccessKey, "ops"))
	data, _ := encodeEnvelope(key("ops").envelope())
	item, _ := json.Marshal(keyring.Item{Key: filepath.Base(path), Data: data})
	part := base64.RawURLEncoding.EncodeToString
	signed, err := jose.Sign(string(item), jose.HS256, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := jose.Encrypt(string(item), jose.DIR, jose.A128GCM, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"unsigned":             part([]byte(`{"alg":"none"}`)) + "." + part(item) + ".",
		"unsigned, typed":      part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(item) + "." + part([]byte("x")),
		"signed":               signed,
		"encrypted, otherwise": encrypted,
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := open(t, o).Signer(t.Context(), "ops")
			var refused *ItemError
			if !errors.Is(err, ErrForged) || !errors.As(err, &refused) || !strings.Contains(refused.Hint(), "IAM") {
				t.Errorf("Signer = %v, want ErrForged with a hint", err)
			}
			if payload, _, err := jose.Decode(token, "correct horse"); err == nil && name != "signed" {
				t.Errorf("the decoder itself accepted it: %s", payload)
			}
		})
	}
}

func TestDamagedFiles(t *testing.T) {
	o := fileOptions(t)
	add(t, open(t, o), key("ops"))
	path := filepath.Join(o.FileDir, itemName(KindAccessKey, "ops"))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(good), ".")
	tests := map[string]string{
		"empty":      "",
		"cut":        string(good[:len(good)-30]),
		"ciphertext": strings.Join([]string{parts[0], parts[1], parts[2], "AAAA" + parts[3][4:], parts[4]}, "."),
		"no header":  strings.Join([]string{"%%%", parts[1], parts[2], parts[3], parts[4]}, "."),
	}
	for name, content := range tests {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, o).Signer(t.Context(), "ops"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged: the passphrase opens the other items", name, err)
		}
	}
}

// TestFileNamesSwapped renames items behind the keyring's back.
func TestFileNamesSwapped(t *testing.T) {
	o := fileOptions(t)
	add(t, open(t, o), key("ops"), key("other"))
	ops, other := filepath.Join(o.FileDir, itemName(KindAccessKey, "ops")), filepath.Join(o.FileDir, itemName(KindAccessKey, "other"))
	sealingKey := filepath.Join(o.FileDir, itemName(KindSealing, sealingName))
	for name, source := range map[string]string{"another key": other, "the sealing key": sealingKey} {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ops, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, o).Signer(t.Context(), "ops"); !errors.Is(err, ErrSwapped) {
			t.Errorf("%s in its place: %v, want ErrSwapped", name, err)
		}
	}
}

// TestFileReadersAndWriters reads keys 10,000 times beside four writers: on the
// library alone one read in fifty fails.
func TestFileReadersAndWriters(t *testing.T) {
	o := fileOptions(t)
	k := open(t, o)
	add(t, k, key("ops"))
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 4 {
		v := newVault(File, o, time.Minute)
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				e := key("ops").envelope()
				e.KeyID = fmt.Sprintf("AKIA%d-%d", w, n)
				if err := writeItem(t.Context(), v, e); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	reads := 2_000
	if testing.Short() || raceEnabled {
		reads = 200
	}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for range reads / 2 {
				if _, err := k.Signer(ctx, "ops"); err != nil {
					t.Errorf("read: %v", err)
					return
				}
			}
		})
	}
	readers.Wait()
	cancel()
	writers.Wait()
	if left := snapshot(t, o.FileDir); strings.Contains(left, newFolderPrefix) {
		t.Errorf("left behind: %s", left)
	}
}

// TestLeftoversAreSwept has a killed writer's temporary folder and file go with the next write.
func TestLeftoversAreSwept(t *testing.T) {
	o := fileOptions(t)
	k := open(t, o)
	add(t, k, key("ops"))
	want := snapshot(t, o.FileDir)
	if err := os.MkdirAll(filepath.Join(o.FileDir, newFolderPrefix+"123", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.FileDir, ".secaws-tmp-1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	add(t, k, key("ops"))
	if got := snapshot(t, o.FileDir); len(strings.Fields(got)) != len(strings.Fields(want)) {
		t.Errorf("the folder holds %s, want what was there before: %s", got, want)
	}
}

// snapshot tells a file's or folder's content, shallowly, "" when it is not there.
func snapshot(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if !info.IsDir() {
		data, err := os.ReadFile(path)
		return fmt.Sprint(string(data), err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue
		}
		if entry.Name() != ".lock" {
			out = append(out, fmt.Sprintf("%s=%d@%d", entry.Name(), info.Size(), info.ModTime().UnixNano()))
		}
	}
	return strings.Join(out, " ")
}
