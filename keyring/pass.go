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
type passVault struct{ library }

func (v *passVault) set(ctx context.Context, name, label string, data []byte) error {
	staged := v.library
	staged.ring = nil
	staged.config.PassPrefix += stagedSuffix
	if err := staged.set(ctx, name, label, data); err != nil {
		return err
	}
	_, err := bounded(ctx, v.limit, v.backend, "write", func() (struct{}, error) {
		return struct{}{}, passMove(ctx, v.config.PassPrefix, name)
	})
	return err
}

// passMove renames within the store; pass sees to its git history, if there is one.
func passMove(ctx context.Context, folder, name string) error {
	path, err := exec.LookPath("pass")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "mv", "-f", folder+stagedSuffix+"/"+name, folder+"/"+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New("pass mv: " + strings.TrimSpace(string(out)) + ": " + err.Error())
	}
	return nil
}

// probePass wants the program and a store that was initialised.
func probePass() (Presence, string) {
	if _, err := exec.LookPath("pass"); err != nil {
		return Absent, "the program pass is not installed"
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
