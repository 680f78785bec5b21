package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

const (
	lockPoll       = 20 * time.Millisecond
	waitingAfter   = time.Second // then the one who waits is told for whom
	lockRecordMax  = 4 << 10
	lockOutcomeMax = 300 // bytes
)

// lockRecord is what a lock's holder leaves beside it for the others to read. The
// lock itself is the system's and ends with the process; the record does not count
// for that, it explains.
type lockRecord struct {
	PID      int    `json:"pid"`
	Terminal string `json:"terminal,omitempty"`
	// Failures counts the outcomes that were left, ever: one that came while we
	// waited is told from an old one by it, whatever the clock does.
	Failures int    `json:"failures"`
	Outcome  string `json:"outcome,omitempty"` // of the last failure
}

// Lock takes the lock of id, across processes, and waits for it until ctx ends.
//
// After one second waiting is called, once, with who holds it ("pid 123 on
// /dev/pts/2"). previous is the outcome that a holder left while we waited: "" when
// it succeeded, was killed, or we did not wait. The lock is ours either way.
// release leaves an outcome for those who are waiting now, "" for none, and unlocks;
// handing previous on is not needed, everyone who waited sees it.
func (k *Keyring) Lock(ctx context.Context, id string, waiting func(holder string)) (release func(outcome string) error, previous string, err error) {
	if !validID(id) {
		return nil, "", &IDError{ID: id}
	}
	dir, err := k.dir("locks")
	if err != nil {
		return nil, "", err
	}
	l := &sessionLock{path: filepath.Join(dir, id+".lock"), record: filepath.Join(dir, id+".json")}
	if k.o.Terminal != nil {
		l.terminal = k.o.Terminal()
	}
	previous, err = l.take(ctx, waiting)
	if err != nil {
		return nil, "", err
	}
	return l.release, previous, nil
}

type sessionLock struct {
	path, record, terminal string
	held                   *safefile.Lock
	failures               int
	outcome                string
}

func (l *sessionLock) take(ctx context.Context, waiting func(string)) (previous string, err error) {
	if l.held, err = safefile.TryAcquire(l.path); err != nil {
		return "", err
	}
	before := l.read()
	if l.held == nil {
		if err := l.wait(ctx, waiting); err != nil {
			return "", err
		}
	}
	now := l.read()
	if now.Failures > before.Failures {
		previous = now.Outcome
	}
	l.failures, l.outcome = now.Failures, now.Outcome
	if err := l.write(lockRecord{PID: os.Getpid(), Terminal: l.terminal, Failures: l.failures, Outcome: l.outcome}); err != nil {
		return "", errors.Join(err, l.held.Release())
	}
	return previous, nil
}

func (l *sessionLock) wait(ctx context.Context, waiting func(string)) (err error) {
	tell := time.NewTimer(waitingAfter)
	defer tell.Stop()
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tell.C:
			if waiting != nil {
				waiting(l.read().holder())
			}
		case <-poll.C:
			if l.held, err = safefile.TryAcquire(l.path); err != nil || l.held != nil {
				return err
			}
		}
	}
}

func (l *sessionLock) release(outcome string) error {
	record := lockRecord{Failures: l.failures, Outcome: l.outcome}
	if outcome != "" {
		record.Failures++
		record.Outcome = oneLine(outcome)
	}
	return errors.Join(l.write(record), l.held.Release())
}

// read returns the record; one that is not there or makes no sense is empty.
func (l *sessionLock) read() lockRecord {
	var r lockRecord
	data, err := safefile.Read(l.record, lockRecordMax)
	if err != nil || json.Unmarshal(data, &r) != nil {
		return lockRecord{}
	}
	return r
}

func (l *sessionLock) write(r lockRecord) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return safefile.Replace(l.record, data, 0o600)
}

func (r lockRecord) holder() string {
	if r.PID == 0 {
		return "another process"
	}
	if r.Terminal == "" {
		return fmt.Sprintf("pid %d", r.PID)
	}
	return fmt.Sprintf("pid %d on %s", r.PID, r.Terminal)
}

// oneLine keeps an outcome short and in one line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.ToValidUTF8(s[:min(len(s), lockOutcomeMax)], "")
}
