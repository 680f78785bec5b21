package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd runs n retrievals of p at once and waits until all but the first queue up
// behind the prompt, which then gets code and err.
func (w *world) crowd(n int, p Profile, code string, err error) (sessions []Session, errs []error) {
	w.t.Helper()
	asked, answered := make(chan struct{}, n), make(chan struct{})
	w.answer = func(context.Context, MFAPrompt) (string, error) {
		asked <- struct{}{}
		<-answered
		return code, err
	}
	sessions, errs = make([]Session, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { sessions[i], errs[i] = w.retriever().Retrieve(w.t.Context(), p) })
	}
	<-asked
	w.until("all others wait", func() bool { return w.waiters() == n-1 })
	close(answered)
	all.Wait()
	return sessions, errs
}

func TestHundredColdStarts(t *testing.T) {
	w := newWorld(t)
	sessions, errs := w.crowd(100, w.mfaRole(), "123456", nil)
	for i, err := range errs {
		if err != nil || sessions[i].Credentials != sessions[0].Credentials {
			t.Fatalf("number %d: %v, %v; want what number 0 got", i, sessions[i], err)
		}
	}
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1")
	if len(w.prompts) != 1 {
		t.Errorf("%d prompts, want 1", len(w.prompts))
	}
}

// Terraform with many providers: a hundred different roles need one code.
func TestManyRolesOneCode(t *testing.T) {
	w := newWorld(t)
	asked := make(chan struct{}, 100)
	answered := make(chan struct{})
	w.answer = func(context.Context, MFAPrompt) (string, error) {
		asked <- struct{}{}
		<-answered
		return "123456", nil
	}
	var all sync.WaitGroup
	for i := range 40 {
		p := w.mfaRole()
		p.RoleARN = "arn:aws:iam::333333333333:role/R" + strings.Repeat("x", i)
		all.Go(func() {
			if _, err := w.retriever().Retrieve(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	<-asked
	w.until("all others wait", func() bool { return w.waiters() == 39 })
	close(answered)
	all.Wait()
	if n := len(w.takeCalls()); n != 41 || len(w.prompts) != 1 {
		t.Errorf("%d calls, %d prompts; want 41 and 1", n, len(w.prompts))
	}
}

// Whoever cancels, or types three wrong codes, does it for all who wait; who comes
// later is asked again.
func TestFailureAtThePromptFailsAllWhoWait(t *testing.T) {
	tests := []struct {
		name, code string
		err        error
		prompts    int
		outcome    string
		first      func(error) bool
	}{
		{"canceled", "", ErrCanceled, 1, outcomeCanceled, func(err error) bool { return errors.Is(err, ErrCanceled) }},
		{"three wrong codes", "000000", nil, 3, outcomeRefused, func(err error) bool { return isKind(err, WrongCode) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			_, errs := w.crowd(30, w.mfaRole(), tt.code, tt.err)
			firsts, passed := 0, 0
			for _, err := range errs {
				var p *PassedError
				switch {
				case errors.As(err, &p) && p.Outcome == tt.outcome:
					passed++
				case tt.first(err):
					firsts++
				default:
					t.Errorf("unexpected error %v", err)
				}
			}
			if firsts != 1 || passed != 29 || len(w.prompts) != tt.prompts {
				t.Errorf("%d failed themselves, %d with them, %d prompts; want 1, 29, %d", firsts, passed, len(w.prompts), tt.prompts)
			}
			w.answer = func(context.Context, MFAPrompt) (string, error) { return "123456", nil }
			w.retrieve(w.mfaRole())
		})
	}
}

// A failure that no prompt led to is everyone's own: nothing is hidden from them.
func TestFailureWithoutPromptIsNotPassedOn(t *testing.T) {
	w := newWorld(t)
	w.refuse = func(call string) error {
		if strings.HasPrefix(call, "Assume") {
			return apiError("AccessDenied", "not authorized")
		}
		return nil
	}
	_, errs := w.crowd(10, w.mfaRole(), "123456", nil)
	for _, err := range errs {
		if !isKind(err, Denied) {
			t.Errorf("error %v, want the denial itself", err)
		}
	}
	if len(w.prompts) != 1 {
		t.Errorf("%d prompts, want 1", len(w.prompts))
	}
}

// Who was killed at the prompt leaves nothing: the next one asks.
func TestKilledHolderHandsOn(t *testing.T) {
	w := newWorld(t)
	ids, err := w.retriever().Identities(t.Context(), w.mfaRole())
	if err != nil {
		t.Fatal(err)
	}
	release, _, err := w.Lock(t.Context(), ids[0], func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.retriever().Retrieve(t.Context(), w.mfaRole())
		done <- err
	}()
	w.until("it waits", func() bool { return w.waiters() == 1 })
	if err := release(""); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || len(w.prompts) != 1 {
		t.Errorf("%v with %d prompts", err, len(w.prompts))
	}
}

// One that cannot prompt gives up in time to say why; one that can waits.
func TestBackgroundWaiterGivesUp(t *testing.T) {
	w := newWorld(t)
	ids, err := w.retriever().Identities(t.Context(), w.mfaRole())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Lock(t.Context(), ids[0], func(string) {}); err != nil {
		t.Fatal(err)
	}
	r := w.retriever()
	r.CanPrompt, r.Patience = false, time.Millisecond
	_, err = r.Retrieve(t.Context(), w.mfaRole())
	var busy *BusyError
	if !errors.As(err, &busy) || busy.Holder != "pid 1 on /dev/pts/9" || busy.Hint() == "" {
		t.Errorf("error %v, want who holds the lock", err)
	}
	if got := strings.Join(w.notices, "\n"); !strings.Contains(got, "waiting for pid 1 on /dev/pts/9") {
		t.Errorf("told %q, want whom we wait for", got)
	}
}

// One that cannot prompt takes what another made meanwhile.
func TestBackgroundWaiterIsServed(t *testing.T) {
	w := newWorld(t)
	ids, err := w.retriever().Identities(t.Context(), w.mfaRole())
	if err != nil {
		t.Fatal(err)
	}
	release, _, err := w.Lock(t.Context(), ids[1], func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	r := w.retriever()
	r.CanPrompt = false
	done := make(chan error, 1)
	go func() {
		_, err := r.Retrieve(t.Context(), w.mfaRole())
		done <- err
	}()
	w.until("it waits", func() bool { return w.waiters() == 1 })
	rec := issued(time.Hour, 0, time.Hour)
	rec.KeyID, rec.RoleARN = "AKIAOPS", roleOps
	data, err := rec.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Save(t.Context(), ids[1], data); err != nil {
		t.Fatal(err)
	}
	if err := release(""); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || len(w.prompts) != 0 || len(w.calls) != 0 {
		t.Errorf("%v with %d prompts and %d calls", err, len(w.prompts), len(w.calls))
	}
}

// Even where the clock is so far ahead that all looks expired, those who waited take
// what was made while they did.
func TestCrowdUnderGreatSkew(t *testing.T) {
	w := newWorld(t)
	w.offset, w.uptime = -24*time.Hour, 0
	_, errs := w.crowd(20, w.mfaRole(), "123456", nil)
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(w.takeCalls()); n != 2 || len(w.prompts) != 1 {
		t.Errorf("%d calls, %d prompts; want 2 and 1", n, len(w.prompts))
	}
}
