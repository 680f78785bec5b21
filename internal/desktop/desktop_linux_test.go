package desktop

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/dbusguard"
)

// Variables of the process that onOwnBus starts.
const (
	backendVariable = "DESKTOP_TEST_BACKEND"
	libraryVariable = "DESKTOP_TEST_LIBRARY" // the program of testdata/library
)

const startSecretService = `printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
	name=org.freedesktop.secrets`

const startKWallet = `mkdir -p "$XDG_CONFIG_HOME"
	printf '[Wallet]\nEnabled=true\nFirst Use=false\nPrompt on Open=false\n' >"$XDG_CONFIG_HOME/kwalletrc"
	QT_QPA_PLATFORM=offscreen kwalletd5 >/dev/null 2>&1 &
	trap "kill $!" EXIT
	name=org.kde.kwalletd5`

const awaitName = `
	for i in $(seq 100); do
		dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:$name | grep -q true && break
		sleep 0.1
	done
	`

const openWallet = `dbus-send --session --print-reply --dest=org.kde.kwalletd5 /modules/kwalletd5 org.kde.KWallet.pamOpen \
	string:kdewallet array:byte:$(seq -s, 56) int32:0 >/dev/null
	`

func TestSecretService(t *testing.T) {
	onOwnBus(t, keyring.SecretServiceBackend, "gnome-keyring-daemon", startSecretService+awaitName)
}

func TestKWallet(t *testing.T) {
	onOwnBus(t, keyring.KWalletBackend, "kwalletd5", startKWallet+awaitName+openWallet)
}

// onOwnBus runs TestOnOwnBus on a bus where script has started a keychain.
func onOwnBus(t *testing.T, backend keyring.BackendType, program, script string) {
	t.Helper()
	if os.Getenv(backendVariable) != "" {
		return
	}
	for _, needed := range []string{"dbus-run-session", "dbus-send", "go", program} {
		if _, err := exec.LookPath(needed); err != nil {
			if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
				t.Fatal(needed + " is not installed")
			}
			t.Skip(needed + " is not installed")
		}
	}
	dir, err := os.MkdirTemp("", "dk") // the path of a socket in it must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	library := filepath.Join(dir, "library")
	if out, err := exec.Command("go", "build", "-o", library, "./testdata/library").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Mkdir(dir+"/r", 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-run-session", "--", "sh", "-euc", script+`"$0" "$@"`, os.Args[0], "-test.run=^TestOnOwnBus$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), backendVariable+"="+string(backend), libraryVariable+"="+library,
		"HOME="+dir, "XDG_RUNTIME_DIR="+dir+"/r", "XDG_DATA_HOME="+dir+"/d", "XDG_CONFIG_HOME="+dir+"/c", "XDG_CACHE_HOME="+dir+"/h")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestOnOwnBus")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// library runs the library on the same keychain and returns what it says.
func library(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Getenv(libraryVariable), append([]string{os.Getenv(backendVariable)}, args...)...)
	cmd.Env = dbusguard.Environ(os.Environ())
	out, err := cmd.CombinedOutput()
	if err != nil && args[0] != "get" {
		t.Fatalf("library %q: %v: %s", args, err, out)
	}
	return string(out)
}

// TestOnOwnBus has this package and the library read each other's items.
func TestOnOwnBus(t *testing.T) {
	backend := keyring.BackendType(os.Getenv(backendVariable))
	if backend == "" {
		return
	}
	ring, err := Open(keyring.Config{AllowedBackends: []keyring.BackendType{backend}, KWalletAppID: "test", KWalletFolder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Get("none"); !errors.Is(err, keyring.ErrKeyNotFound) {
		t.Errorf("no such key: %v", err)
	}
	if err := ring.Remove("none"); !errors.Is(err, keyring.ErrKeyNotFound) {
		t.Errorf("removing no such key: %v", err)
	}
	for _, want := range []string{"data", strings.Repeat("long ", 20_000), ""} {
		if err := ring.Set(keyring.Item{Key: "ours", Data: []byte(want)}); err != nil {
			t.Fatal(err)
		}
		if got, err := ring.Get("ours"); string(got.Data) != want || err != nil {
			t.Errorf("read back %d bytes, %v, want %d", len(got.Data), err, len(want))
		}
		if service, ok := ring.(*SecretService); ok {
			if got, err := service.get("ours"); string(got.Data) != want || err != nil {
				t.Errorf("the long way gives %d bytes, %v, want %d", len(got.Data), err, len(want))
			}
			address, _ := dbusguard.Address()
			if got, err := quickRead(address, "ours"); err != nil || !bytes.Contains(got, []byte(`"Data"`)) {
				t.Errorf("the quick way gives %q, %v", got, err)
			}
		}
		if got := library(t, "get", "ours"); got != want {
			t.Errorf("the library reads %d bytes, want %d: %.80q", len(got), len(want), got)
		}
	}
	library(t, "set", "theirs", "data of the library")
	if got, err := ring.Get("theirs"); string(got.Data) != "data of the library" || err != nil {
		t.Errorf("the library's item: %q, %v", got.Data, err)
	}
	keys, err := ring.Keys()
	slices.Sort(keys)
	if want := []string{"ours", "theirs"}; !slices.Equal(keys, want) || err != nil {
		t.Errorf("keys %q, %v, want %q", keys, err, want)
	}
	if got := strings.Fields(library(t, "keys")); !slices.Contains(got, "ours") {
		t.Errorf("the library lists %q", got)
	}
	if err := ring.Remove("theirs"); err != nil {
		t.Error(err)
	}
	library(t, "remove", "ours")
	if keys, err := ring.Keys(); len(keys) != 0 || err != nil {
		t.Errorf("after removal: %q, %v", keys, err)
	}
	if backend == keyring.SecretServiceBackend {
		namedCollection(t, ring)
		manyClients(t, ring)
	}
}

// namedCollection reads from a collection by its name, as importers do.
func namedCollection(t *testing.T, ring keyring.Keyring) {
	t.Helper()
	if err := errors.Join(DefaultCollection(), ring.Set(keyring.Item{Key: "here", Data: []byte("x")})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"login": nil, "elsewhere": keyring.ErrKeyNotFound} {
		named := &SecretService{Collection: name}
		if _, err := named.Get("here"); !errors.Is(err, want) {
			t.Errorf("from the collection %s: %v, want %v", name, err, want)
		}
		if keys, err := named.Keys(); slices.Contains(keys, "here") != (want == nil) || err != nil {
			t.Errorf("keys of the collection %s: %q, %v", name, keys, err)
		}
	}
}

// manyClients reads as 5,000 programs would. Had they not introduced themselves,
// GNOME Keyring 42 would take the item for locked about three times, and abort once.
func manyClients(t *testing.T, ring keyring.Keyring) {
	t.Helper()
	if err := ring.Set(keyring.Item{Key: "many", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	address, _ := dbusguard.Address()
	for n := range 5000 {
		if _, err := quickRead(address, "many"); err != nil {
			t.Fatalf("after %d reads: %v", n, err)
		}
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{"login": "login", "my_20keys": "my keys", "a_2Db": "a-b", "_": "_", "a_2": "a_2", "a_zz": "a_zz", "_5f": "_"} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDismissed(t *testing.T) {
	for name, tt := range map[string]struct {
		body []any
		want error
	}{
		"answered": {[]any{false, "x"}, nil}, "dismissed": {[]any{true, "x"}, ErrDismissed},
		"empty": {nil, ErrDismissed}, "odd": {[]any{"false"}, ErrDismissed},
	} {
		if err := dismissed(tt.body); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestOtherBackendsAreTheLibrarys leaves to the library what is not D-Bus.
func TestOtherBackendsAreTheLibrarys(t *testing.T) {
	c := keyring.Config{AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: t.TempDir(),
		FilePasswordFunc: func(string) (string, error) { return "passphrase", nil }}
	ring, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Set(keyring.Item{Key: "a", Data: []byte("data")}); err != nil {
		t.Fatal(err)
	}
	if got, err := ring.Get("a"); string(got.Data) != "data" || err != nil {
		t.Errorf("Get = %q, %v", got.Data, err)
	}
}
