package main

import (
	"os/exec"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/internal/killpoint"
)

// beforeEachWrite runs what start returns and kills it before its first write, its second and so on, until a run gets
// to its end; check is called after each.
func beforeEachWrite(t *testing.T, start func() *exec.Cmd, check func(n int)) {
	t.Helper()
	for n := 1; ; n++ {
		killed, err := killpoint.Run(start(), n)
		must(t, err)
		check(n)
		if !killed {
			t.Logf("killed before each of %d writes", n-1)
			if n < 10 {
				t.Errorf("only %d writes: that is not a whole run", n-1)
			}
			return
		}
	}
}

// The write that replaces an existing key is among them: the old key is intact until the new one is.
func TestAddKilledBeforeEachWrite(t *testing.T) {
	t.Parallel()
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	add, good := st.replacing(t)
	i := 0
	beforeEachWrite(t, func() *exec.Cmd { i++; return add(i) }, func(n int) {
		out, stderr, code := st.run("secaws", "exec", "--no-session", "plain", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY")
		if code != 0 || !good[out] {
			t.Fatalf("killed before write %d: exit code %d, key %q: %s", n, code, out, stderr)
		}
	})
	st.checkClean(t)
}

func TestCredentialProcessKilledBeforeEachWrite(t *testing.T) {
	t.Parallel()
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	get := func() *exec.Cmd {
		_, _, _ = st.run("secaws", "logout", "plain")
		return st.command("secaws", "credential-process", "plain")
	}
	beforeEachWrite(t, get, func(n int) { st.checkReadable(t, n) })
	st.checkServes(t, "plain")
	st.checkClean(t)
}
