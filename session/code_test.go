package session

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers gives the codes in turn, and the last one for ever.
func (w *world) answers(codes ...string) {
	w.answer = func(context.Context, MFAPrompt) (string, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		code := codes[min(len(w.prompts), len(codes))-1]
		return code, nil
	}
}

func TestWrongCodeIsAskedForAgain(t *testing.T) {
	w := newWorld(t)
	w.answers("000000", "12345", "123 456")
	w.now = w.now.Add(10 * time.Second)
	w.retrieve(w.mfaRole())
	w.wantCalls("GetSessionToken 000000", "GetSessionToken 123456", "AssumeRole role/Ops by ASIA1")
	want := []MFAPrompt{
		{Profile: "Ops", Key: "ops", Serial: device, Attempt: 1},
		{Profile: "Ops", Key: "ops", Serial: device, Attempt: 2, Problem: problemWrong, Wait: 20 * time.Second},
		{Profile: "Ops", Key: "ops", Serial: device, Attempt: 3, Problem: "a code is six digits"},
	}
	if diff := cmp.Diff(want, w.prompts); diff != "" {
		t.Errorf("prompts (-want +got):\n%s", diff)
	}
	if w.signers != 1 {
		t.Errorf("the key was read %d times, want once", w.signers)
	}
}

func TestThreeWrongCodesEndIt(t *testing.T) {
	w := newWorld(t)
	w.answers("000000", "000001", "000002", "123456")
	_, err := w.retriever().Retrieve(t.Context(), w.mfaRole())
	if !isKind(err, WrongCode) || len(w.prompts) != 3 {
		t.Errorf("%v after %d prompts; want a wrong code after 3", err, len(w.prompts))
	}
	if w.info.LastCode != "" {
		t.Error("a code that AWS refused is remembered as used")
	}
}

func TestWrongSerialIsNotAWrongCode(t *testing.T) {
	w := newWorld(t)
	w.refuse = func(string) error {
		return apiError("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	_, err := w.retriever().Retrieve(t.Context(), w.mfaRole())
	if !isKind(err, WrongSerial) || len(w.prompts) != 1 {
		t.Fatalf("%v after %d prompts; want a wrong serial after 1", err, len(w.prompts))
	}
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), device) {
		t.Errorf("hint of %v does not name the serial", err)
	}
}

func TestUsedCodeIsNotSent(t *testing.T) {
	w := newWorld(t)
	w.retrieve(w.mfaRole())
	w.takeCalls()
	w.now = w.now.Add(7 * time.Second)
	direct := w.mfaRole()
	direct.Direct = true
	_, err := w.retriever().Retrieve(t.Context(), direct)
	var used *CodeError
	if !errors.As(err, &used) || !strings.Contains(err.Error(), "the next one comes in 23 s") {
		t.Errorf("error %v, want the seconds to the next code", err)
	}
	w.wantCalls()
	if got := w.prompts[len(w.prompts)-1]; got.Wait != 23*time.Second || got.Attempt != 3 {
		t.Errorf("last prompt %+v, want a wait of 23 s", got)
	}
	other := direct
	other.MFASerial = "arn:aws:iam::111111111111:mfa/second" // the same digits of another device
	w.retrieve(other)
	w.wantCalls("AssumeRole role/Ops 123456")
}

// A code may have been used when the connection broke, and not when there was none.
func TestCodeIsRememberedWhereAWSMayHaveTakenIt(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"taken", nil, true},
		{"denied for another reason", apiError("AccessDenied", "not authorized to perform: sts:GetSessionToken"), true},
		{"connection broke", &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, true},
		{"no connection", &net.OpError{Op: "dial", Err: io.ErrUnexpectedEOF}, false},
		{"no such host", &net.DNSError{IsNotFound: true}, false},
		{"bad key", apiError("InvalidClientTokenId", "invalid"), false},
		{"throttled", apiError("Throttling", "Rate exceeded"), false},
	}
	for _, tt := range tests {
		w := newWorld(t)
		w.refuse = func(string) error { return tt.err }
		_, _ = w.retriever().Retrieve(t.Context(), *w.mfaRole().Source)
		if got := w.info.LastCode != ""; got != tt.want {
			t.Errorf("%s: remembered %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestNobodyToAsk(t *testing.T) {
	tests := map[string]func(*Retriever, *world){
		"no prompter":       func(r *Retriever, _ *world) { r.Prompter = nil },
		"in the background": func(r *Retriever, _ *world) { r.CanPrompt = false },
		"no terminal at last": func(_ *Retriever, w *world) {
			w.answer = func(context.Context, MFAPrompt) (string, error) { return "", ErrNoTerminal }
		},
	}
	for name, edit := range tests {
		w := newWorld(t)
		r := w.retriever()
		edit(r, w)
		_, err := r.Retrieve(t.Context(), w.mfaRole())
		var refusal *NoTerminalError
		if !errors.As(err, &refusal) || !errors.Is(err, ErrNoTerminal) || refusal.Hint() != "in a terminal, run: secaws login Ops" {
			t.Errorf("%s: %v, want the way to a terminal", name, err)
		}
		if len(w.takeCalls()) != 0 {
			t.Errorf("%s: a call was made", name)
		}
		if name != "no terminal at last" && w.signers != 0 {
			t.Errorf("%s: the key was read for nothing", name)
		}
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	w.answer = func(context.Context, MFAPrompt) (string, error) { return "", ErrCanceled }
	if _, err := w.retriever().Retrieve(t.Context(), w.mfaRole()); !errors.Is(err, ErrCanceled) || len(w.prompts) != 1 {
		t.Errorf("%v after %d prompts", err, len(w.prompts))
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.answer = func(ctx context.Context, _ MFAPrompt) (string, error) { cancel(); <-ctx.Done(); return "", ctx.Err() }
	if _, err := w.retriever().Retrieve(ctx, w.mfaRole()); !errors.Is(err, ErrCanceled) {
		t.Errorf("interrupted: %v, want ErrCanceled", err)
	}
	if len(w.blobs) != 0 || len(w.takeCalls()) != 0 {
		t.Error("something was left behind")
	}
}

// An interrupt after AWS took the code does not lose the session.
func TestInterruptAfterTheCodeKeepsTheSession(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.refuse = func(string) error { cancel(); return nil }
	_, _ = w.retriever().Retrieve(ctx, *w.mfaRole().Source)
	if len(w.blobs) != 1 {
		t.Fatalf("%d sessions stored, want 1", len(w.blobs))
	}
	w.refuse = nil
	w.takeCalls()
	w.retrieve(*w.mfaRole().Source)
	w.wantCalls()
}
