package provision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awslab"
)

// zone is a rehearsal cloud and what one run of secaws needs to work on it.
type zone struct {
	t     *testing.T
	lab   *awslab.Lab
	wire  *wire
	clock *clock
	site  Site
	b     configgen.Blueprint
	said  []string
	mu    sync.Mutex
}

// clock is the lab's and the program's. It goes on by itself and jumps when somebody sleeps.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	return ctx.Err()
}

func newZone(t *testing.T, o awslab.Options) *zone {
	t.Helper()
	z := &zone{t: t, clock: &clock{}, b: configgen.DefaultBlueprint()}
	o.Clock = z.clock.now
	var err error
	if z.lab, err = awslab.New(o); err != nil {
		t.Fatal(err)
	}
	z.wire = &wire{handler: z.lab.Handler(), names: map[string]string{}, counts: map[string]int{}}
	for _, p := range z.lab.Profiles() {
		z.wire.names[p.AccessKeyID] = p.Name
	}
	z.site = Site{
		Region: "us-west-2", HTTP: z.wire, Now: z.clock.now, Retryer: impatient,
		IAMEndpoint: "http://127.0.0.1:1", STSEndpoint: "http://127.0.0.1:1", S3Endpoint: "http://127.0.0.1:1",
	}
	return z
}

// impatient retries as the SDK does, without the pauses.
func impatient() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.RateLimiter, o.MaxAttempts = ratelimit.None, 4
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

func (z *zone) wait() Waiter { return Waiter{Sleep: z.clock.sleep, Say: z.say} }

func (z *zone) say(line string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.said = append(z.said, line)
}

func (z *zone) heard(part string) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	return strings.Contains(strings.Join(z.said, "\n"), part)
}

// sources are the bootstrap keys that the lab's seed made.
func (z *zone) sources(a configgen.Account) []Source {
	for _, p := range z.lab.Profiles() {
		if p.Name == a.Bootstrap {
			static := credentials.NewStaticCredentialsProvider(p.AccessKeyID, p.Secret, "")
			return []Source{func(context.Context) (Credentials, error) {
				return Credentials{Via: "bootstrap profile " + p.Name, Provider: static}, nil
			}}
		}
	}
	return nil
}

// open reaches the accounts and pins their ids.
func (z *zone) open(ctx context.Context) ([]Access, error) {
	open, err := z.site.OpenAll(ctx, z.b, z.sources, func(Access) {})
	z.b = Pinned(z.b, open)
	return open, err
}

// plan opens, reads and plans.
func (z *zone) plan(ctx context.Context, adopt bool) ([]Access, Changes, error) {
	open, err := z.open(ctx)
	if err != nil {
		return nil, Changes{}, err
	}
	states, err := ReadAll(ctx, z.b, open, nil)
	return open, Plan(z.b, states, PlanOptions{Adopt: adopt, Now: z.clock.now()}), err
}

// apply is one run of setup apply.
func (z *zone) apply(ctx context.Context, adopt bool) error {
	open, plan, err := z.plan(ctx, adopt)
	if err != nil {
		return err
	}
	if err := Apply(ctx, open, plan, Applying{Wait: z.wait()}); err != nil {
		return err
	}
	still := func(states []State) Changes { return Plan(z.b, states, PlanOptions{Adopt: adopt, Now: z.clock.now()}) }
	return Confirm(ctx, z.b, open, plan, still, z.wait())
}

// destroy is one run of setup destroy.
func (z *zone) destroy(ctx context.Context) error {
	open, err := z.open(ctx)
	if err != nil {
		return err
	}
	states, err := ReadAll(ctx, z.b, open, nil)
	if err != nil {
		return err
	}
	if err := z.verifier(open).Sweep(ctx, states); err != nil {
		return err
	}
	plan := PlanDestroy(states)
	if err := Apply(ctx, open, plan, Applying{Wait: z.wait()}); err != nil {
		return err
	}
	return Confirm(ctx, z.b, open, plan, PlanDestroy, z.wait())
}

func (z *zone) verifier(open []Access) *Verifier {
	n := 0
	return &Verifier{
		Blueprint: z.b, Site: z.site, Open: open, Wait: z.wait(), Now: z.clock.now, CodeStep: 30 * time.Second, Say: z.say,
		Suffix: func() string { z.mu.Lock(); defer z.mu.Unlock(); n++; return fmt.Sprintf("x%d", n) },
	}
}

// verify is one run of setup verify.
func (z *zone) verify(ctx context.Context) ([]Check, error) {
	open, err := z.open(ctx)
	if err != nil {
		return nil, err
	}
	return z.verifier(open).Verify(ctx)
}

func (z *zone) mustApply() {
	z.t.Helper()
	if err := z.apply(context.Background(), false); err != nil {
		z.t.Fatal(err)
	}
}

// mustBeDone fails the test unless a new plan is empty.
func (z *zone) mustBeDone() {
	z.t.Helper()
	_, plan, err := z.plan(context.Background(), false)
	if err != nil {
		z.t.Fatal(err)
	}
	for _, c := range plan.List {
		z.t.Errorf("still to do: %s %s %s", c.Account, c.Op, c.What)
	}
	for _, c := range plan.Conflicts {
		z.t.Errorf("conflict: %s %s: %s", c.Account, c.What, c.Why)
	}
}

// fault is what a wire does to one call.
type fault string

const (
	faultNone     fault = ""
	faultRefused  fault = "refused"   // an error that is not worth a retry, nothing done
	faultThrottle fault = "throttled" // too many calls, nothing done
	faultLost     fault = "lost"      // done, and the answer lost
	faultKilled   fault = "killed"    // done, and the program dies
	faultDead     fault = "dead"      // the program dies before the call
	faultStop     fault = "stopped"   // the person presses ^C during the call
)

var errKilled = errors.New("killed")

// wire carries the calls of one program to the lab, counts them and does to the nth what fault says.
type wire struct {
	handler http.Handler

	mu     sync.Mutex
	names  map[string]string // access key id → whose it is; others are "probe"
	counts map[string]int    // calls by whose key they are signed with
	reads  map[place]bool    // those of them that change nothing
	calls  int
	now    int // calls under way
	most   int // the most there were at once
	at     place
	fault  fault
	dead   bool
	bodies []string
	stop   func() // what ^C does
}

// place is one call of a program: the nth that is signed by one caller. A caller's calls come one after the other, so
// the same place is the same call in every run, whatever other callers do meanwhile.
type place struct {
	caller string
	nth    int
}

// Do answers one call.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	hit, dead := w.count(r, string(body))
	defer w.done()
	switch {
	case dead, hit == faultDead:
		return nil, errKilled
	case hit == faultRefused:
		return answer(r, http.StatusForbidden, "AccessDenied"), nil
	case hit == faultThrottle:
		return answer(r, http.StatusBadRequest, "Throttling"), nil
	}
	out := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.Body, in.RequestURI, in.RemoteAddr = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI(), "127.0.0.1:2"
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	w.handler.ServeHTTP(out, in)
	switch hit {
	case faultLost:
		return nil, io.ErrUnexpectedEOF
	case faultKilled:
		return nil, errKilled
	case faultStop:
		w.stop()
		if err := r.Context().Err(); err != nil { // while it cleans up the program goes on
			return nil, err
		}
	}
	return out.Result(), nil
}

func (w *wire) count(r *http.Request, body string) (hit fault, dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	w.now++
	w.most = max(w.most, w.now)
	w.bodies = append(w.bodies, body)
	if w.dead {
		return "", true
	}
	caller := w.caller(r)
	w.counts[caller]++
	if w.reads == nil {
		w.reads = map[place]bool{}
	}
	_, action, _ := strings.Cut(body, "Action=")
	w.reads[place{caller, w.counts[caller]}] = strings.HasPrefix(action, "List") || strings.HasPrefix(action, "Get")
	if w.at != (place{caller, w.counts[caller]}) {
		return "", false
	}
	w.dead = w.fault == faultKilled || w.fault == faultDead
	return w.fault, false
}

func (w *wire) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now--
}

// caller tells whose key signed.
func (w *wire) caller(r *http.Request) string {
	_, id, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	id, _, _ = strings.Cut(id, "/")
	if name := w.names[id]; name != "" {
		return name
	}
	return "probe"
}

// reset begins a new program, which meets the fault at that place.
func (w *wire) reset(at place, f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.counts, w.at, w.fault, w.dead, w.bodies, w.reads = 0, map[string]int{}, at, f, false, nil, nil
}

// places are the calls made since the last reset.
func (w *wire) places() []place {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []place
	for _, caller := range sortedKeys(w.counts) {
		for n := range w.counts[caller] {
			all = append(all, place{caller, n + 1})
		}
	}
	return all
}

func answer(r *http.Request, status int, code string) *http.Response {
	text := "<ErrorResponse><Error><Code>" + code + "</Code><Message>the wire says so</Message></Error></ErrorResponse>"
	if !strings.Contains(r.Header.Get("Authorization"), "/iam/") && !strings.Contains(r.Header.Get("Authorization"), "/sts/") {
		text = "<Error><Code>" + code + "</Code><Message>the wire says so</Message></Error>"
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}
}

// rootSTS answers GetCallerIdentity as for a root user.
type rootSTS struct{}

func (rootSTS) Do(r *http.Request) (*http.Response, error) {
	text := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::444444444444:root</Arn><UserId>444444444444</UserId><Account>444444444444</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}
