package configgen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

const (
	// lockWait is how long Edit waits for another secaws that edits the same file.
	lockWait = 10 * time.Second
	// editTries is how often Edit starts anew because somebody else wrote the file meanwhile.
	editTries = 5
	// lockName is the file in the folder of an edited file that is locked meanwhile; the edited file itself is replaced and cannot be.
	lockName = ".secaws-lock"
	// newFilePerm is the mode of a file that was not there.
	newFilePerm = 0o600
)

// Edit changes the config file at path: change edits a Document, and the result
// replaces the file in one step, so that a reader or a kill at any moment finds the
// old or the new file. Links in path are followed and stay; the mode stays. The
// text before the last change is kept beside the file as NAME.secaws-backup, unless
// it has a secret key in it. Two processes that edit wait for each other; a change that
// another program makes meanwhile is not lost: change is called again on its result.
func Edit(path string, change func(*Document) error) error { return edit(path, false, change) }

// EditCredentials is Edit for the credentials file.
func EditCredentials(path string, change func(*Document) error) error {
	return edit(path, true, change)
}

// Preview is what Edit would do: the file's text before and after.
func Preview(path string, change func(*Document) error) (before, after string, err error) {
	return preview(path, false, change)
}

// PreviewCredentials is Preview for the credentials file.
func PreviewCredentials(path string, change func(*Document) error) (before, after string, err error) {
	return preview(path, true, change)
}

func preview(path string, credentials bool, change func(*Document) error) (before, after string, err error) {
	before, err = readText(path)
	if err != nil {
		return "", "", err
	}
	d, err := newDocument(path, before, credentials)
	if err != nil {
		return "", "", err
	}
	if err := change(d); err != nil {
		return "", "", err
	}
	return before, d.String(), nil
}

func edit(path string, credentials bool, change func(*Document) error) error {
	target, err := resolveLinks(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	lock, err := safefile.Acquire(ctx, filepath.Join(filepath.Dir(target), lockName))
	if err != nil {
		return fmt.Errorf("another secaws is writing %s: %w", path, err)
	}
	// New files that killed runs left may hold secrets of the files they were to replace; under the lock none is in use.
	err = errors.Join(safefile.Sweep(filepath.Dir(target), 0, time.Now()), editLocked(path, target, credentials, change))
	return errors.Join(err, lock.Release())
}

func backupPath(target string) string { return target + ".secaws-backup" }

func editLocked(path, target string, credentials bool, change func(*Document) error) error {
	for range editTries {
		perm, err := writable(target)
		if err != nil {
			return err
		}
		before, after, err := preview(target, credentials, change)
		if err != nil || before == after {
			return err
		}
		if err := backUp(target, before, perm); err != nil {
			return err
		}
		if now, err := readText(target); err != nil || now != before {
			if err != nil {
				return err
			}
			continue
		}
		return replaceText(path, target, after, perm)
	}
	return fmt.Errorf("%s: another program writes it again and again", path)
}

// replaceText writes text and reads it back.
func replaceText(path, target, text string, perm fs.FileMode) error {
	if err := safefile.Write(target, []byte(text), perm); err != nil {
		return err
	}
	now, err := readText(path)
	if err != nil {
		return err
	}
	if now != text {
		return fmt.Errorf("%s does not hold what was just written: another program wrote it too", path)
	}
	return nil
}

// writable returns the mode to write target with. A file that is not a regular one,
// or somebody else's, is refused.
func writable(target string) (fs.FileMode, error) {
	info, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return newFilePerm, nil
	}
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s: %w", target, safefile.ErrNotRegular)
	}
	if isForeign(info) {
		return 0, &ForeignFileError{Path: target}
	}
	return info.Mode().Perm(), nil
}

// ForeignFileError is a file of another user, which replacing would make ours.
type ForeignFileError struct{ Path string }

func (e *ForeignFileError) Error() string { return e.Path + " belongs to another user" }

// Hint tells the way round.
func (e *ForeignFileError) Hint() string { return "run secaws as that user" }

// backUp keeps the text before a change, unless there is none or it holds a secret.
func backUp(target, text string, perm fs.FileMode) error {
	if text == "" || strings.Contains(strings.ToLower(text), "aws_secret_access_key") || strings.Contains(strings.ToLower(text), "_token") {
		return nil
	}
	return safefile.Write(backupPath(target), []byte(text), perm)
}

// resolveLinks follows path to the file it stands for, which need not be there yet.
func resolveLinks(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 {
		info, err := os.Lstat(abs)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return resolveFolder(abs)
		}
		if err != nil {
			return "", err
		}
		next, err := os.Readlink(abs)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(abs), next)
		}
		abs = next
	}
	return "", fmt.Errorf("%s: too many links", path)
}

// resolveFolder follows the links in path's folder, so that two ways to one file have one lock.
func resolveFolder(path string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}
