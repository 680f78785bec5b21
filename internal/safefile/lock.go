package safefile

import (
	"context"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a taken lock is tried again.
const lockPoll = 20 * time.Millisecond

// Lock is an exclusive lock between processes, held on an open file. The system
// ends it when the holder dies, however it dies. The file stays: removing it
// would let two processes hold locks on two files of one name.
type Lock struct{ file *flock.Flock }

// Acquire takes the lock of path, making the file (0600) when it is not there and
// waiting until the lock is free or ctx ends. The directory must exist.
func Acquire(ctx context.Context, path string) (*Lock, error) {
	if err := refuseOdd(path); err != nil {
		return nil, err
	}
	file := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(lockFlags))
	if _, err := file.TryLockContext(ctx, lockPoll); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &Lock{file: file}, nil
}

// TryAcquire is Acquire without waiting: it returns nil and no error when another holds the lock.
func TryAcquire(path string) (*Lock, error) {
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
	return &Lock{file: file}, nil
}

// Release lets the next one in. Releasing twice does nothing.
func (l *Lock) Release() error { return l.file.Close() }
