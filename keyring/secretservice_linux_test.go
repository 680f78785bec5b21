package keyring

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus"

	"github.com/secaws/secaws/internal/desktop"
)

// The TestService… and TestOn… functions do their work in the processes that
// onOwnBus starts, and nothing elsewhere.

// ownBus is a connection to the bus that was made for this process.
func ownBus(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.SessionBusPrivate() // Open has restored the address
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bus.Auth(nil), bus.Hello()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

// searchService finds an item, unlocked and locked ones apart.
func searchService(t *testing.T, bus *dbus.Conn, item string) (open, locked []dbus.ObjectPath) {
	t.Helper()
	err := bus.Object(desktop.SecretServiceName, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.SearchItems", 0,
		map[string]string{"profile": item}).Store(&open, &locked)
	if err != nil {
		t.Fatal(err)
	}
	return open, locked
}

// TestServiceUsesTheDefaultCollection leaves the person no second keychain to unlock.
func TestServiceUsesTheDefaultCollection(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	k := open(t, options(t))
	add(t, k, key("ops"), key("ops"))
	found, _ := searchService(t, ownBus(t), itemName(KindAccessKey, "ops"))
	if len(found) != 1 || !strings.HasPrefix(string(found[0]), "/org/freedesktop/secrets/collection/login/") {
		t.Errorf("found %q, want one item, in the login collection", found)
	}
}

func TestServiceIsProbed(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	if p := ProbeBackend(t.Context(), SecretService, time.Second); p.Presence != Usable {
		t.Errorf("probe: %+v", p)
	}
	if p := ProbeBackend(t.Context(), KWallet, time.Second); p.Presence != Absent || p.Reason == "" {
		t.Errorf("probe: %+v", p)
	}
	o := options(t)
	o.Backend = ""
	if backend, err := open(t, o).Backend(t.Context()); backend != SecretService || err != nil {
		t.Errorf("chosen %q, %v", backend, err)
	}
}

// TestOnMuteService is a Secret Service that takes every call and answers none.
func TestOnMuteService(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	open(t, fresh(t))
	mute := ownBus(t)
	if _, err := mute.RequestName(desktop.SecretServiceName, 0); err != nil {
		t.Fatal(err)
	}
	mute.Eavesdrop(make(chan *dbus.Message, 1000))
	t.Cleanup(func() { mute.Eavesdrop(nil) }) // else closing closes that channel twice
	outInTime(t)
}

// TestMuteBus is a session bus that takes every connection and says nothing.
func TestMuteBus(t *testing.T) {
	if isChild() {
		return
	}
	path := filepath.Join(shortDir(t), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	inKeychain(t, SecretService, "", "^TestOnMuteBus$", "DBUS_SESSION_BUS_ADDRESS=unix:path="+path)
}

func TestOnMuteBus(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	outInTime(t)
}

// outInTime wants every call out within 6 s, naming the backend.
func outInTime(t *testing.T) {
	t.Helper()
	reading, writing, chosen := fresh(t), fresh(t), fresh(t)
	chosen.Backend = ""
	tests := map[string]struct {
		call func() error
		want func(error) bool
	}{
		"reading": {func() error { return second(open(t, reading).Info(t.Context(), "ops")) },
			func(err error) bool {
				var timeout *TimeoutError
				return errors.As(err, &timeout) && timeout.Backend == SecretService
			}},
		"writing": {func() error { return open(t, writing).Add(t.Context(), key("ops")) },
			func(err error) bool { var timeout *TimeoutError; return errors.As(err, &timeout) }},
		"choosing": {func() error { return second(open(t, chosen).Backend(t.Context())) },
			func(err error) bool {
				var out *UnavailableError
				return errors.As(err, &out) && out.Backend == SecretService
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			err := tt.call()
			if took := time.Since(start); !tt.want(err) || took > 6*time.Second {
				t.Errorf("%v after %v, want the backend named within 6 s", err, took)
			}
		})
	}
}

// TestOnLockedService locks the collection: nobody is there to unlock it.
func TestOnLockedService(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	o := options(t)
	add(t, open(t, o), key("ops"))
	bus := ownBus(t)
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := bus.Object(desktop.SecretServiceName, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}).Store(&locked, &prompt)
	if err != nil {
		t.Fatal(err)
	}
	if _, locked := searchService(t, bus, itemName(KindAccessKey, "ops")); len(locked) != 1 {
		t.Fatalf("the item is not locked")
	}
	for what, call := range map[string]func() error{
		"reading": func() error { return second(open(t, o).Signer(t.Context(), "ops")) },
		"writing": func() error { return open(t, o).Add(t.Context(), key("other")) },
		"listing": func() error { return second(open(t, o).List(t.Context())) },
	} {
		start := time.Now()
		err := call()
		var missing *NotFoundError
		if took := time.Since(start); err == nil || errors.As(err, &missing) || took > 6*time.Second || !strings.Contains(err.Error(), SecretService) {
			t.Errorf("%s: %v after %v, want an error that names the keychain within 6 s", what, err, took)
		}
		t.Log(err)
	}
}

// TestNoBusNamesTheReason asks for the Secret Service where there is no bus.
func TestNoBusNamesTheReason(t *testing.T) {
	if isChild() {
		return
	}
	inKeychain(t, SecretService, "", "^TestOnNoBus$", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
}

func TestOnNoBus(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	o := fresh(t)
	var unavailable *UnavailableError
	if _, err := open(t, o).Signer(t.Context(), "ops"); !errors.As(err, &unavailable) ||
		!strings.Contains(unavailable.Reason, "session bus") || unavailable.Hint() == "" {
		t.Errorf("Signer = %v, want an UnavailableError with the reason", err)
	}
	for _, backend := range []string{SecretService, KWallet} {
		if p := ProbeBackend(t.Context(), backend, time.Second); p.Presence != Absent || !strings.Contains(p.Reason, "session bus") {
			t.Errorf("probe: %+v", p)
		}
	}
}

// TestChildrenGetTheCallersBus looks at the environment that a child of ours has.
func TestChildrenGetTheCallersBus(t *testing.T) {
	const want = "unix:path=/nonexistent/theirs"
	if os.Getenv(programVariable) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), programVariable+"=none", "DBUS_SESSION_BUS_ADDRESS="+want)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	open(t, fileOptions(t))
	out, err := exec.Command("sh", "-c", "printf %s \"$DBUS_SESSION_BUS_ADDRESS\"").Output()
	if string(out) != want || err != nil {
		t.Errorf("a child has %q, %v, want %q", out, err, want)
	}
}
