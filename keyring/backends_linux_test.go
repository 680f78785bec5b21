package keyring

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// contract names the tests that every backend must pass.
const contract = "^(TestContract|TestKills|TestTwoFirstRuns|TestBackendIsRemembered)"

// inKeychain runs tests of this package in a process whose keychain is one that
// the shell script before it has made.
func inKeychain(t *testing.T, backend, setUp, tests string, environ ...string) {
	t.Helper()
	t.Parallel() // it has a process, a keychain and an environment of its own
	script := setUp + "\nexec \"$0\" \"$@\"\n"
	cmd := exec.Command("sh", "-euc", script, os.Args[0], "-test.run="+tests, "-test.v", "-test.timeout=300s", "-test.parallel=8")
	cmd.Env = append(append(os.Environ(), testKeychain+"="+backend, "GORACE=atexit_sleep_ms=0"), environ...)
	// Into a file, not a pipe: a service that the bus has started keeps that open, and may outlast the bus.
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	failed := cmd.Run()
	out, err := os.ReadFile(file.Name())
	if failed != nil || err != nil {
		t.Fatalf("%v\n%s", errors.Join(failed, err), out)
	}
	if !strings.Contains(string(out), "--- PASS: ") {
		t.Fatalf("no test ran:\n%s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "--- ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			skipOr(t, program+" is not installed")
		}
	}
}

// isChild says that this process is one that inKeychain started.
func isChild() bool { return os.Getenv(testKeychain) != "" }

// shortDir is a folder whose name is short enough for a socket in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestPass(t *testing.T) {
	if isChild() {
		return
	}
	need(t, "pass", "gpg", "gpgconf")
	dir := shortDir(t)
	environ := []string{"GNUPGHOME=" + dir + "/g", "PASSWORD_STORE_DIR=" + dir + "/p"}
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "all")
		cmd.Env = append(os.Environ(), environ...)
		cmd.Run()
	})
	inKeychain(t, Pass, `mkdir -m 700 "$GNUPGHOME"
		gpg --batch --quiet --passphrase '' --quick-gen-key secaws-test default default never
		pass init secaws-test`, contract, environ...)
}

func TestKeyctl(t *testing.T) {
	if isChild() {
		return
	}
	need(t, "keyctl")
	if presence, reason := probeKeyctl(); presence != Usable {
		skipOr(t, reason)
	}
	// keyctl session gives a fresh session keyring, from which @u is not reachable.
	inKeychain(t, KeyCtl, `set -- session - "$0" "$@"; exec keyctl "$@"`, contract)
}

// secretService starts a GNOME Keyring of its own, with its login collection open.
const secretService = `printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
	for i in $(seq 100); do
		dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
		sleep 0.1
	done`

// openWallet starts a KWallet of its own and opens a wallet as logging in would.
const openWallet = `mkdir -p "$XDG_CONFIG_HOME"
	printf '[Wallet]\nEnabled=true\nFirst Use=false\nPrompt on Open=false\n' >"$XDG_CONFIG_HOME/kwalletrc"
	export QT_QPA_PLATFORM=offscreen
	kwalletd5 >/dev/null 2>&1 &
	trap "kill $!" EXIT
	for i in $(seq 100); do
		dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.kde.kwalletd5 | grep -q true && break
		sleep 0.1
	done
	dbus-send --session --print-reply --dest=org.kde.kwalletd5 /modules/kwalletd5 org.kde.KWallet.pamOpen \
		string:kdewallet array:byte:$(seq -s, 56) int32:0`

// onOwnBus runs tests on a session bus that ends with them.
func onOwnBus(t *testing.T, backend, setUp, tests string) {
	t.Helper()
	if isChild() {
		return
	}
	need(t, "dbus-run-session", "dbus-send")
	dir := shortDir(t)
	if err := os.Mkdir(dir+"/r", 0o700); err != nil {
		t.Fatal(err)
	}
	inner := setUp + "\n\"$0\" \"$@\"\n"
	inKeychain(t, backend, `set -- dbus-run-session -- sh -euc "$INNER" "$0" "$@"; exec "$@"`, tests,
		"INNER="+inner, "HOME="+dir, "XDG_RUNTIME_DIR="+dir+"/r", "XDG_DATA_HOME="+dir+"/d", "XDG_CONFIG_HOME="+dir+"/c", "XDG_CACHE_HOME="+dir+"/h")
}

func TestKWallet(t *testing.T) {
	if !isChild() {
		need(t, "kwalletd5")
	}
	onOwnBus(t, KWallet, openWallet, contract)
}

func TestSecretService(t *testing.T) {
	if !isChild() {
		need(t, "gnome-keyring-daemon")
	}
	onOwnBus(t, SecretService, secretService, contract)
}

// The next three do what is particular to that backend, the last two on a bus of
// their own, as they spoil it.

func TestSecretServiceOdds(t *testing.T) {
	onOwnBus(t, SecretService, secretService, "^TestService")
}

func TestMuteService(t *testing.T) { onOwnBus(t, SecretService, "", "^TestOnMuteService$") }

func TestLockedService(t *testing.T) {
	onOwnBus(t, SecretService, secretService, "^TestOnLockedService$")
}

// wipePlatform removes the tests' own keyring from the user's.
func wipePlatform(o Options) error {
	if o.Backend != KeyCtl {
		return nil
	}
	if err := linkUserKeyring(); err != nil {
		return err
	}
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", o.service, 0)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
	return err
}
