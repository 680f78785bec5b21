//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// fate is a command that is killed at each of its steps, and what must hold.
type fate struct {
	begin func(w *watched, user string)          // makes the state that the command starts from
	line  func(w *watched, user string) []string // the command
	held  func(w *watched, user string)          // what must hold after the kill
	after func(w *watched, user string)          // what must hold after the next run
	again bool                                   // the end is a state to start from: one user does
}

// everyStep kills the command before and after each of its changing calls, each time for another user, and runs it
// again.
func everyStep(t *testing.T, f fate) {
	t.Parallel()
	w := newWatched(t)
	for n, kills := 1, 0; ; n++ {
		for _, done := range []bool{false, true} {
			if raced && done != (n%2 == 0) { // slow: one of the two
				continue
			}
			user := "eve"
			if !f.again {
				user = fmt.Sprintf("eve%d%v", n, done)
			}
			f.begin(w, user)
			line := f.line(w, user)
			first, code := w.do(n, done, line...)
			if code == 0 {
				t.Logf("killed %d times, before or after each of: %s", kills, strings.Join(w.seen, " "))
				if n < 5 { // the shortest has four // the shortest has four
					t.Errorf("%d steps are not a whole run: %s", n-1, first)
				}
				f.after(w, user)
				return
			}
			kills++
			if code != -1 {
				t.Fatalf("step %d: not killed, but exit code %d: %s", n, code, first)
			}
			if f.held != nil {
				f.held(w, user)
			}
			step := w.seen[len(w.seen)-1]
			second, code := w.do(0, false, line...)
			if code != 0 {
				t.Errorf("run again: exit code %d", code)
			}
			f.after(w, user)
			w.clean()
			if t.Failed() {
				t.Fatalf("killed at step %d, %s, done %v:\n%s\nthen:\n%s", n, step, done, first, second)
			}
		}
	}
}

// add makes the user, unless there is one from the last time.
func (w *watched) add(user string) {
	w.t.Helper()
	if w.person(user).Exists() {
		return
	}
	if stderr, code := w.do(0, false, addLine(w, user)...); code != 0 {
		w.t.Fatalf("user add: exit code %d: %s", code, stderr)
	}
}

func addLine(w *watched, user string) []string {
	return []string{"user", "add", user, "--group", "DevAdmins", "--mfa-process", w.phoneOf(user)}
}

func mustBeAbleToWork(w *watched, user string) {
	if !w.works(user) {
		w.t.Error("the key in the keychain does not work")
	}
}

func TestUserAddKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{begin: func(*watched, string) {}, line: addLine, after: (*watched).whole})
}

func TestRotateKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(w *watched, user string) {
			w.add(user)
			if _, stderr, code := w.run("secaws", "logout", "--all"); code != 0 { // so that a code is asked for, too
				w.t.Fatalf("logout: exit code %d: %s", code, stderr)
			}
		},
		line: func(w *watched, user string) []string {
			return []string{"rotate", user, "--mfa-process", w.phoneOf(user)}
		},
		held: mustBeAbleToWork, after: (*watched).whole, again: true,
	})
}

// The device that goes is not named after its user.
func TestResetMFAKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(w *watched, user string) {
			w.add(user)
			w.rename(user)
		},
		line: func(w *watched, user string) []string {
			return []string{"user", "reset-mfa", user, "--mfa-process", w.phoneOf(user)}
		},
		held: mustBeAbleToWork, after: (*watched).whole, again: true,
	})
}

// rename gives the user a device of another name instead.
func (w *watched) rename(user string) {
	w.t.Helper()
	ctx := context.Background()
	client, err := w.iam("secure-aws-admin")
	must(w.t, err)
	own, name := "arn:aws:iam::111111111111:mfa/"+user, "phone-of-"+user
	_, err = client.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &user, SerialNumber: &own})
	must(w.t, err)
	_, err = client.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &own})
	must(w.t, err)
	device, err := client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name})
	must(w.t, err)
	codes := [2]string{}
	for i := range codes {
		w.stage.lab.Advance(codeStep)
		code, err := w.stage.lab.TOTP(name)
		must(w.t, err)
		codes[i] = code.Digits
	}
	_, err = client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: device.VirtualMFADevice.SerialNumber, AuthenticationCode1: &codes[0], AuthenticationCode2: &codes[1],
	})
	must(w.t, err)
}

func TestUserRemoveKilledAtEachStep(t *testing.T) {
	everyStep(t, fate{
		begin: func(w *watched, user string) {
			w.add(user)
			w.rename(user)
		},
		line: func(_ *watched, user string) []string { return []string{"user", "remove", user, "--confirm", user} },
		after: func(w *watched, user string) {
			if p := w.person(user); p.Exists() || len(w.spare()) > 0 {
				w.t.Errorf("IAM still has %+v, devices %v", p, w.spare())
			}
			if keys := w.stored(); keys[user] != "" {
				w.t.Errorf("the keychain has %v", keys)
			}
		},
	})
}

// A person joins at another machine, which is here the same one.
func TestJoinKilledAtEachStep(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	everyStep(t, fate{
		begin: func(w *watched, user string) {
			must(w.t, os.WriteFile(filepath.Join(w.root, "KEY"), []byte(identity.String()), 0o600),
				os.WriteFile(filepath.Join(w.root, "KEY.pub"), []byte(identity.Recipient().String()), 0o600))
			out, stderr, code := w.run("secaws", "user", "invite", user, "--group", "DevAdmins", "--to", "KEY.pub")
			if code != 0 {
				w.t.Fatalf("invite: exit code %d: %s", code, stderr)
			}
			must(w.t, os.WriteFile(filepath.Join(w.root, user), []byte(out), 0o600))
		},
		line: func(w *watched, user string) []string {
			return []string{"join", user, "--identity", "KEY", "--mfa-process", w.phoneOf(user)}
		},
		held: mustBeAbleToWork,
		after: func(w *watched, user string) {
			if stderr, code := w.do(0, false, "user", "enable", user); code != 0 { // any administrator's command sweeps
				w.t.Errorf("user enable: exit code %d: %s", code, stderr)
			}
			w.whole(user)
		},
	})
}
