package keyring

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The test binary is also the other process that some tests need: started with
// programVariable set, it runs one of programs and nothing else.
const (
	programVariable = "KEYRING_TEST_PROGRAM"
	optionsVariable = "KEYRING_TEST_OPTIONS"
)

type program func(ctx context.Context, k *Keyring, arg string) error

func programs() map[string]program {
	return map[string]program{
		"hold lock": holdLock, "wait for lock": waitForLock, "write keys": writeKeys, "save sessions": saveSessions,
		"read": readSession,
	}
}

// wireOptions is Options as one process gives them to another.
type wireOptions struct {
	Backend, Dir, FileDir, Settings, Terminal, Service string
	Hold                                               HoldPolicy
	Ask                                                string // the file in which the person's answer appears, empty to cancel; "" gives the passphrase
}

func wire(o Options) wireOptions {
	return wireOptions{Backend: o.Backend, Dir: o.Dir, FileDir: o.FileDir, Settings: o.Settings,
		Service: o.service, Hold: o.Hold}
}

func (w wireOptions) options() Options {
	o := Options{Backend: w.Backend, Dir: w.Dir, FileDir: w.FileDir, Settings: w.Settings, Terminal: func() string { return w.Terminal },
		service: w.Service, Hold: w.Hold, Volatile: true, Interactive: true}
	if w.Ask == "" {
		o.FilePassphrase = NewSecret("correct horse")
		return o
	}
	o.Notice = func(line string) { fmt.Println(line) }
	o.Passphrase = func(context.Context, PassphraseAsk) (string, error) {
		fmt.Println("asking")
		answer, err := os.ReadFile(w.Ask)
		for ; err != nil; answer, err = os.ReadFile(w.Ask) {
			time.Sleep(10 * time.Millisecond) // until the person has typed
		}
		if len(answer) == 0 {
			return "", errors.New("canceled")
		}
		return string(answer), nil
	}
	return o
}

// start runs a program in a process of its own.
func start(t *testing.T, name string, w wireOptions, arg string) (*exec.Cmd, *bufio.Scanner, io.WriteCloser) {
	t.Helper()
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProgram$", "-test.timeout=120s", arg)
	cmd.Env = append(os.Environ(), programVariable+"="+name, optionsVariable+"="+string(data), "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, bufio.NewScanner(stdout), stdin
}

// next returns the next line a program says.
func next(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	if !lines.Scan() {
		t.Fatal("the program said nothing more")
	}
	return lines.Text()
}

// TestProgram is where a program runs.
func TestProgram(t *testing.T) {
	run, ok := programs()[os.Getenv(programVariable)]
	if !ok {
		return
	}
	var w wireOptions
	if err := json.Unmarshal([]byte(os.Getenv(optionsVariable)), &w); err != nil {
		t.Fatal(err)
	}
	k, err := Open(w.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), k, os.Args[len(os.Args)-1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// holdLock holds the lock until its stdin says the outcome.
func holdLock(ctx context.Context, k *Keyring, id string) error {
	release, _, err := k.Lock(ctx, id, nil)
	if err != nil {
		return err
	}
	fmt.Println("held")
	outcome, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	return release(strings.TrimSpace(outcome))
}

// waitForLock says who it waits for and how that ended.
func waitForLock(ctx context.Context, k *Keyring, id string) error {
	fmt.Println("asking")
	release, previous, err := k.Lock(ctx, id, func(holder string) { fmt.Println("waiting for", holder) })
	if err != nil {
		return err
	}
	fmt.Printf("got it, previous %q\n", previous)
	return release("")
}

// writeKeys replaces one key for ever, saying each generation it has finished.
func writeKeys(ctx context.Context, k *Keyring, name string) error {
	for n := 0; ; n++ {
		if err := k.Add(ctx, generation(name, n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// generation is the nth key of that name; its secret says which it is.
func generation(name string, n int) AccessKey {
	a := key(name)
	a.ID = fmt.Sprintf("AKIA%d", n)
	a.Secret = NewSecret(fmt.Sprintf("canary-%d", n))
	return a
}

func saveSessions(ctx context.Context, k *Keyring, id string) error {
	for n := 0; ; n++ {
		if err := k.Save(ctx, id, []byte(strings.Repeat(fmt.Sprint(n%10), 4096))); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func readSession(ctx context.Context, k *Keyring, id string) error {
	data, err := k.Load(ctx, id)
	if err != nil {
		return err
	}
	fmt.Printf("read %q\n", data)
	return nil
}
