//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// crowd is how many processes want the same session at once.
const crowd = 100

// storm starts crowd cold credential-processes at once, at one terminal. Each leaves out.N, err.N and code.N.
func (st *stage) storm(t *testing.T) *person {
	t.Helper()
	cmd := st.command("sh", "-c", fmt.Sprintf(
		`trap : INT; i=0; while [ $i -lt %d ]; do (secaws credential-process Ops >out.$i 2>err.$i; echo $? >code.$i) & i=$((i+1)); done; until wait; do :; done`, crowd))
	p, err := sitDown(cmd)
	must(t, err)
	return p
}

// outcome reads what the storm left: how often each exit code came, and each text on stdout.
func (st *stage) outcome(t *testing.T) (codes map[string]int, outs map[string]int) {
	t.Helper()
	codes, outs = map[string]int{}, map[string]int{}
	for i := range crowd {
		code, err := os.ReadFile(filepath.Join(st.root, fmt.Sprint("code.", i)))
		must(t, err)
		out, err := os.ReadFile(filepath.Join(st.root, fmt.Sprint("out.", i)))
		must(t, err)
		codes[strings.TrimSpace(string(code))]++
		outs[string(out)]++
	}
	return codes, outs
}

// linedUp waits until all but the one who asks have said that they wait.
func (st *stage) linedUp(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		waiting := 0
		for i := range crowd {
			if info, err := os.Stat(filepath.Join(st.root, fmt.Sprint("err.", i))); err == nil && info.Size() > 0 {
				waiting++
			}
		}
		switch {
		case waiting >= crowd-1:
			return
		case time.Now().After(deadline):
			t.Fatalf("only %d of %d have said that they wait", waiting, crowd)
		}
	}
}

// answer waits a second and types the code.
func (st *stage) answer(t *testing.T, p *person) {
	t.Helper()
	must(t, p.expect("MFA code of"))
	<-time.After(time.Second) // a person's second
	code, err := st.code("ops")
	must(t, err, p.typed(code+"\r"))
	_, err = p.leave()
	must(t, err)
}

// checkServed wants one prompt's answer and one call a step to have served everybody alike.
func (st *stage) checkServed(t *testing.T, p *person, prompts int) {
	t.Helper()
	codes, outs := st.outcome(t)
	if codes["0"] != crowd || len(outs) != 1 {
		t.Errorf("exit codes %v and %d different answers, want all 0 and one; first error: %s", codes, len(outs), st.firstError())
	}
	if got := strings.Count(p.shown(), "MFA code of"); got != prompts {
		t.Errorf("%d prompts, want %d:\n%s", got, prompts, p.shown())
	}
	if token, role := st.calls("GetSessionToken"), st.calls("AssumeRole"); token != 1 || role != 1 {
		t.Errorf("%d GetSessionToken and %d AssumeRole calls, want 1 each", token, role)
	}
}

func (st *stage) firstError() string {
	for i := range crowd {
		text, _ := os.ReadFile(filepath.Join(st.root, fmt.Sprint("err.", i)))
		if strings.Contains(string(text), "hint") {
			return string(text)
		}
	}
	return ""
}

func TestHundredColdStarts(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	p := st.storm(t)
	st.answer(t, p)
	st.checkServed(t, p, 1)
}

func TestHundredColdStartsOnSecretService(t *testing.T) {
	st := newStage(t, awslab.Options{})
	st.unlockDesktop(t)
	must(t, st.settle("ops"))
	p := st.storm(t)
	st.answer(t, p)
	st.checkServed(t, p, 1)
}

// The process that asks is killed: another asks, within a second, and everybody but the dead is served.
func TestKilledAtThePrompt(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	p := st.storm(t)
	must(t, p.expect("MFA code of"))
	st.linedUp(t)
	holder := st.holder(t)
	killed := time.Now()
	must(t, syscall.Kill(holder, syscall.SIGKILL), p.expect("MFA code of"))
	if took := time.Since(killed); took > time.Second && !raced {
		t.Errorf("the next one asked after %v, want within 1 s", took)
	}
	code, err := st.code("ops")
	must(t, err, p.typed(code+"\r"))
	_, err = p.leave()
	must(t, err)
	codes, outs := st.outcome(t)
	if codes["0"] != crowd-1 || codes["137"] != 1 || len(outs) != 2 {
		t.Errorf("exit codes %v and %d different answers, want one 137, all others 0 and alike", codes, len(outs))
	}
	if token, role := st.calls("GetSessionToken"), st.calls("AssumeRole"); token != 1 || role != 1 {
		t.Errorf("%d GetSessionToken and %d AssumeRole calls, want 1 each", token, role)
	}
}

// holder is the pid of the process that holds a lock, from the record beside it.
func (st *stage) holder(t *testing.T) int {
	t.Helper()
	records, err := filepath.Glob(filepath.Join(st.home(), ".local/state/secaws/locks/*.json"))
	must(t, err)
	for _, record := range records {
		data, err := os.ReadFile(record)
		must(t, err)
		var r struct{ PID int }
		if json.Unmarshal(data, &r) == nil && r.PID > 0 && isWaiting(r.PID) {
			return r.PID
		}
	}
	t.Fatalf("no record of a lock names a holder: %v", records)
	return 0
}

func isWaiting(pid int) bool { return syscall.Kill(pid, 0) == nil }

// ^C at the prompt: everybody who waits fails, nobody asks again.
func TestInterruptFailsAll(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	p := st.storm(t)
	must(t, p.expect("MFA code of"))
	st.linedUp(t)
	must(t, p.typed("\x03"))
	_, err := p.leave()
	must(t, err)
	codes, outs := st.outcome(t)
	if codes["0"] > 0 || codes["130"] == 0 || codes["130"]+codes["1"] != crowd || len(outs) != 1 || outs[""] != crowd {
		t.Errorf("exit codes %v, %d answers; want 130 for the one who asked, 1 or 130 for all, and nothing on stdout", codes, len(outs))
	}
	if got := strings.Count(p.shown(), "MFA code of"); got != 1 {
		t.Errorf("%d prompts, want 1", got)
	}
	if got := st.calls("GetSessionToken"); got != 0 {
		t.Errorf("%d calls, want none", got)
	}
}

// A background job with a terminal fails at once, and holds no lock: the one in the foreground is served meanwhile.
func TestBackgroundJobHoldsNothing(t *testing.T) {
	needsProgram(t, "bash")
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	cmd := st.command("bash", "-mc", `secaws credential-process Ops >bg.out 2>bg.err & wait $!; echo background $?; secaws credential-process Ops >fg.out; echo foreground $?`)
	p, err := sitDown(cmd)
	must(t, err, p.expect("background 1"), p.expect("MFA code of"))
	code, err := st.code("ops")
	must(t, err, p.typed(code+"\r"), p.expect("foreground 0"))
	_, err = p.leave()
	must(t, err)
	if out, _ := os.ReadFile(filepath.Join(st.root, "bg.out")); len(out) > 0 {
		t.Errorf("the background job wrote %q", out)
	}
}
