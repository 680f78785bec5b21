package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"github.com/secaws/secaws/internal/dbusguard"
)

// The Secret Service API: https://specifications.freedesktop.org/secret-service-spec/latest/
const (
	secretsName    = "org.freedesktop.secrets"
	secretsPath    = "/org/freedesktop/secrets"
	secretsService = "org.freedesktop.Secret.Service."
	secretsItem    = "org.freedesktop.Secret.Item."
	kwalletName    = "org.kde.kwalletd5"
	// loginCollection is what GNOME Keyring opens as the person logs in.
	loginCollection = "login"
)

// errItemLocked says that an item is there and has to be unlocked first.
var errItemLocked = errors.New("the item is locked")

// serviceVault is the library's Secret Service, with two changes: items live in
// the person's default collection, instead of one of our own that would ask for a
// passphrase of its own; and an unlocked item is read in two round trips instead
// of the library's seven.
type serviceVault struct {
	library
	placed bool // the collection's name is settled
}

func (v *serviceVault) get(ctx context.Context, name string) ([]byte, error) {
	data, err := bounded(ctx, v.limit, v.backend, "read", func() ([]byte, error) { return readService(name) })
	if !errors.Is(err, errItemLocked) {
		return data, err
	}
	if err := v.place(ctx); err != nil {
		return nil, err
	}
	return v.library.get(ctx, name)
}

func (v *serviceVault) set(ctx context.Context, name, label string, data []byte) error {
	if err := v.place(ctx); err != nil {
		return err
	}
	return v.library.set(ctx, name, label, data)
}

func (v *serviceVault) remove(ctx context.Context, name string) error {
	if err := v.place(ctx); err != nil {
		return err
	}
	return v.library.remove(ctx, name)
}

func (v *serviceVault) names(ctx context.Context) ([]string, error) {
	if err := v.place(ctx); err != nil {
		return nil, err
	}
	return v.library.names(ctx)
}

// place settles the collection before the library opens it.
func (v *serviceVault) place(ctx context.Context) error {
	if v.placed {
		return nil
	}
	name, err := bounded(ctx, v.limit, v.backend, "open", defaultCollection)
	if err != nil {
		return err
	}
	v.config.LibSecretCollectionName = name
	v.placed = true
	return nil
}

// sharedBus is the connection that the library made as the program started.
// Without one it asks for none: that would start a stray dbus-daemon.
func sharedBus() (*dbus.Conn, error) {
	if !slices.Contains(keyring.AvailableBackends(), keyring.SecretServiceBackend) {
		return nil, &UnavailableError{Backend: SecretService, Reason: busReason()}
	}
	return dbus.SessionBus()
}

func busReason() string {
	if reason := dbusguard.Reason(); reason != "" {
		return reason
	}
	return "the D-Bus session bus refused the connection"
}

// secret is the API's struct of that name.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// readService reads an item laid out as the library lays it, in any collection.
// Errors: errNoItem, errItemLocked.
func readService(name string) ([]byte, error) {
	bus, err := sharedBus()
	if err != nil {
		return nil, err
	}
	service := bus.Object(secretsName, secretsPath)
	opening := service.Go(secretsService+"OpenSession", 0, nil, "plain", dbus.MakeVariant(""))
	searching := service.Go(secretsService+"SearchItems", 0, nil, map[string]string{"profile": name})
	<-opening.Done
	<-searching.Done
	var unlocked, locked []dbus.ObjectPath
	if err := searching.Store(&unlocked, &locked); err != nil {
		return nil, err
	}
	if len(unlocked) == 0 {
		return nil, lockedOrMissing(locked)
	}
	var output dbus.Variant
	var session dbus.ObjectPath
	if err := opening.Store(&output, &session); err != nil {
		return nil, err
	}
	var s secret
	if err := bus.Object(secretsName, unlocked[0]).Call(secretsItem+"GetSecret", 0, session).Store(&s); err != nil {
		return nil, err
	}
	var item keyring.Item
	err = json.Unmarshal(s.Value, &item)
	return item.Data, err
}

func lockedOrMissing(locked []dbus.ObjectPath) error {
	if len(locked) > 0 {
		return errItemLocked
	}
	return errNoItem
}

// defaultCollection names the collection that the person's programs use.
func defaultCollection() (string, error) {
	path, err := defaultAlias()
	if err != nil {
		return "", err
	}
	if name, ok := strings.CutPrefix(string(path), secretsPath+"/collection/"); ok {
		return unescapePath(name), nil
	}
	return loginCollection, nil
}

func defaultAlias() (dbus.ObjectPath, error) {
	bus, err := sharedBus()
	if err != nil {
		return "", err
	}
	var path dbus.ObjectPath
	err = bus.Object(secretsName, secretsPath).Call(secretsService+"ReadAlias", 0, "default").Store(&path)
	return path, err
}

// unescapePath undoes the "_2d" form of object paths, as the library does before it compares.
func unescapePath(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && i+2 < len(s) {
			if b, ok := unhex(s[i+1 : i+3]); ok {
				out.WriteByte(b)
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func unhex(s string) (byte, bool) {
	var b byte
	for _, c := range []byte(s) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return 0, false
		}
		b = b<<4 | byte(digit)
	}
	return b, true
}

// probeLinux looks for the backends that Linux alone has.
func probeLinux(ctx context.Context, backend string, limit time.Duration) (Presence, string) {
	switch backend {
	case SecretService:
		return probeService(ctx, limit)
	case KWallet:
		return probeWallet(ctx, limit)
	case KeyCtl:
		return probeKeyctl()
	}
	return Absent, "this build has none"
}

// probeService wants a service that answers and has a place to put things: making
// one needs a desktop to ask on.
func probeService(ctx context.Context, limit time.Duration) (Presence, string) {
	if presence, reason := probeBusName(ctx, limit, SecretService, secretsName, true); presence != Usable {
		return presence, reason
	}
	path, err := bounded(ctx, limit, SecretService, "open", defaultAlias)
	if err != nil {
		return Broken, err.Error()
	}
	if path == "/" {
		return Absent, "the Secret Service has no default collection (log in to a desktop once, or make one with seahorse)"
	}
	return Usable, ""
}

// probeWallet wants KWallet running: one that is only installed, on another
// desktop, would start by asking how to set it up.
func probeWallet(ctx context.Context, limit time.Duration) (Presence, string) {
	return probeBusName(ctx, limit, KWallet, kwalletName, false)
}

// probeBusName wants name on the session bus, running or, where startable says
// that this will do, ready to be started.
func probeBusName(ctx context.Context, limit time.Duration, backend, name string, startable bool) (Presence, string) {
	if reason := dbusguard.Reason(); reason != "" {
		return Absent, reason
	}
	known, err := bounded(ctx, limit, backend, "look", func() (bool, error) { return busKnows(name, startable) })
	if err != nil {
		return Broken, err.Error()
	}
	if !known {
		return Absent, "nothing on the session bus answers to " + name
	}
	return Usable, ""
}

func busKnows(name string, startable bool) (bool, error) {
	bus, err := sharedBus()
	if err != nil {
		return false, err
	}
	var running bool
	err = bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&running)
	if err != nil || running || !startable {
		return running, err
	}
	var names []string
	err = bus.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
	return slices.Contains(names, name), err
}
