package keyring

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/99designs/keyring"
)

// stagedSuffix ends the name of the password store's folder where a new item waits.
const stagedSuffix = "-new"

// passVault is pass as the library runs it, but for writing: gpg overwrites its
// output in place, so that a kill in the middle would lose the key being replaced.
// The new item is made elsewhere in the store and moved over the old one.
type passVault struct{ *library }

func (v *passVault) set(ctx context.Context, name, label string, data []byte) error {
	config := libraryConfig(Pass, v.config.PassPrefix+stagedSuffix)
	staged := &library{backend: Pass, limit: v.limit, config: config, prepare: findPass}
	if err := staged.set(ctx, name, label, data); err != nil {
		return err
	}
	return v.do(ctx, "write", func(keyring.Keyring) error {
		return v.move(ctx, config.PassPrefix+"/"+name, v.config.PassPrefix+"/"+name)
	})
}

// move renames within the store; pass sees to its git history, if there is one. Needs v.mu.
func (v *passVault) move(ctx context.Context, from, to string) error {
	ctx, cancel := context.WithTimeout(ctx, v.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, v.config.PassCmd, "mv", "-f", from, to)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New("pass mv: " + strings.TrimSpace(string(out)) + ": " + err.Error())
	}
	return nil
}

// findPass has the library run the program by the path that was found, and not where
// it has no store: all that it would say of that is its exit status.
func findPass(c *keyring.Config) (err error) {
	if c.PassCmd, err = passProgram(); err != nil {
		return err
	}
	if presence, reason := probePass(); presence != Usable {
		return &UnavailableError{Backend: Pass, Reason: reason}
	}
	return nil
}

// passProgram finds pass, and refuses one that anybody could have put there.
func passProgram() (string, error) {
	path, err := exec.LookPath("pass") // an error when it is in the current folder
	if err != nil {
		return "", &UnavailableError{Backend: Pass, Reason: "the program pass is not installed"}
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o002 != 0 {
		return "", &UnavailableError{Backend: Pass, Reason: path + " is in a folder that everybody can write to"}
	}
	return path, nil
}

// probePass wants the program and a store that was initialised.
func probePass() (Presence, string) {
	var unavailable *UnavailableError
	if _, err := passProgram(); errors.As(err, &unavailable) {
		return Absent, unavailable.Reason
	}
	dir, err := passDir()
	if err != nil {
		return Absent, err.Error()
	}
	if _, err := os.Stat(filepath.Join(dir, ".gpg-id")); err != nil {
		return Absent, "there is no password store (pass init makes one)"
	}
	return Usable, ""
}

// passDir is where pass and the library look for the store.
func passDir() (string, error) {
	if dir, ok := os.LookupEnv("PASSWORD_STORE_DIR"); ok {
		return keyring.ExpandTilde(dir)
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".password-store"), err
}
