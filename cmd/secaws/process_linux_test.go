package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/secaws/secaws/internal/awslab"
)

// waiting is a secaws that has read its environment, with the passphrase in it, and waits for an MFA code.
func (st *stage) waiting(t *testing.T) *person {
	t.Helper()
	p, err := sitDown(st.command("secaws", "credential-process", "Ops"))
	must(t, err, p.expect("MFA code of"))
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_, _ = p.leave()
	})
	return p
}

// A neighbour of the same user can read neither memory nor environment of a secaws that waits, nor attach to it.
func TestNeighboursCannotLookIn(t *testing.T) {
	needsUser(t)
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	pid := st.waiting(t).cmd.Process.Pid
	for _, file := range []string{"mem", "environ", "maps", "auxv"} {
		f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), file))
		if err == nil {
			_, err = f.Read(make([]byte, 1))
			_ = f.Close()
		}
		if err == nil {
			t.Errorf("/proc/%d/%s can be read", pid, file)
		}
	}
	if err := syscall.PtraceAttach(pid); err == nil {
		_ = syscall.PtraceDetach(pid)
		t.Error("ptrace attaches")
	}

	// The same looks succeed at an ordinary process: it is not something else that refuses them.
	other := st.command("sleep", "60")
	must(t, other.Start())
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	if _, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(other.Process.Pid), "environ")); err != nil {
		t.Errorf("this machine refuses every look, so the test shows nothing: %v", err)
	}
}

// Aborted where cores are allowed, it leaves none.
func TestAbortLeavesNoCore(t *testing.T) {
	needsUser(t)
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	p, err := sitDown(st.command("sh", "-c", "ulimit -c unlimited; export GOTRACEBACK=crash; secaws credential-process Ops; echo code $?"))
	must(t, err, p.expect("MFA code of"))
	must(t, syscall.Kill(st.holder(t), syscall.SIGABRT), p.expect(`code 134`))
	_, err = p.leave()
	must(t, err)
	if strings.Contains(p.shown(), "core dumped") {
		t.Errorf("a core was written:\n%s", p.shown())
	}
	cores, err := filepath.Glob(filepath.Join(st.root, "core*"))
	must(t, err)
	if len(cores) > 0 {
		t.Errorf("cores: %v", cores)
	}
}

// The command that exec becomes has the limits it would have had without us, and is an ordinary process again.
func TestChildIsOrdinary(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	for _, look := range []string{"ulimit -Sa; ulimit -Ha", "grep -E '^(Sig(Blk|Ign|Cgt)|NoNewPrivs|Seccomp):' /proc/self/status", "head -c 1 /proc/self/environ | wc -c", "ls /proc/self/fd | wc -l"} {
		plain, stderr, code := st.run("sh", "-c", look)
		if code != 0 {
			t.Fatalf("sh -c %q: %s", look, stderr)
		}
		under, stderr, code := st.run("secaws", "exec", "plain", "--", "sh", "-c", look)
		if code != 0 || under != plain {
			t.Errorf("exec -- sh -c %q: exit code %d:\n%s%s without us:\n%s", look, code, under, stderr, plain)
		}
	}
}

// Signals that were ignored when we started stay so for the command: nohup works.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	look := "trap '' HUP INT; exec %s sh -c 'grep SigIgn /proc/self/status'"
	plain, _, _ := st.run("sh", "-c", strings.Replace(look, "%s", "", 1))
	under, stderr, code := st.run("sh", "-c", strings.Replace(look, "%s", "secaws exec plain --", 1))
	if code != 0 || plain != under {
		t.Errorf("exit code %d: %q%s, without us %q", code, under, stderr, plain)
	}
}

// Without a session bus a hundred runs start none, and the command has the D-Bus variables that we were given.
func TestNoStrayBus(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	for range 100 {
		if _, stderr, code := st.run("secaws", "credential-process", "plain"); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
	}
	if n := st.started(t, "dbus-daemon", "dbus-launch"); n > 0 {
		t.Errorf("%d buses were started", n)
	}
	show := []string{"exec", "plain", "--", "sh", "-c", "echo [${DBUS_SESSION_BUS_ADDRESS-unset}]"}
	if out, stderr, _ := st.run("secaws", show...); out != "[unset]\n" {
		t.Errorf("the command has a bus address that we were not given: %s%s", out, stderr)
	}
	for _, address := range []string{"", "unix:path=/nowhere/bus", "autolaunch:"} {
		st.set("DBUS_SESSION_BUS_ADDRESS", address)
		if out, stderr, _ := st.run("secaws", show...); out != "["+address+"]\n" {
			t.Errorf("given %q, the command has %s%s", address, out, stderr)
		}
	}
}

// started counts the processes with one of these names that have their environment from the sandbox.
func (s *sandbox) started(t *testing.T, names ...string) int {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/comm")
	must(t, err)
	n := 0
	for _, path := range found {
		comm, _ := os.ReadFile(path)
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		if slices.Contains(names, strings.TrimSpace(string(comm))) && strings.Contains(string(environ), "SECAWS_TEST_ROOT="+s.root+"\x00") {
			n++
		}
	}
	return n
}

// mute is a Secret Service that takes every call and answers none.
type mute struct{ never chan struct{} }

func (m mute) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	<-m.never
	return dbus.MakeVariant(""), "/", nil
}

func (m mute) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) {
	<-m.never
	return "/", nil
}

func (m mute) SearchItems(map[string]string) ([]dbus.ObjectPath, []dbus.ObjectPath, *dbus.Error) {
	<-m.never
	return nil, nil, nil
}

// A Secret Service that never answers: out within 6 s, saying so, and nothing on stdout.
func TestSilentSecretService(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.startBus(t, "true")
	bus, err := dbus.Connect(valueOf(st.env, "DBUS_SESSION_BUS_ADDRESS"))
	must(t, err)
	defer bus.Close()
	service := mute{make(chan struct{})}
	must(t, bus.Export(service, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"))
	if reply, err := bus.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("be the Secret Service: %v, %v", reply, err)
	}
	st.set("SECAWS_BACKEND", "secret-service")
	st.set("SECAWS_TEST_KEYCHAIN", "secret-service")
	start := time.Now()
	out, stderr, code := st.run("secaws", "credential-process", "plain")
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("it took %v, want 6 s at most", took)
	}
	if out != "" || code != 1 || !strings.Contains(stderr, "secaws: hint: ") || !strings.Contains(stderr, "secret-service") {
		t.Errorf("exit code %d, stdout %q, stderr %s", code, out, stderr)
	}
}

// No secret is ever in a command line, ours or that of a program we start: polled during many runs.
func TestNoSecretOnCommandLines(t *testing.T) {
	st := newStage(t, awslab.Options{TOTPStep: time.Second})
	must(t, st.settle("ops"))
	p, err := st.key("ops")
	must(t, err)
	secrets := []string{p.Secret, "correct horse"}
	done := make(chan struct{})
	found := make(chan string, 1)
	go pollCommandLines(secrets, done, found)
	for i := range 60 {
		cmd := st.command("secaws", "credential-process", "plain")
		switch i % 4 {
		case 1:
			cmd = st.command("secaws", "exec", "--no-session", "plain", "--", "sleep", "0.01")
		case 2:
			document, err := st.created("ops")
			must(t, err)
			cmd = st.command("secaws", "add", "ops", "--stdin", "--no-profile")
			cmd.Stdin = strings.NewReader(document)
		case 3:
			cmd = st.command("secaws", "login", "auto")
		}
		if _, stderr, code := collect(cmd); code != 0 {
			t.Fatalf("run %d: exit code %d: %s", i, code, stderr)
		}
	}
	close(done)
	if line := <-found; line != "" {
		t.Errorf("a secret is on the command line %q", line)
	}
}

// pollCommandLines reads all command lines over and over until done, and tells one with a secret, "" for none.
func pollCommandLines(secrets []string, done <-chan struct{}, found chan<- string) {
	for {
		select {
		case <-done:
			found <- ""
			return
		default:
		}
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, path := range lines {
			line, _ := os.ReadFile(path)
			for _, s := range secrets {
				if strings.Contains(string(line), s) {
					found <- string(line)
					return
				}
			}
		}
	}
}
