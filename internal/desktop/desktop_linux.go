// Package desktop opens the keychains of 99designs/keyring, with the two that
// speak D-Bus done anew behind the library's interface and in its layout.
//
// The library connects to the session bus in init, for every run of every command
// and whatever the keychain: 1.4 ms where a Go program takes 1.5 in all, a wait for
// ever where the bus does not answer, a stray dbus-daemon where there is none. Here
// the connection is made by the first call that needs it. The library's Secret
// Service makes seven round trips to read an item, opens with the request at which
// GNOME Keyring can abort, and panics when a prompt is dismissed; this one makes
// three, opens with another, and returns an error.
package desktop

import (
	"errors"
	"os"
	"strconv"
	"sync"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"github.com/secaws/secaws/internal/dbusguard"
)

// ErrDismissed says that the keychain is locked, and that the person closed its own prompt or could not see it.
var ErrDismissed error = lockedError{}

type lockedError struct{}

func (lockedError) Error() string {
	return "it is locked, and the prompt to unlock it was dismissed or could not be shown"
}

// Hint names the ways to unlock it.
func (lockedError) Hint() string {
	return "log in to the desktop, or unlock it with: gnome-keyring-daemon --unlock; without a desktop: SECAWS_BACKEND=file"
}

// BusError says why there is no session bus to talk to.
type BusError struct{ Reason string }

func (e *BusError) Error() string { return e.Reason }

// Open is keyring.Open for a configuration that allows one backend. It opens
// nothing yet where that is Secret Service or KWallet. Their calls can wait for
// ever, like the library's: bound them.
func Open(c keyring.Config) (keyring.Keyring, error) {
	if len(c.AllowedBackends) == 1 {
		switch c.AllowedBackends[0] {
		case keyring.SecretServiceBackend:
			return &SecretService{Collection: c.LibSecretCollectionName}, nil
		case keyring.KWalletBackend:
			return &kwallet{appID: c.KWalletAppID, folder: c.KWalletFolder}, nil
		}
	}
	return keyring.Open(c)
}

// session is a connection to the session bus, made when it is first needed.
type session struct {
	mu   sync.Mutex
	conn *dbus.Conn
}

func (s *session) bus() (*dbus.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return s.conn, nil
	}
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	s.conn = conn
	return conn, nil
}

func connect() (*dbus.Conn, error) {
	address, reason := dbusguard.Address()
	if reason != "" {
		return nil, &BusError{Reason: reason}
	}
	conn, err := dbus.Dial(address)
	if err != nil {
		return nil, &BusError{Reason: "the D-Bus session bus cannot be reached: " + err.Error()}
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Getuid()))}); err != nil {
		return nil, errors.Join(&BusError{Reason: "the D-Bus session bus refused the connection: " + err.Error()}, conn.Close())
	}
	if err := conn.Hello(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Answers says whether somebody on the session bus answers to name, or, where
// startable says that this will do, would be started to answer.
func Answers(name string, startable bool) (bool, error) {
	conn, err := connect()
	if err != nil {
		return false, err
	}
	defer conn.Close()
	bus := conn.BusObject()
	var running bool
	err = bus.Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&running)
	if err != nil || running || !startable {
		return running, err
	}
	var names []string
	if err := bus.Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names); err != nil {
		return false, err
	}
	for _, known := range names {
		if known == name {
			return true, nil
		}
	}
	return false, nil
}
