//go:build unix

package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// subjects are what is timed, a hello-world first. What this machine lacks is left out, by name.
func (p *place) subjects(b *testing.B) []*subject {
	warm := []string{"credential-process", "Ops"}
	active := append(slices.Clone(p.env), "SECAWS_PROFILE=prod-Ops", "SECAWS_ROLE=Ops", "SECAWS_ACCOUNT=prod", "AWS_CREDENTIAL_EXPIRATION=2038-01-19T03:14:07Z")
	all := []*subject{
		{name: "a Go hello-world", cmd: p.command(p.env, "hello")},
		{name: "secaws version", cmd: p.command(p.env, "secaws", "version")},
		{name: "secaws prompt", aim: 2.2, cmd: p.command(active, "secaws", "prompt")},
		{name: "warm credential-process, file", aim: 4, cmd: p.command(p.env, "secaws", warm...)},
	}
	if env, err := p.held(); err != nil {
		fmt.Printf("left out: warm credential-process with the hold: %v\n", err)
	} else {
		all = append(all, &subject{name: "warm credential-process, file with the hold", aim: 2.5, cmd: p.command(env, "secaws", warm...)})
	}
	if env, err := p.secretService(b); err != nil {
		fmt.Printf("left out: warm credential-process with Secret Service: %v\n", err)
	} else {
		all = append(all, &subject{name: "warm credential-process, Secret Service", aim: 4, cmd: p.command(env, "secaws", warm...)})
	}
	return append(all,
		&subject{name: "warm exec -- true, file", cmd: p.command(p.env, "secaws", "exec", "Ops", "--", "true")},
		&subject{name: "cold credential-process, key alone, 1 call", cmd: p.command(p.env, "secaws", "credential-process", "plain"), before: p.forget("plain")},
	)
}

// forget drops a profile's sessions.
func (p *place) forget(profile string) func() error {
	return func() error { return p.command(p.env, "secaws", "logout", profile)().Run() }
}

// held is a second home, where the kernel holds the sealing key and the passphrase is not in the environment.
func (p *place) held() ([]string, error) {
	env := without(p.env, "HOME")
	env = append(env, "HOME="+filepath.Join(p.dir, "held"))
	if err := p.settle(env, "on"); err != nil {
		return nil, err
	}
	env = without(env, "SECAWS_FILE_PASSPHRASE")
	if out, err := p.command(env, "secaws", "credential-process", "Ops")().CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the kernel does not hold the sealing key: %s", out)
	}
	return env, nil
}

// secretService is a third home, on a bus of its own with an unlocked gnome-keyring.
func (p *place) secretService(b *testing.B) ([]string, error) {
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon", "gdbus"} {
		if _, err := exec.LookPath(program); err != nil && program != "gdbus" {
			return nil, err
		}
	}
	home := filepath.Join(p.dir, "desktop")
	if err := os.MkdirAll(filepath.Join(home, ".run"), 0o700); err != nil {
		return nil, err
	}
	env := append(without(without(p.env, "HOME"), "SECAWS_BACKEND"), "HOME="+home, "XDG_RUNTIME_DIR="+filepath.Join(home, ".run"))
	address, err := startKeyring(b, env)
	if err != nil {
		return nil, err
	}
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+address, "SECAWS_BACKEND=secret-service", "SECAWS_TEST_KEYCHAIN=secret-service")
	return env, p.settle(env, "off")
}

// startKeyring starts a bus with an unlocked gnome-keyring and returns the bus's address.
func startKeyring(b *testing.B, env []string) (string, error) {
	session := exec.Command("dbus-run-session", "--", "sh", "-c",
		`printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null && echo "$DBUS_SESSION_BUS_ADDRESS" && exec cat`)
	session.Env = env
	stdin, err := session.StdinPipe()
	if err != nil {
		return "", err
	}
	stdout, err := session.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := session.Start(); err != nil {
		return "", err
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = session.Wait()
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("gnome-keyring did not start: %w", err)
	}
	return strings.TrimSpace(address), nil
}

func without(env []string, key string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, key+"=") })
}
