//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const lockFlags = os.O_CREATE | os.O_RDWR | syscall.O_NOFOLLOW

func isLink(info fs.FileInfo) bool { return info.Mode()&fs.ModeSymlink != 0 }

func setMode(f *os.File, perm fs.FileMode) error { return f.Chmod(perm) }

func replace(temp, path string) error { return os.Rename(temp, path) }

// syncDir puts a rename in dir on the disk. File systems that cannot flush a folder say EINVAL.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// openNoFollow opens for reading; O_NONBLOCK keeps a pipe in the file's place from holding us for ever.
func openNoFollow(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		return nil, &LinkError{Path: path}
	}
	return f, err
}

// checkAccess wants us as the owner and nothing for the group and the world.
func checkAccess(path string, info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return &AccessError{Path: path, Mode: info.Mode(), Foreign: true}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return &AccessError{Path: path, Mode: info.Mode()}
	}
	return nil
}
