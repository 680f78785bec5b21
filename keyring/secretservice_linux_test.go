package keyring

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// The TestService… and TestOn… functions do their work in the processes that
// onOwnBus starts, and nothing elsewhere.

// ownBus is the connection to the bus that was made for this process.
func ownBus(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := sharedBus()
	if err != nil {
		t.Fatal(err)
	}
	return bus
}

// TestServiceReadsWhatTheLibraryWrites has our direct read and the library agree.
func TestServiceReadsWhatTheLibraryWrites(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	v := vaultOf(t, open(t, options(t))).(*serviceVault)
	name := itemName(KindAccessKey, t.Name())
	for _, want := range [][]byte{[]byte("data"), bytes.Repeat([]byte("x"), 70_000), {}} {
		if err := v.set(t.Context(), name, "label", want); err != nil {
			t.Fatal(err)
		}
		direct, err := readService(name)
		if err != nil || !bytes.Equal(direct, want) {
			t.Errorf("the direct read gives %d bytes, %v, want %d", len(direct), err, len(want))
		}
		library, err := v.library.get(t.Context(), name)
		if err != nil || !bytes.Equal(library, want) {
			t.Errorf("the library gives %d bytes, %v, want %d", len(library), err, len(want))
		}
	}
	names, err := v.names(t.Context())
	if err != nil || !slices.Contains(names, name) {
		t.Errorf("names = %q, %v", names, err)
	}
	if err := v.remove(t.Context(), name); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"direct": second(readService(name)), "library": second(v.library.get(t.Context(), name)), "remove": v.remove(t.Context(), name)} {
		if !errors.Is(err, errNoItem) {
			t.Errorf("%s after removal: %v, want errNoItem", what, err)
		}
	}
}

// TestServiceUsesTheDefaultCollection leaves the person no second keychain to unlock.
func TestServiceUsesTheDefaultCollection(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	bus := ownBus(t)
	k := open(t, options(t))
	add(t, k, key("ops"))
	var found [2][]dbus.ObjectPath
	err := bus.Object(secretsName, secretsPath).Call(secretsService+"SearchItems", 0,
		map[string]string{"profile": itemName(KindAccessKey, "ops")}).Store(&found[0], &found[1])
	if err != nil || len(found[0]) != 1 {
		t.Fatalf("found %v, %v, want one item", found, err)
	}
	alias, err := defaultAlias()
	if err != nil || !bytes.HasPrefix([]byte(found[0][0]), []byte(alias)) {
		t.Errorf("the item is %s, %v, want it in %s", found[0][0], err, alias)
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
	mute, err := dbus.SessionBusPrivate()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(mute.Auth(nil), mute.Hello()); err != nil {
		t.Fatal(err)
	}
	if _, err := mute.RequestName(secretsName, 0); err != nil {
		t.Fatal(err)
	}
	mute.Eavesdrop(make(chan *dbus.Message, 1000))
	given, chosen := fresh(t), fresh(t)
	chosen.Backend = ""
	var timeout *TimeoutError
	var unavailable *UnavailableError
	tests := map[string]struct {
		call func() error
		want func(error) bool
	}{
		"reading": {func() error { return second(open(t, given).Info(t.Context(), "ops")) },
			func(err error) bool { return errors.As(err, &timeout) && timeout.Backend == SecretService }},
		"writing": {func() error { return open(t, given).Add(t.Context(), key("ops")) },
			func(err error) bool { return errors.As(err, &timeout) }},
		"choosing": {func() error { return second(open(t, chosen).Backend(t.Context())) },
			func(err error) bool { return errors.As(err, &unavailable) && unavailable.Backend == SecretService }},
	}
	for name, tt := range tests {
		start := time.Now()
		err := tt.call()
		if took := time.Since(start); !tt.want(err) || took > 6*time.Second {
			t.Errorf("%s: %v after %v, want the backend named within 6 s", name, err, took)
		}
	}
}

// TestOnLockedService locks the collection: nobody is there to unlock it.
func TestOnLockedService(t *testing.T) {
	if underTest() != SecretService {
		return
	}
	bus := ownBus(t)
	o := options(t)
	add(t, open(t, o), key("ops"))
	alias, err := defaultAlias()
	if err != nil {
		t.Fatal(err)
	}
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := bus.Object(secretsName, secretsPath).Call(secretsService+"Lock", 0, []dbus.ObjectPath{alias}).Store(&locked, &prompt); err != nil {
		t.Fatal(err)
	}
	if _, err := readService(itemName(KindAccessKey, "ops")); !errors.Is(err, errItemLocked) {
		t.Fatalf("the item is not locked: %v", err)
	}
	start := time.Now()
	_, err = open(t, o).Signer(t.Context(), "ops")
	var missing *NotFoundError
	if took := time.Since(start); err == nil || errors.As(err, &missing) || took > 6*time.Second {
		t.Errorf("Signer = %v after %v, want an error of the keychain within 6 s", err, took)
	}
	t.Log(err)
}

// TestNoBusNamesTheReason asks for the Secret Service where there is no bus.
func TestNoBusNamesTheReason(t *testing.T) {
	if slices.Contains(keyring.AvailableBackends(), keyring.SecretServiceBackend) {
		cmd := exec.Command("env", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", os.Args[0], "-test.run=^"+t.Name()+"$")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	o := options(t)
	t.Setenv(testKeychain, SecretService)
	o.Backend = SecretService
	_, err := open(t, o).Signer(t.Context(), "ops")
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || unavailable.Reason == "" || unavailable.Hint() == "" {
		t.Errorf("Signer = %v, want an UnavailableError with the reason", err)
	}
}
