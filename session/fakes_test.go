package session

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// world is all a Retriever touches, in memory: one machine, one person, one AWS.
type world struct {
	t *testing.T

	mu       sync.Mutex
	now      time.Time // of the machine
	uptime   time.Duration
	offset   time.Duration // AWS's clock less the machine's
	info     KeyInfo
	infoErr  error
	signers  int // reads of the key
	blobs    map[string][]byte
	loads    int
	saveErr  error
	locks    map[string]*fakeLock
	prompts  []MFAPrompt
	answer   func(context.Context, MFAPrompt) (string, error)
	calls    []string // "GetSessionToken 123456", "AssumeRole role/Ops by ASIA1"
	refuse   func(call string) error
	issued   int
	lifetime time.Duration // of what AWS issues, whatever was asked for; 0 = as asked
	notices  []string
	code     string // what AWS takes
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, now: noon, uptime: time.Hour, blobs: map[string][]byte{}, locks: map[string]*fakeLock{}, code: "123456",
		info: KeyInfo{Name: "ops", ID: "AKIAOPS", User: "ops", Account: "111111111111"},
	}
	w.answer = func(context.Context, MFAPrompt) (string, error) { return w.code, nil }
	return w
}

func (w *world) retriever() *Retriever {
	return &Retriever{
		Keys: w, Store: w, Prompter: w, STS: func(c Caller) STS { return &fakeSTS{w, c} }, Now: w.clock, CanPrompt: true,
		Notice: func(line string) { w.locked(func() { w.notices = append(w.notices, line) }) },
		Uptime: func() (d time.Duration) { w.locked(func() { d = w.uptime }); return d },
	}
}

func (w *world) locked(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *world) clock() (now time.Time) { w.locked(func() { now = w.now }); return now }

func (w *world) pass(d time.Duration) {
	w.locked(func() { w.now, w.uptime = w.now.Add(d), w.uptime+d })
}

func (w *world) takeCalls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// Keys.

func (w *world) Info(_ context.Context, name string) (KeyInfo, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name != w.info.Name {
		return KeyInfo{}, fmt.Errorf("no access key %q", name)
	}
	return w.info, w.infoErr
}

func (w *world) Signer(context.Context, string) (Signer, error) {
	w.locked(func() { w.signers++ })
	return noSigner{}, nil
}

func (w *world) UsedCode(_ context.Context, _, hash string, at time.Time) error {
	w.locked(func() { w.info.LastCode, w.info.LastCodeAt = hash, at })
	return nil
}

type noSigner struct{}

func (noSigner) SignHTTP(context.Context, aws.Credentials, *http.Request, string, string, string, time.Time, ...func(*v4.SignerOptions)) error {
	return nil
}

// Store.

func (w *world) Load(_ context.Context, id string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	return slices.Clone(w.blobs[id]), nil
}

func (w *world) Save(ctx context.Context, id string, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.saveErr == nil && ctx.Err() == nil {
		w.blobs[id] = slices.Clone(data)
	}
	return w.saveErr
}

func (w *world) Delete(_ context.Context, id string) error {
	w.locked(func() { delete(w.blobs, id) })
	return nil
}

func (w *world) IDs(context.Context) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.blobs)), nil
}

// fakeLock is handed on through a channel of one, with the outcome for who waited.
type fakeLock struct {
	free    chan string
	waiters int
}

func (w *world) Lock(ctx context.Context, id string, waiting func(string)) (func(string) error, string, error) {
	w.mu.Lock()
	l := w.locks[id]
	if l == nil {
		l = &fakeLock{free: make(chan string, 1)}
		l.free <- ""
		w.locks[id] = l
	}
	w.mu.Unlock()
	release := func(outcome string) error { l.free <- outcome; return nil }
	select {
	case <-l.free:
		return release, "", nil
	default:
	}
	w.locked(func() { l.waiters++ })
	defer w.locked(func() { l.waiters-- })
	waiting("pid 1 on /dev/pts/9")
	select {
	case previous := <-l.free:
		return release, previous, nil
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
}

func (w *world) waiters() (n int) {
	w.locked(func() {
		for _, l := range w.locks {
			n += l.waiters
		}
	})
	return n
}

// until polls for a condition that another goroutine brings about.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			w.t.Fatalf("not within 10 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// Prompter.

func (w *world) MFACode(ctx context.Context, ask MFAPrompt) (string, error) {
	w.locked(func() { w.prompts = append(w.prompts, ask) })
	return w.answer(ctx, ask)
}

// fakeSTS issues credentials by AWS's clock, for the right code.
type fakeSTS struct {
	w      *world
	caller Caller
}

func (s *fakeSTS) GetSessionToken(_ context.Context, in *sts.GetSessionTokenInput, _ ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error) {
	c, err := s.issue("GetSessionToken", in.TokenCode, in.DurationSeconds)
	return &sts.GetSessionTokenOutput{Credentials: c}, err
}

func (s *fakeSTS) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	name := (*in.RoleArn)[len("arn:aws:iam::333333333333:"):]
	c, err := s.issue("AssumeRole "+name, in.TokenCode, in.DurationSeconds)
	return &sts.AssumeRoleOutput{Credentials: c}, err
}

func (s *fakeSTS) issue(call string, code *string, wanted *int32) (*types.Credentials, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case code != nil:
		call += " " + *code
	case s.caller.Signer == nil:
		call += " by " + s.caller.Session.AccessKeyID
	}
	w.calls = append(w.calls, call)
	s.caller.Clock.offset.Store(int64(w.offset))
	if code != nil && *code != w.code {
		return nil, apiError("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	if w.refuse != nil {
		if err := w.refuse(call); err != nil {
			return nil, err
		}
	}
	w.issued++
	lifetime := orElse(w.lifetime, time.Duration(*wanted)*time.Second)
	return &types.Credentials{
		AccessKeyId: aws.String(fmt.Sprintf("ASIA%d", w.issued)), SecretAccessKey: aws.String("secret"), SessionToken: aws.String("token"),
		Expiration: aws.Time(w.now.Add(w.offset + lifetime)),
	}, nil
}

func apiError(code, message string) error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "X", Err: &smithy.GenericAPIError{Code: code, Message: message}}
}

func (w *world) mfaRole() Profile {
	return Profile{Name: "Ops", Key: "ops", RoleARN: roleOps, Region: "us-west-2", Source: &Profile{Name: "base", Key: "ops", MFASerial: device}}
}
