package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awsvault"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// foundKey is a key that import found somewhere.
type foundKey struct {
	name      string // in the keychain
	key       givenKey
	err       error // why the key cannot be had; then there is no key
	origin    string
	mfaSerial string       // where the profiles tell it
	profile   string       // the profile that holds it, "" for none
	clear     string       // the clear-text file it lies in, "" where it lies in none
	remove    func() error // takes it out of that file; nil where there is nothing to remove
	together  bool         // remove takes every key of the file away
}

// findKeys looks where --from says, for the keys called names or else for all.
func (e *env) findKeys(c *cli.Context, names []string) ([]foundKey, error) {
	switch from := c.String("from"); {
	case from == "" || from == "files":
		return e.keysInFiles(names)
	case from == "aws-vault":
		return e.keysOfAWSVault(c.Context, names)
	case from == "env":
		return e.keyInEnviron(c, names)
	case strings.EqualFold(filepath.Ext(from), ".csv"):
		return keysInFile(from, names, keysInCSV)
	case strings.EqualFold(filepath.Ext(from), ".json"):
		return keysInFile(from, names, keyInJSON)
	default:
		return nil, usageErrorf(c, "--from %q: want files, aws-vault, env, or the path of a .csv or .json file", from)
	}
}

// keysInFiles finds the keys in clear of ~/.aws.
func (e *env) keysInFiles(names []string) ([]foundKey, error) {
	files, err := e.files()
	if err != nil {
		return nil, err
	}
	var having []string
	for _, name := range files.Names() {
		if _, _, ok := files.StaticKey(name); ok {
			having = append(having, name)
		}
	}
	if len(names) == 0 {
		names = slices.DeleteFunc(slices.Clone(having), func(name string) bool { return isTemporary(files, name) })
		if n := len(having) - len(names); n > 0 {
			e.notice("passed over: %s with a session token", counted(n, "temporary key"))
		}
	}
	var found []foundKey
	for _, name := range names {
		if !slices.Contains(having, name) {
			return nil, noStaticKey(files, name, having)
		}
		found = append(found, e.keyInFiles(files, name))
	}
	return found, nil
}

func isTemporary(files *configgen.Files, name string) bool {
	raw, _ := files.Raw(name)
	return raw["aws_session_token"] != ""
}

func noStaticKey(files *configgen.Files, name string, having []string) error {
	if _, ok := files.Raw(name); ok {
		return fmt.Errorf("profile %q has no access key in clear", name)
	}
	return &configgen.UnknownProfileError{Name: name, Nearest: configgen.Nearest(name, having), Names: files.Names()}
}

func (e *env) keyInFiles(files *configgen.Files, name string) foundKey {
	id, secret, _ := files.StaticKey(name)
	f := foundKey{
		name: name, key: givenKey{ID: id, Secret: keyring.NewSecret(secret)}, profile: name,
		origin: strings.Join(files.Where(name), " and "), mfaSerial: deviceOf(files, name),
	}
	if isTemporary(files, name) {
		f.err = errors.New("it is temporary: it has a session token")
	}
	p, err := e.paths()
	if err != nil {
		f.err = err
		return f
	}
	f.clear = p.shared
	if !strings.Contains(f.origin, p.shared+":") {
		f.clear = p.config
	}
	f.remove = func() error { return removeStatic(p, name) }
	return f
}

// removeStatic takes the profile's key out of both files.
func removeStatic(p paths, name string) error {
	drop := func(d *configgen.Document) error {
		_, err := d.RemoveStaticKey(name)
		return err
	}
	for path, edit := range map[string]func(string, func(*configgen.Document) error) error{p.shared: configgen.EditCredentials, p.config: configgen.Edit} {
		if !isThere(path) {
			continue
		}
		if err := edit(path, drop); err != nil {
			return err
		}
	}
	return nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// deviceOf is the MFA device that the profiles name for a key: that of its own profile, or of one that it is the source of.
func deviceOf(files *configgen.Files, name string) string {
	none := func(string) string { return "" }
	for _, candidate := range append([]string{name}, files.Names()...) {
		p, err := files.Profile(candidate, none)
		if err == nil && p.Key == name && p.MFASerial != "" && (p.Source == nil || candidate == name) {
			return p.MFASerial
		}
	}
	raw, _ := files.Raw(name) // of a profile that secaws does not serve
	return raw["mfa_serial"]
}

// keysOfAWSVault reads aws-vault's own store.
func (e *env) keysOfAWSVault(ctx context.Context, names []string) ([]foundKey, error) {
	o := awsvault.FromEnviron(e.getenv, e.home())
	o.Passphrase = func(dir string) (string, error) {
		if passphrase, ok := e.lookupEnv("AWS_VAULT_FILE_PASSPHRASE"); ok {
			return passphrase, nil
		}
		if err := e.canPrompt(); err != nil {
			return "", hinted{fmt.Errorf("aws-vault's folder %s needs its passphrase, and there is no terminal to ask on", dir), "set AWS_VAULT_FILE_PASSPHRASE, or run this at a terminal"}
		}
		return e.terminal.Ask(ctx, "Passphrase of aws-vault's keys in "+escape(dir)+": ", true)
	}
	store, err := awsvault.Open(ctx, o)
	if errors.Is(err, awsvault.ErrNoStore) {
		return nil, hinted{err, "if it is elsewhere, say so as to aws-vault: AWS_VAULT_BACKEND, AWS_VAULT_FILE_DIR"}
	}
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		if names, err = e.namesInVault(ctx, store); err != nil {
			return nil, err
		}
	}
	files, err := e.files()
	if err != nil {
		return nil, err
	}
	var found []foundKey
	for _, name := range names {
		key, err := store.Key(ctx, name)
		if ctx.Err() != nil || errors.Is(err, session.ErrCanceled) {
			return nil, errors.Join(ctx.Err(), err)
		}
		found = append(found, foundKey{name: name, key: givenKey{ID: key.ID, Secret: keyring.NewSecret(key.Secret)}, err: err,
			origin: store.Where(), mfaSerial: deviceOf(files, name)})
	}
	return found, nil
}

// namesInVault are all keys of the store; of one that others share, those only that are called like a profile: nothing
// else of it is opened.
func (e *env) namesInVault(ctx context.Context, store *awsvault.Store) ([]string, error) {
	names, err := store.Names(ctx)
	if err != nil || !store.Shared() {
		return names, err
	}
	files, err := e.files()
	if err != nil {
		return nil, err
	}
	e.notice("%s also holds what is not aws-vault's: only items called like a profile are read", store.Where())
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(files.Names(), name) }), nil
}

func (e *env) keyInEnviron(c *cli.Context, names []string) ([]foundKey, error) {
	if len(names) != 1 {
		return nil, usageErrorf(c, "--from env needs the NAME to store the key under")
	}
	if e.getenv("AWS_SESSION_TOKEN") != "" {
		return nil, errors.New("the key in the environment is temporary: AWS_SESSION_TOKEN is set")
	}
	key, err := e.keyFromEnviron()
	return []foundKey{{name: names[0], key: key, origin: "the environment"}}, err
}

// keysInFile reads a file that somebody downloaded or saved. A name given renames the only key in it.
func keysInFile(path string, names []string, read func(io.Reader) ([]givenKey, error)) ([]foundKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := read(io.LimitReader(f, longestDocument))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(names) > 0 && (len(names) > 1 || len(keys) > 1) {
		return nil, fmt.Errorf("%s holds %s: a NAME can be given to one", path, counted(len(keys), "key"))
	}
	var found []foundKey
	for _, key := range keys {
		name := firstOf(append(names, key.User, userInFileName(path))...)
		if name == "" {
			return nil, hinted{fmt.Errorf("%s does not say whose key it is", path), "say what to call it: secaws import --from " + path + " NAME"}
		}
		found = append(found, foundKey{name: name, key: key, origin: path, clear: path, together: true, remove: func() error { return removeFile(path) }})
	}
	return found, nil
}

// removeFile removes a file, or sees that it is gone.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// userInFileName is the user of "USER_accessKeys.csv", as the console names its downloads.
func userInFileName(path string) string {
	user, ok := strings.CutSuffix(filepath.Base(path), "_accessKeys.csv")
	if !ok {
		return ""
	}
	return user
}

func keyInJSON(r io.Reader) ([]givenKey, error) {
	key, err := keyFromJSON(r)
	if err != nil {
		return nil, errors.New("it is not the JSON that aws iam create-access-key prints")
	}
	return []givenKey{key}, nil
}

// keysInCSV reads what the console offers for download, of one user or of several. Its errors quote nothing of it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-key-self-managed.html
func keysInCSV(r io.Reader) ([]givenKey, error) {
	wrong := errors.New("it is not a CSV file with the columns Access key ID and Secret access key")
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = -1
	records, err := lines.ReadAll()
	if err != nil || len(records) < 2 {
		return nil, wrong
	}
	column := map[string]int{}
	for i, title := range records[0] {
		column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(title, "\ufeff")))] = i
	}
	cell := func(record []string, title string) string {
		if i, ok := column[title]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	var keys []givenKey
	for _, record := range records[1:] {
		id, secret := cell(record, "access key id"), cell(record, "secret access key")
		if id == "" || secret == "" {
			return nil, wrong
		}
		keys = append(keys, givenKey{ID: id, Secret: keyring.NewSecret(secret), User: cell(record, "user name")})
	}
	return keys, nil
}
