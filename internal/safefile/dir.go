package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// LinkError says that a path which must be a plain file or folder is a link.
type LinkError struct{ Path string }

func (e *LinkError) Error() string { return fmt.Sprintf("%s is a link, refusing to follow it", e.Path) }

// Hint names the way out.
func (e *LinkError) Hint() string { return "remove the link, or point secaws at the real place" }

// AccessError says that a file or folder can be reached by others than its owner,
// or belongs to somebody else.
type AccessError struct {
	Path    string
	Mode    fs.FileMode
	Foreign bool // it belongs to another user
}

func (e *AccessError) Error() string {
	if e.Foreign {
		return fmt.Sprintf("%s belongs to another user", e.Path)
	}
	return fmt.Sprintf("%s is open to other users (mode %04o)", e.Path, e.Mode.Perm())
}

// Hint names the command that mends it.
func (e *AccessError) Hint() string {
	if e.Foreign {
		return "use a folder of your own; under sudo, keep your own HOME"
	}
	return "close it with: chmod go= " + e.Path
}

// Dir makes the folder path (mode 0700, parents too) unless it is there, and
// refuses one that is a link, belongs to another user or is open to the group or
// the world (LinkError, AccessError). On Windows only links are refused.
func Dir(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		info, err = os.Lstat(path)
	}
	if err != nil {
		return err
	}
	if isLink(info) {
		return &LinkError{Path: path}
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	return checkAccess(path, info)
}

// Private refuses a file or folder that is a link, belongs to another user or is
// open to the group or the world, as Dir does for folders, without making it.
func Private(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if isLink(info) {
		return &LinkError{Path: path}
	}
	return checkAccess(path, info)
}

// Sweep removes from dir what killed processes left of unfinished writes: the
// files that Write had not yet renamed and that are older than age.
func Sweep(dir string, age time.Duration, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), tempPrefix) || now.Sub(info.ModTime()) < age {
			continue
		}
		errs = append(errs, os.Remove(filepath.Join(dir, entry.Name())))
	}
	return errors.Join(errs...)
}
