package keyring

import (
	"errors"
	"os"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sys/unix"
)

// Permissions of a held key: all for a process whose session reaches it, a look
// for others of the same user, nothing for anybody else.
// https://man7.org/linux/man-pages/man7/keyrings.7.html
const (
	possessorAll = 0x3f000000
	userView     = 0x00010000
)

// hold is a place for the sealing key in the kernel, for a limited time.
type hold struct {
	description string
	limit       time.Duration
}

// linkUserKeyring makes the user's keyring reachable from this session: from a
// fresh one its keys can be found and not read. The session's keyring is the same
// for all our threads, which inherit it, so none needs to be held on to: that would
// cost each run a thread.
// https://man7.org/linux/man-pages/man7/session-keyring.7.html
func linkUserKeyring() error {
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_SESSION_KEYRING, 0, 0)
	return err
}

// prepareKeyctl makes the keys that the library finds readable.
func prepareKeyctl(*keyring.Config) error { return linkUserKeyring() }

// read returns the held key, nil when there is none, and starts its time anew.
func (h hold) read() []byte {
	id, err := h.find()
	if err != nil {
		return nil
	}
	key := make([]byte, sealingKeySize+1)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, key, 0)
	if err != nil || n != sealingKeySize || h.prolong(id) != nil {
		return nil
	}
	return key[:n]
}

func (h hold) find() (id int, err error) {
	if err := linkUserKeyring(); err != nil {
		return 0, err
	}
	return unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", h.description, 0)
}

// write holds key from now on.
func (h hold) write(key []byte) error {
	if err := linkUserKeyring(); err != nil {
		return err
	}
	id, err := unix.AddKey("user", h.description, key, unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return err
	}
	if err := unix.KeyctlSetperm(id, possessorAll|userView); err != nil {
		return err
	}
	return h.prolong(id)
}

func (h hold) prolong(id int) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, int(h.limit.Seconds()), 0, 0)
	return err
}

// end forgets the key; none held is no error.
func (h hold) end() error {
	id, err := h.find()
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, revoked := unix.KeyctlInt(unix.KEYCTL_REVOKE, id, 0, 0, 0)
	_, unlinked := unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return errors.Join(revoked, unlinked)
}

func gone(err error) bool {
	return errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.EKEYREVOKED)
}

// holdable is false for root in a container: root's keyring is then the one of the whole machine.
func holdable() bool { return os.Getuid() != 0 || !inContainer() }

// inContainer knows the marks that container engines and systemd leave.
func inContainer() bool {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv", "/run/systemd/container"} {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	return false
}

func probeKeyctl() (Presence, string) {
	err := linkUserKeyring()
	if err == nil {
		_, err = unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, false)
	}
	if err != nil {
		return Absent, "the kernel gives no user keyring: " + err.Error()
	}
	return Usable, ""
}
