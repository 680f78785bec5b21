// Package awsvault reads the long-lived keys that aws-vault keeps, where it keeps
// them: https://github.com/99designs/aws-vault/blob/master/USAGE.md. It writes nothing.
package awsvault

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/desktop"
)

// service is the name under which aws-vault is known to keychains.
const service = "aws-vault"

// Options say where the store is. FromEnviron fills them as aws-vault does.
type Options struct {
	Backend      string // as aws-vault calls it: file, pass, secret-service, keychain, wincred, kwallet, keyctl
	FileDir      string
	PassDir      string // "" = pass's own
	PassCommand  string // "" = pass
	PassPrefix   string
	KeychainName string
	Collection   string // of the Secret Service

	// Passphrase asks for that of the file backend; dir is its folder.
	Passphrase func(dir string) (string, error)
	// Limit ends a call that a keychain does not answer; 0 = 60 s.
	Limit time.Duration
}

// FromEnviron follows aws-vault's variables. Without AWS_VAULT_BACKEND it takes
// the file backend where its folder is there, else the platform's own keychain.
func FromEnviron(getenv func(string) string, home string) Options {
	or := func(name, otherwise string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return otherwise
	}
	o := Options{
		Backend:      getenv("AWS_VAULT_BACKEND"),
		FileDir:      expand(or("AWS_VAULT_FILE_DIR", "~/.awsvault/keys"), home),
		PassDir:      expand(getenv("AWS_VAULT_PASS_PASSWORD_STORE_DIR"), home),
		PassCommand:  getenv("AWS_VAULT_PASS_CMD"),
		PassPrefix:   getenv("AWS_VAULT_PASS_PREFIX"),
		KeychainName: or("AWS_VAULT_KEYCHAIN_NAME", service),
		Collection:   or("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", "awsvault"),
	}
	if o.PassDir == "" {
		o.PassDir = expand(or("PASSWORD_STORE_DIR", "~/.password-store"), home)
	}
	if o.Backend == "" {
		o.Backend = o.likely()
	}
	return o
}

func expand(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(home, rest)
	}
	return path
}

func (o Options) likely() string {
	if entries, err := os.ReadDir(o.FileDir); err == nil && len(entries) > 0 {
		return string(keyring.FileBackend)
	}
	switch runtime.GOOS {
	case "darwin":
		return string(keyring.KeychainBackend)
	case "windows":
		return string(keyring.WinCredBackend)
	}
	return string(keyring.SecretServiceBackend)
}

// Key is a long-lived key of aws-vault's.
type Key struct{ ID, Secret string }

// String hides the secret.
func (k Key) String() string { return k.ID }

// GoString hides the secret.
func (k Key) GoString() string { return k.ID }

// Store is aws-vault's keychain.
type Store struct {
	o    Options
	ring keyring.Keyring
}

// ErrNoStore says that aws-vault keeps nothing there.
var ErrNoStore = errors.New("there is no store of aws-vault")

// Open finds the store. It asks for nothing yet.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Backend == string(keyring.FileBackend) {
		if info, err := os.Stat(o.FileDir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%w at %s", ErrNoStore, o.FileDir) // the library would make the folder
		}
	}
	if o.Limit == 0 {
		o.Limit = time.Minute
	}
	s := &Store{o: o}
	ring, err := bounded(ctx, s, "open", func() (keyring.Keyring, error) { return desktop.Open(o.config()) })
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.Where(), err)
	}
	s.ring = ring
	return s, nil
}

func (o Options) config() keyring.Config {
	return keyring.Config{
		AllowedBackends:          []keyring.BackendType{keyring.BackendType(o.Backend)},
		ServiceName:              service,
		KeychainName:             o.KeychainName,
		KeychainTrustApplication: true,
		FileDir:                  o.FileDir,
		FilePasswordFunc:         func(string) (string, error) { return o.Passphrase(o.FileDir) },
		KWalletAppID:             service,
		KWalletFolder:            service,
		LibSecretCollectionName:  o.Collection,
		PassDir:                  o.PassDir,
		PassCmd:                  o.PassCommand,
		PassPrefix:               o.PassPrefix,
		WinCredPrefix:            service,
	}
}

// Where names the store for the person.
func (s *Store) Where() string {
	switch s.o.Backend {
	case string(keyring.FileBackend):
		return "aws-vault's folder " + s.o.FileDir
	case string(keyring.PassBackend):
		return "aws-vault's items in pass (" + filepath.Join(s.o.PassDir, s.o.PassPrefix) + ")"
	}
	return "aws-vault's items in " + s.o.Backend
}

// Shared tells whether the store also holds what is not aws-vault's, so that
// Names lists more than its keys: pass without a prefix.
func (s *Store) Shared() bool {
	return s.o.Backend == string(keyring.PassBackend) && s.o.PassPrefix == ""
}

// Names lists the keys, sorted, without aws-vault's sessions.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	all, err := bounded(ctx, s, "list", s.ring.Keys)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", s.Where(), err)
	}
	names := slices.DeleteFunc(all, isSession)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Key reads one key. A wrong passphrase is asked for again, twice.
func (s *Store) Key(ctx context.Context, name string) (Key, error) {
	item, err := s.get(ctx, name)
	for try := 1; err != nil && s.wrongPassphrase(err) && try < 3; try++ {
		if s.ring, err = desktop.Open(s.o.config()); err == nil { // forgets the passphrase
			item, err = s.get(ctx, name)
		}
	}
	if err != nil {
		return Key{}, fmt.Errorf("read %q from %s: %w", name, s.Where(), err)
	}
	var document struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	if json.Unmarshal(item.Data, &document) != nil || document.AccessKeyID == "" || document.SecretAccessKey == "" || document.SessionToken != "" {
		return Key{}, fmt.Errorf("%q in %s is not a long-lived key", name, s.Where())
	}
	return Key{ID: document.AccessKeyID, Secret: document.SecretAccessKey}, nil
}

func (s *Store) get(ctx context.Context, name string) (keyring.Item, error) {
	return bounded(ctx, s, "read", func() (keyring.Item, error) { return s.ring.Get(name) })
}

// wrongPassphrase tells a key unwrapping that failed from other errors: the
// library has no value for it.
func (s *Store) wrongPassphrase(err error) bool {
	return s.o.Backend == string(keyring.FileBackend) && strings.Contains(err.Error(), "integrity check failed")
}

// isSession tells aws-vault's sessions, tokens of its single sign-on and what older
// releases left from long-lived keys.
func isSession(name string) bool {
	if strings.HasPrefix(name, "oidc:") || strings.HasPrefix(name, "session,") || strings.HasPrefix(name, "session:") || strings.Contains(name, " session (") {
		return true
	}
	parts := strings.Split(name, ",")
	if len(parts) != 4 || parts[3] == "" || strings.Trim(parts[3], "0123456789") != "" {
		return false
	}
	for _, p := range parts[1:3] {
		if _, err := base64.RawURLEncoding.DecodeString(p); err != nil {
			return false
		}
	}
	return true
}

// bounded runs a call into the keychain, which may wait for ever, for a limited time.
func bounded[T any](ctx context.Context, s *Store, op string, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := call()
		done <- answer{value, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, s.o.Limit)
	defer cancel()
	select {
	case a := <-done:
		if errors.Is(a.err, keyring.ErrNoAvailImpl) {
			a.err = fmt.Errorf("the keychain %s is not available here", s.o.Backend)
		}
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("%s %s: no answer: %w", op, s.Where(), ctx.Err())
	}
}
