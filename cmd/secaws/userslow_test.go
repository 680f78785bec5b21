//go:build unix

package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// IAM tells its readers late what was made: the person sees for what the command waits.
func TestWaitingIsExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, awslab.Options{Propagation: 45 * time.Second})
		code, _, added := r.run("user", "add", rehearsed, "--group", "DevAdmins")
		if code != 0 {
			t.Fatalf("user add: exit code %d:\n%s", code, added)
		}
		<-time.After(time.Minute)
		code, _, reset := r.run("user", "reset-mfa", rehearsed)
		if code != 0 {
			t.Fatalf("user reset-mfa: exit code %d:\n%s", code, reset)
		}
		for _, test := range []struct{ stderr, want string }{
			{added, "waiting for AWS to accept the new key, up to 1m30s"},
			{reset, "waiting for AWS to know the new device everywhere (it takes one more code), up to "},
		} {
			if n := strings.Count(test.stderr, test.want); n != 1 {
				t.Errorf("says %d times %q:\n%s", n, test.want, test.stderr)
			}
		}
		<-time.After(time.Minute)
		r.finished()
	})
}
