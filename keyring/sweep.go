package keyring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

// unfinished is the age at which a write nobody finished is one that was killed,
// and a lock nobody took is one that nobody waits for.
const unfinished = time.Hour

// sweep removes what killed processes left in the folders of sessions and locks,
// and the locks of identities that have no session.
func (k *Keyring) sweep(sealed string, now time.Time) error {
	locks, err := k.dir("locks")
	if err != nil {
		return err
	}
	if err := errors.Join(safefile.Sweep(sealed, unfinished, now), safefile.Sweep(locks, unfinished, now)); err != nil {
		return err
	}
	entries, err := os.ReadDir(locks)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		id, isRecord := strings.CutSuffix(entry.Name(), ".json")
		info, err := entry.Info()
		if !isRecord || err != nil || now.Sub(info.ModTime()) < unfinished {
			continue
		}
		if _, err := os.Lstat(filepath.Join(sealed, id)); errors.Is(err, fs.ErrNotExist) {
			sweepLock(filepath.Join(locks, id))
		}
	}
	return nil
}

// sweepLock removes a lock and its record, unless it is held. What cannot be removed now the next one removes.
func sweepLock(path string) {
	lock, err := safefile.TryAcquire(path + ".lock")
	if err != nil || lock == nil {
		return
	}
	_ = os.Remove(path + ".json")
	_ = lock.Remove()
}
