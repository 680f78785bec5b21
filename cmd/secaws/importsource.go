package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/keyring"
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
	case from == "" || from == "files" || e.isAWSFile(from):
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
		err := usageError{command: c.Command.HelpName, problem: fmt.Sprintf("--from %q: want files, aws-vault, env, or the path of a .csv or .json file", from)}
		if isThere(from) {
			err.hint = "if it is another credentials file: AWS_SHARED_CREDENTIALS_FILE=" + from + " secaws import"
		}
		return nil, err
	}
}

// isAWSFile tells whether path is that of one of AWS's two files.
func (e *env) isAWSFile(path string) bool {
	p, err := e.paths()
	return err == nil && (sameFile(path, p.shared) || sameFile(path, p.config))
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
	for _, candidate := range append([]string{name}, files.Names()...) {
		p, err := files.Profile(candidate, noEnvironment)
		if err == nil && p.Key == name && p.MFASerial != "" && (p.Source == nil || candidate == name) {
			return p.MFASerial
		}
	}
	raw, _ := files.Raw(name) // of a profile that secaws does not serve
	return raw["mfa_serial"]
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
