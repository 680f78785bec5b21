//go:build unix

package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"filippo.io/age"

	"github.com/secaws/secaws/internal/awslab"
)

// hardship is a command that everything happens to, once at each of its calls.
type hardship struct {
	begin func(r *rehearsal) // makes the state the command starts from
	line  []string           // the command
	held  func(r *rehearsal) // what must hold after any fault
	after func(r *rehearsal) // what must hold once it has been run again
	again bool               // the end is a state to start from
}

// everyFault runs the command with each fault at each call, and then again.
func everyFault(t *testing.T, h hardship) {
	var calls []string
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, awslab.Options{})
		h.begin(r)
		r.wire.meet(0, faultNone)
		if code, _, stderr := r.run(h.line...); code != 0 {
			t.Fatalf("exit code %d:\n%s", code, stderr)
		}
		calls = r.wire.calls
		h.after(r)
	})
	for _, f := range faults {
		t.Run(string(f), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { h.suffer(t, f, calls) }) })
	}
}

// suffer runs the command with one fault at each of the calls that it is known to make.
func (h hardship) suffer(t *testing.T, f fault, calls []string) {
	var r *rehearsal
	for n, action := range calls {
		if !worthwhile(f, n, calls) || raced && (n+int(f[0]))%3 > 0 { // the race detector sees enough in a third of them
			continue
		}
		if r == nil || !h.again {
			r = newRehearsal(t, awslab.Options{})
			h.begin(r)
		}
		r.wire.meet(n+1, f)
		code, _, first := r.run(h.line...)
		if want := codesAfter(f); !want[code] {
			t.Errorf("exit code %d", code)
		}
		h.held(r)
		r.wire.meet(0, faultNone)
		code, _, second := r.run(h.line...)
		if code != 0 {
			t.Errorf("run again: exit code %d", code)
		}
		h.after(r)
		if t.Failed() {
			t.Fatalf("after %s at call %d, %s:\n%s\nthen:\n%s", f, n+1, action, first, second)
		}
	}
}

// worthwhile tells whether f at call n is not the same as another one: where a read fails nothing is done, and what is
// done on this machine since the last change at AWS shows when the program dies at the call after it.
func worthwhile(f fault, n int, calls []string) bool {
	if f == faultDead {
		return n == 0 || !reads(calls[n-1])
	}
	return !reads(calls[n])
}

// reads tells an action that changes nothing, neither at AWS nor which codes are used up.
func reads(action string) bool {
	return strings.HasPrefix(action, "List") || strings.HasPrefix(action, "Get") && action != "GetSessionToken"
}

// codesAfter are the exit codes with which a run may end that has met f.
func codesAfter(f fault) map[int]bool {
	switch f {
	case faultThrottle:
		return map[int]bool{0: true}
	case faultStop:
		return map[int]bool{0: true, exitInterrupted: true} // 0: nothing was left to interrupt
	}
	return map[int]bool{0: true, 1: true, exitInterrupted: true}
}

func add(r *rehearsal) {
	if code, _, stderr := r.run("user", "add", rehearsed, "--group", "DevAdmins"); code != 0 {
		r.t.Fatalf("user add: exit code %d:\n%s", code, stderr)
	}
}

func TestUserAddAfterAnyFault(t *testing.T) {
	everyFault(t, hardship{
		begin: func(*rehearsal) {},
		line:  []string{"user", "add", rehearsed, "--group", "DevAdmins"},
		held:  func(*rehearsal) {},
		after: (*rehearsal).finished,
	})
}

func TestResetMFAAfterAnyFault(t *testing.T) {
	everyFault(t, hardship{
		begin: add,
		line:  []string{"user", "reset-mfa", rehearsed},
		held:  mustWork,
		after: (*rehearsal).finished,
		again: true,
	})
}

func TestRotateAfterAnyFault(t *testing.T) {
	everyFault(t, hardship{
		begin: add,
		line:  []string{"rotate", rehearsed},
		held:  mustWork,
		after: (*rehearsal).finished,
		again: true,
	})
}

func mustWork(r *rehearsal) {
	if !r.works() {
		r.t.Error("the key in the keychain does not work")
	}
}

func TestUserRemoveAfterAnyFault(t *testing.T) {
	everyFault(t, hardship{
		begin: add,
		line:  []string{"user", "remove", rehearsed},
		held:  func(*rehearsal) {},
		after: func(r *rehearsal) {
			if p := r.user(); p.Exists() || len(p.Unassigned) > 0 {
				r.t.Errorf("IAM still has %+v", p)
			}
			if infos, err := r.keychain().List(context.Background()); err != nil || len(infos) > 0 {
				r.t.Errorf("the keychain has %v, %v", infos, err)
			}
			if policy := r.snapshot("Accounts.444444444444.Roles.devadmin.Inline"); len(policy) == 0 {
				r.t.Error("the sessions are not revoked")
			}
		},
	})
}

// A person joins at another machine, which is here the same one, without the administrator's files.
func TestJoinAfterAnyFault(t *testing.T) {
	everyFault(t, hardship{
		begin: invite,
		line:  []string{"join", "INVITATION", "--identity", "KEY"},
		held: func(r *rehearsal) {
			if _, err := r.keychain().Info(context.Background(), rehearsed); err == nil {
				mustWork(r) // once there is a key
			}
		},
		after: func(r *rehearsal) {
			r.whole()
			if code, _, stderr := r.run("user", "list"); code != 0 || !r.user().Enrolling {
				r.t.Errorf("user list: exit code %d, enrolling %v\n%s", code, r.user().Enrolling, stderr)
			}
			if code, _, stderr := r.run("user", "enable", rehearsed); code != 0 { // any administrator's command sweeps
				r.t.Errorf("user enable: exit code %d\n%s", code, stderr)
			}
			r.finished()
		},
	})
}

// invite leaves an invitation for the public key that it makes.
func invite(r *rehearsal) {
	identity, err := age.GenerateX25519Identity()
	must(r.t, err, r.write("KEY", identity.String()), r.write("KEY.pub", identity.Recipient().String()))
	code, stdout, stderr := r.run("user", "invite", rehearsed, "--group", "DevAdmins", "--to", filepath.Join(r.root, "KEY.pub"))
	if code != 0 {
		r.t.Fatalf("user invite: exit code %d:\n%s", code, stderr)
	}
	must(r.t, r.write("INVITATION", stdout))
}
