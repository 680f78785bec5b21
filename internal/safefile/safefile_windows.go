package safefile

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const lockFlags = os.O_CREATE | os.O_RDWR

// replaceTries times replacePause is how long a reader or a virus scanner may hold the old file.
const (
	replaceTries = 50
	replacePause = 10 * time.Millisecond
)

// isLink counts every reparse point that Go does not call a plain file: symbolic links and junctions.
func isLink(info fs.FileInfo) bool { return info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 }

// setMode does nothing: files inherit the access list of the person's own profile folder.
func setMode(*os.File, fs.FileMode) error { return nil }

// replace retries while another process has the target open without sharing deletion.
func replace(temp, path string) error {
	from, err := windows.UTF16PtrFromString(temp)
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := windows.MoveFileEx(from, to, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
		busy := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !busy || try == replaceTries {
			return err
		}
		time.Sleep(replacePause)
	}
}

// syncDir does nothing: MOVEFILE_WRITE_THROUGH has flushed the rename.
func syncDir(string) error { return nil }

// openNoFollow shares deletion, so that a writer can replace the file under a reader.
func openNoFollow(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if isLink(info) {
		return nil, &LinkError{Path: path}
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(name, windows.GENERIC_READ,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(handle), path), nil
}

// checkAccess accepts all: the profile folder's access list already keeps other people out.
func checkAccess(string, fs.FileInfo) error { return nil }
