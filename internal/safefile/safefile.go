// Package safefile reads and replaces small private files so that a reader never
// sees half of one, a kill at any moment leaves the old or the new content, and a
// link planted in the way is refused instead of followed.
package safefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// tempPrefix starts the name of every file Write has not yet renamed; one that a
// killed process left behind is recognised by it.
const tempPrefix = ".secaws-tmp-"

// ErrTooLarge says that a file holds more than the reader accepts.
var ErrTooLarge = errors.New("file is larger than expected")

// ErrNotRegular says that a path names something other than a plain file: a folder, a pipe, a device.
var ErrNotRegular = errors.New("not a regular file")

// Write replaces the content of path by data: into a new file in the same
// directory, flushed to the disk, renamed over path, and the directory flushed.
// The file's mode is perm whatever the umask. The directory must exist.
// A path that is a link, or anything but a regular file, is refused (LinkError, ErrNotRegular).
func Write(path string, data []byte, perm fs.FileMode) error {
	if err := put(path, data, perm, (*os.File).Sync); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Replace is Write without flushing to the disk: readers and kills find the old
// or the new content, a power cut may not. For files that explain what runs now.
func Replace(path string, data []byte, perm fs.FileMode) error {
	return put(path, data, perm, func(*os.File) error { return nil })
}

func put(path string, data []byte, perm fs.FileMode, flush func(*os.File) error) error {
	if err := refuseOdd(path); err != nil {
		return err
	}
	temp, err := writeTemp(filepath.Dir(path), data, perm, flush)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := replace(temp, path); err != nil {
		return errors.Join(fmt.Errorf("replace %s: %w", path, err), os.Remove(temp))
	}
	return nil
}

// refuseOdd lets through a path that does not exist or is a regular file.
func refuseOdd(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case isLink(info):
		return &LinkError{Path: path}
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	return nil
}

// writeTemp puts data in a new file of dir and flushes it.
func writeTemp(dir string, data []byte, perm fs.FileMode, flush func(*os.File) error) (name string, err error) {
	f, err := os.CreateTemp(dir, tempPrefix) // O_EXCL, 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := setMode(f, perm); err != nil {
		return "", err
	}
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	if err := flush(f); err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// Read returns the content of the regular file at path, which must not be a link
// and hold at most max bytes. Errors: fs.ErrNotExist, LinkError, ErrNotRegular, ErrTooLarge.
func Read(path string, max int64) ([]byte, error) {
	f, err := openNoFollow(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	if info.Size() > max {
		return nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	return readAll(f, path, info.Size(), max)
}

// readAll reads up to max bytes; size is a hint that saves growing the buffer.
func readAll(f *os.File, path string, size, max int64) ([]byte, error) {
	data := make([]byte, 0, size+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > max {
			return nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}
