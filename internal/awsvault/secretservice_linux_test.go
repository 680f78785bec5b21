package awsvault

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/desktop"
)

// onBus is set in the process that TestSecretServiceStore starts on a bus of its own.
const onBus = "AWSVAULT_TEST_ON_BUS"

func TestSecretServiceStore(t *testing.T) {
	if os.Getenv(onBus) != "" {
		return
	}
	for _, program := range []string{"dbus-run-session", "dbus-send", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
				t.Fatalf("%s is not installed", program)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	dir, err := os.MkdirTemp("/tmp", "av") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Mkdir(filepath.Join(dir, "r"), 0o700); err != nil {
		t.Fatal(err)
	}
	inner := `printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null
i=0
until dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets/collection/login org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1; do
	i=$((i+1)); [ $i -lt 100 ] || exit 9; sleep 0.1
done
exec "$0" -test.run='^TestOnSecretService$' -test.v`
	cmd := exec.Command("dbus-run-session", "--", "sh", "-euc", inner, os.Args[0])
	cmd.Env = append(os.Environ(), onBus+"=1", "HOME="+dir, "XDG_RUNTIME_DIR="+dir+"/r", "XDG_DATA_HOME="+dir+"/d", "XDG_CONFIG_HOME="+dir+"/c", "XDG_CACHE_HOME="+dir+"/h")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestOnSecretService runs in the process that TestSecretServiceStore starts.
func TestOnSecretService(t *testing.T) {
	if os.Getenv(onBus) == "" {
		return
	}
	// A new collection would need a graphical prompt; login is there.
	ring, err := desktop.Open(keyring.Config{AllowedBackends: []keyring.BackendType{keyring.SecretServiceBackend}, ServiceName: "aws-vault", LibSecretCollectionName: "login"})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, ring)
	s, err := Open(context.Background(), FromEnviron(environ(map[string]string{"AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME": "login"}), t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	check(t, s)
}
