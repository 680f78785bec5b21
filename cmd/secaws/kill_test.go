//go:build unix

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// killing runs what start returns again and again and kills each run with SIGKILL at a random moment of the time that
// the quickest whole run took. After each, check is called.
func killing(t *testing.T, times int, start func(i int) *exec.Cmd, check func(i int)) {
	t.Helper()
	begin := time.Now()
	if _, stderr, code := collect(start(0)); code != 0 {
		t.Fatalf("a whole run fails: exit code %d: %s", code, stderr)
	}
	whole := time.Since(begin)
	random := rand.New(rand.NewPCG(uint64(times), 7))
	died := 0
	for i := range times {
		if took, killed := killAfter(t, start(i), time.Duration(random.Int64N(int64(whole)))); killed {
			died++
		} else {
			whole = min(whole, took)
		}
		check(i)
	}
	if died < times/3 {
		t.Errorf("only %d of %d runs were killed: that shows little", died, times)
	}
	t.Logf("%d of %d runs of %v were killed", died, times, whole)
}

// killAfter starts cmd and kills it after delay, unless it ends before: then it tells how long it took.
func killAfter(t *testing.T, cmd *exec.Cmd, delay time.Duration) (took time.Duration, killed bool) {
	t.Helper()
	begin := time.Now()
	must(t, cmd.Start())
	kill := time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	kill.Stop()
	return time.Since(begin), err != nil
}

// replacing returns a command that stores the key of ops or dev, by turns, as ops, and what a shell echoes of the two.
func (st *stage) replacing(t *testing.T) (add func(i int) *exec.Cmd, good map[string]bool) {
	t.Helper()
	good = map[string]bool{}
	var documents []string
	for _, user := range []string{"ops", "dev"} {
		p, err := st.key(user)
		must(t, err)
		good[p.AccessKeyID+" "+p.Secret+"\n"] = true
		document, err := st.created(user)
		must(t, err)
		documents = append(documents, document)
	}
	return func(i int) *exec.Cmd {
		cmd := st.command("secaws", "add", "ops", "--stdin", "--yes", "--no-verify", "--no-profile")
		cmd.Stdin = strings.NewReader(documents[i%2])
		return cmd
	}, good
}

// 80 kills of add, each of which replaces the key by another one: it is always the old one or the new one, whole.
func TestKilledAddLosesNoKey(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	add, good := st.replacing(t)
	killing(t, 80, add, func(i int) {
		out, stderr, code := st.run("secaws", "exec", "--no-session", "plain", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY")
		if code != 0 || !good[out] {
			t.Fatalf("after kill %d: exit code %d, key %q: %s", i, code, out, stderr)
		}
	})
	if out, stderr, code := st.run("secaws", "list", "--json"); code != 0 || strings.Count(out, `"name"`) != 1 {
		t.Errorf("list: exit code %d: %s%s", code, out, stderr)
	}
	st.checkClean(t)
}

// 40 kills of login and 80 of credential-process: what is stored stays readable, and the next run works.
func TestKilledLoginLosesNothing(t *testing.T) {
	st := newWatched(t).stage                                                             // where no login waits for the next code
	must(t, os.Remove(filepath.Join(st.home(), ".aws", "credentials")), st.settle("ops")) // of other people
	login := func(int) *exec.Cmd { return st.command("secaws", "login", "--force", "auto") }
	killing(t, 40, login, func(i int) { st.checkReadable(t, i) })
	st.checkServes(t, "auto")
	st.checkClean(t)
}

func TestKilledCredentialProcessLosesNothing(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	get := func(int) *exec.Cmd {
		_, _, _ = st.run("secaws", "logout", "plain")
		return st.command("secaws", "credential-process", "plain")
	}
	killing(t, 80, get, func(i int) { st.checkReadable(t, i) })
	st.checkServes(t, "plain")
	st.checkClean(t)
}

// checkReadable wants what is stored to be readable after kill i: the sessions, or, by turns, the keys.
func (st *stage) checkReadable(t *testing.T, i int) {
	t.Helper()
	if i%2 == 0 {
		if _, stderr, code := st.run("secaws", "status"); code != 0 {
			t.Fatalf("after kill %d: status: exit code %d: %s", i, code, stderr)
		}
		return
	}
	if out, stderr, code := st.run("secaws", "list"); code != 0 || !strings.Contains(out, "\nops ") {
		t.Fatalf("after kill %d: list: exit code %d: %s%s", i, code, out, stderr)
	}
}

func (st *stage) checkServes(t *testing.T, profile string) {
	t.Helper()
	if out, stderr, code := st.run("secaws", "exec", profile, "--", "awslab", "whoami"); code != 0 || !strings.Contains(out, "/ops\n") {
		t.Errorf("exec %s: exit code %d: %s%s", profile, code, out, stderr)
	}
}

// checkClean wants no secret in clear in any file that the killed left, and none of those files where it would be in
// the way.
func (st *stage) checkClean(t *testing.T) {
	t.Helper()
	var secrets []string
	for _, p := range st.lab.Profiles() {
		secrets = append(secrets, p.Secret)
	}
	hits, err := sightings([]string{st.home(), filepath.Join(st.root, ".tmp")}, nil, secrets)
	must(t, err)
	if len(hits) > 0 {
		t.Errorf("secrets in clear:\n%s", strings.Join(hits, "\n"))
	}
}
