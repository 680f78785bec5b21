//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/internal/safefile"
)

// gallows stands between a program and a lab, and kills the program with SIGKILL at its nth call that changes
// something: before the lab has it, or once it is done and not yet answered.
type gallows struct {
	lab *awslab.Lab

	mu     sync.Mutex
	seen   []string // the changing calls of this run
	at     int      // 1 is the first; 0: none
	done   bool     // the call is carried out first
	victim *os.Process
}

// ServeHTTP is also the phone: whoever asks for a code finds the next one, so that nobody has to wait.
func (g *gallows) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/totp") {
		g.lab.Advance(killStep)
		g.lab.Handler().ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fatal, done := g.count(string(body))
	if fatal && !done {
		g.kill()
	}
	answer := httptest.NewRecorder()
	g.lab.Handler().ServeHTTP(answer, r)
	if fatal {
		g.kill()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // to a program that may be gone
}

func (g *gallows) count(body string) (fatal, done bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, action, _ := strings.Cut(body, "Action=")
	action, _, _ = strings.Cut(action, "&")
	if reads(action) {
		return false, false
	}
	g.seen = append(g.seen, action)
	return len(g.seen) == g.at, g.done
}

func (g *gallows) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.victim.Kill()
	panic(http.ErrAbortHandler)
}

// killStep is how long a code lasts here: not long, since every code that is asked for moves the lab's clock by it, and
// a clock that is wrong by five minutes is refused.
const killStep = time.Second

// killed is a person's machine whose AWS is behind a gallows.
type killed struct {
	*stage
	*gallows
	t *testing.T
}

func newKilled(t *testing.T) *killed {
	t.Helper()
	t.Parallel()
	frozen := time.Now()
	st := newStage(t, awslab.Options{TOTPStep: killStep, Clock: func() time.Time { return frozen }})
	k := &killed{stage: st, gallows: &gallows{lab: st.lab}, t: t}
	front := httptest.NewServer(k.gallows)
	t.Cleanup(front.Close)
	st.set("AWS_ENDPOINT_URL", front.URL)
	control, err := awslab.Dial(st.dir)
	must(t, err)
	control.URL = front.URL
	text, err := json.Marshal(control)
	must(t, err, safefile.Write(filepath.Join(st.dir, "control.json"), text, 0o600))
	credentials, err := os.ReadFile(filepath.Join(st.dir, "credentials"))
	must(t, err, os.WriteFile(filepath.Join(st.home(), ".aws", "credentials"), credentials, 0o600),
		os.WriteFile(filepath.Join(st.home(), ".config", "secaws", "blueprint.yaml"), []byte(zoneFile), 0o600))
	return k
}

// do runs secaws, which is killed at its nth changing call, and tells how it ended.
func (k *killed) do(n int, done bool, args ...string) (stderr string, code int) {
	k.t.Helper()
	cmd := k.command("secaws", args...)
	var text strings.Builder
	cmd.Stderr = &text
	k.mu.Lock()
	k.seen, k.at, k.done = nil, n, done
	err := cmd.Start()
	k.victim = cmd.Process
	k.mu.Unlock()
	must(k.t, err)
	_ = cmd.Wait() // the exit code says it
	return text.String(), cmd.ProcessState.ExitCode()
}

// phoneOf is the program that stands for the user's phone.
func (k *killed) phoneOf(user string) string {
	return filepath.Join(bin, "awslab") + " totp --dir " + k.stage.dir + " " + user
}

// person is what IAM has of the user.
func (k *killed) person(user string) provision.Person {
	k.t.Helper()
	client, err := k.iam("secure-aws-admin")
	must(k.t, err)
	p, err := provision.ReadPerson(context.Background(), client, user)
	must(k.t, err)
	return p
}

// stored are the keys in the keychain, by their names.
func (k *killed) stored() map[string]string {
	k.t.Helper()
	out, stderr, code := k.run("secaws", "list", "--json")
	var keys []struct {
		Name string `json:"name"`
		ID   string `json:"key_id"`
	}
	if err := json.Unmarshal([]byte(out), &keys); err != nil || code != 0 {
		k.t.Fatalf("list: exit code %d, %v: %s", code, err, stderr)
	}
	found := map[string]string{}
	for _, key := range keys {
		found[key.Name] = key.ID
	}
	return found
}

// works tells whether the user's key in the keychain is an active one in IAM.
func (k *killed) works(user string) bool {
	id := k.stored()[user]
	return slices.ContainsFunc(k.person(user).Keys, func(key provision.PersonKey) bool { return key.ID == id && key.Active })
}

// whole wants one key, which works and is the keychain's, one device, and nothing that is nobody's.
func (k *killed) whole(user string) {
	k.t.Helper()
	p := k.person(user)
	if len(p.Keys) != 1 || !k.works(user) {
		k.t.Errorf("keys %+v, one that works in the keychain: %v", p.Keys, k.works(user))
	}
	if len(p.Devices) != 1 || len(k.spare()) > 0 {
		k.t.Errorf("devices %v, and nobody's %v", p.Devices, k.spare())
	}
	if names := k.stored(); names[user+nextSuffix] != "" {
		k.t.Errorf("the keychain has %v", names)
	}
	if p.Enrolling || p.Leaving != "" {
		k.t.Errorf("marks are left: %+v", p)
	}
}

// spare are the devices that nobody uses.
func (k *killed) spare() []string {
	var found []string
	for at, value := range k.stage.lab.Snapshot() {
		if strings.Contains(at, ".MFADevices.") && strings.HasSuffix(at, ".UserID") && value == "" {
			found = append(found, at)
		}
	}
	return found
}

// fate is a command that is killed at each of its steps, and what must hold.
type fate struct {
	begin func(k *killed, user string)          // makes the state that the command starts from
	line  func(k *killed, user string) []string // the command
	held  func(k *killed, user string)          // what must hold after the kill
	after func(k *killed, user string)          // what must hold after the next run
	again bool                                  // the end is a state to start from: one user does
}

// everyStep kills the command before and after each of its changing calls, each time for another user, and runs it
// again.
func everyStep(t *testing.T, f fate) {
	k := newKilled(t)
	for n, kills := 1, 0; ; n++ {
		for _, done := range []bool{false, true} {
			if raced && done != (n%2 == 0) { // slow: one of the two
				continue
			}
			user := "eve"
			if !f.again {
				user = fmt.Sprintf("eve%d%v", n, done)
			}
			f.begin(k, user)
			line := f.line(k, user)
			first, code := k.do(n, done, line...)
			if code == 0 {
				t.Logf("killed %d times, before or after each of: %s", kills, strings.Join(k.seen, " "))
				if n < 5 { // the shortest has four // the shortest has four
					t.Errorf("%d steps are not a whole run: %s", n-1, first)
				}
				f.after(k, user)
				return
			}
			kills++
			if code != -1 {
				t.Fatalf("step %d: not killed, but exit code %d: %s", n, code, first)
			}
			if f.held != nil {
				f.held(k, user)
			}
			step := k.seen[len(k.seen)-1]
			second, code := k.do(0, false, line...)
			if code != 0 {
				t.Errorf("run again: exit code %d", code)
			}
			f.after(k, user)
			if t.Failed() {
				t.Fatalf("killed at step %d, %s, done %v:\n%s\nthen:\n%s", n, step, done, first, second)
			}
		}
	}
}

// add makes the user, unless there is one from the last time.
func (k *killed) add(user string) {
	k.t.Helper()
	if k.person(user).Exists() {
		return
	}
	if stderr, code := k.do(0, false, addLine(k, user)...); code != 0 {
		k.t.Fatalf("user add: exit code %d: %s", code, stderr)
	}
}

func addLine(k *killed, user string) []string {
	return []string{"user", "add", user, "--group", "DevAdmins", "--mfa-process", k.phoneOf(user)}
}

func mustBeAbleToWork(k *killed, user string) {
	if !k.works(user) {
		k.t.Error("the key in the keychain does not work")
	}
}

func TestUserAddKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{begin: func(*killed, string) {}, line: addLine, after: (*killed).whole})
}

func TestRotateKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(k *killed, user string) {
			k.add(user)
			if _, stderr, code := k.run("secaws", "logout", "--all"); code != 0 { // so that a code is asked for, too
				k.t.Fatalf("logout: exit code %d: %s", code, stderr)
			}
		},
		line: func(k *killed, user string) []string {
			return []string{"rotate", user, "--mfa-process", k.phoneOf(user)}
		},
		held: mustBeAbleToWork, after: (*killed).whole, again: true,
	})
}

// The device that goes is not named after its user.
func TestResetMFAKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(k *killed, user string) {
			k.add(user)
			k.rename(user)
		},
		line: func(k *killed, user string) []string {
			return []string{"user", "reset-mfa", user, "--mfa-process", k.phoneOf(user)}
		},
		held: mustBeAbleToWork, after: (*killed).whole, again: true,
	})
}

// rename gives the user a device of another name instead.
func (k *killed) rename(user string) {
	k.t.Helper()
	ctx := context.Background()
	client, err := k.iam("secure-aws-admin")
	must(k.t, err)
	own, name := "arn:aws:iam::111111111111:mfa/"+user, "phone-of-"+user
	_, err = client.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &user, SerialNumber: &own})
	must(k.t, err)
	_, err = client.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &own})
	must(k.t, err)
	device, err := client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name})
	must(k.t, err)
	codes := [2]string{}
	for i := range codes {
		k.stage.lab.Advance(killStep)
		code, err := k.stage.lab.TOTP(name)
		must(k.t, err)
		codes[i] = code.Digits
	}
	_, err = client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: device.VirtualMFADevice.SerialNumber, AuthenticationCode1: &codes[0], AuthenticationCode2: &codes[1],
	})
	must(k.t, err)
}

func TestUserRemoveKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(k *killed, user string) {
			k.add(user)
			k.rename(user)
		},
		line: func(_ *killed, user string) []string { return []string{"user", "remove", user, "--confirm", user} },
		after: func(k *killed, user string) {
			if p := k.person(user); p.Exists() || len(k.spare()) > 0 {
				k.t.Errorf("IAM still has %+v, devices %v", p, k.spare())
			}
			if keys := k.stored(); keys[user] != "" {
				k.t.Errorf("the keychain has %v", keys)
			}
		},
	})
}

// A person joins at another machine, which is here the same one.
func TestJoinKilledAtEachStep(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	everyStep(t, fate{
		begin: func(k *killed, user string) {
			must(k.t, os.WriteFile(filepath.Join(k.root, "KEY"), []byte(identity.String()), 0o600),
				os.WriteFile(filepath.Join(k.root, "KEY.pub"), []byte(identity.Recipient().String()), 0o600))
			out, stderr, code := k.run("secaws", "user", "invite", user, "--group", "DevAdmins", "--to", "KEY.pub")
			if code != 0 {
				k.t.Fatalf("invite: exit code %d: %s", code, stderr)
			}
			must(k.t, os.WriteFile(filepath.Join(k.root, user), []byte(out), 0o600))
		},
		line: func(k *killed, user string) []string {
			return []string{"join", user, "--identity", "KEY", "--mfa-process", k.phoneOf(user)}
		},
		held: mustBeAbleToWork,
		after: func(k *killed, user string) {
			if stderr, code := k.do(0, false, "user", "enable", user); code != 0 { // any administrator's command sweeps
				k.t.Errorf("user enable: exit code %d: %s", code, stderr)
			}
			k.whole(user)
		},
	})
}
