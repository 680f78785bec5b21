package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/secaws/secaws/internal/safefile"
	"github.com/secaws/secaws/session"
)

// auditLimit is the size in bytes at which the audit log is put aside, and auditKept how many of those are kept.
const (
	auditLimit = 1 << 20
	auditKept  = 3
)

// auditEntry is a line of the audit log: who used what. It holds no secret, and of the program that exec starts only
// the name, since people put secrets on command lines.
type auditEntry struct {
	Time    time.Time `json:"time"`
	Command string    `json:"command"`
	Profile string    `json:"profile,omitempty"`
	Key     string    `json:"key,omitempty"` // name in the keychain
	RoleARN string    `json:"role_arn,omitempty"`
	KeyID   string    `json:"key_id,omitempty"` // of the long-lived key
	MFA     bool      `json:"mfa"`
	Caller  string    `json:"caller,omitempty"`  // the program that started us
	Program string    `json:"program,omitempty"` // the program that exec became
}

// usedSession is the entry for credentials that were handed out.
func usedSession(command string, s session.Session) auditEntry {
	return auditEntry{Command: command, Profile: s.Profile, RoleARN: s.RoleARN, KeyID: s.KeyID, MFA: s.MFA}
}

// audit appends entry to the audit log. What cannot be logged is told, and no reason to refuse the person's work.
func (e *env) audit(entry auditEntry) {
	entry.Time = e.now().UTC().Truncate(time.Millisecond)
	entry.Caller = e.process.Caller()
	if err := e.appendAudit(entry); err != nil {
		e.notice("audit log: %v", err)
	}
}

func (e *env) appendAudit(entry auditEntry) error {
	p, err := e.paths()
	if err != nil {
		return err
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("encode an entry: %w", err)
	}
	f, err := openAppend(p.audit())
	if errors.Is(err, fs.ErrNotExist) {
		if err := safefile.Dir(p.state); err != nil {
			return err
		}
		f, err = openAppend(p.audit())
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n')) // one write: lines of processes side by side do not mix
	info, statErr := f.Stat()
	err = errors.Join(err, statErr, f.Close())
	if err == nil && info.Size() > auditLimit {
		return rotateAudit(p.audit())
	}
	return err
}

// rotateAudit moves path to path.1, path.1 to path.2 and so on. Of two processes that both want to, the second leaves
// it to the first.
func rotateAudit(path string) error {
	lock, err := safefile.TryAcquire(filepath.Join(filepath.Dir(path), "audit.lock"))
	if err != nil || lock == nil {
		return err
	}
	defer lock.Release()
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= auditLimit {
		return nil // another process was first
	}
	if err != nil {
		return err
	}
	for n := auditKept; n > 1; n-- {
		if err := os.Rename(numbered(path, n-1), numbered(path, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(path, numbered(path, 1))
}

func numbered(path string, n int) string { return path + "." + strconv.Itoa(n) }

// auditEntries reads the last n entries, oldest first. Lines that cannot be read, as a crash of the machine can leave
// them, are passed over.
func auditEntries(path string, n int) ([]auditEntry, error) {
	var entries []auditEntry
	for _, file := range []string{numbered(path, 1), path} {
		data, err := safefile.Read(file, 8*auditLimit)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, parseAudit(data)...)
	}
	return entries[max(0, len(entries)-n):], nil
}

func parseAudit(data []byte) []auditEntry {
	var entries []auditEntry
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<10)
	for lines.Scan() {
		var entry auditEntry
		if json.Unmarshal(lines.Bytes(), &entry) == nil && !entry.Time.IsZero() {
			entries = append(entries, entry)
		}
	}
	return entries
}
