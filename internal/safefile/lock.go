package safefile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a taken lock is tried again.
const lockPoll = 20 * time.Millisecond

// Lock is an exclusive lock between processes, held on an open file. The system
// ends it when the holder dies, however it dies.
type Lock struct{ file *flock.Flock }

// Acquire takes the lock of path, making the file (0600) when it is not there and
// waiting until the lock is free or ctx ends. The directory must exist.
func Acquire(ctx context.Context, path string) (*Lock, error) {
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		if lock, err := TryAcquire(path); lock != nil || err != nil {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock %s: %w", path, ctx.Err())
		case <-poll.C:
		}
	}
}

// TryAcquire is Acquire without waiting: it returns nil and no error when another holds the lock.
func TryAcquire(path string) (*Lock, error) {
	for {
		if err := refuseOdd(path); err != nil {
			return nil, err
		}
		file := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(lockFlags))
		taken, err := file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if !taken {
			return nil, nil
		}
		if isAt(file, path) {
			return &Lock{file: file}, nil
		}
		if err := file.Close(); err != nil { // its file was removed meanwhile: others lock the one that is there now
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

// isAt tells whether a lock's file is still the one at path.
func isAt(file *flock.Flock, path string) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(held, there)
}

// Release lets the next one in. Releasing twice does nothing.
func (l *Lock) Release() error { return l.file.Close() }

// Remove is Release and takes the file away: whoever waits for the lock makes a new
// one. On Windows, where an open file cannot be removed, it is an error and the file stays.
func (l *Lock) Remove() error { return errors.Join(os.Remove(l.file.Path()), l.file.Close()) }
