//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// zoneFile is a landing zone of two accounts: enough for every step, and quick.
const zoneFile = `
region: us-west-2
identity: {name: admin, id: "111111111111", bootstrap: secure-aws-admin}
accounts:
  prod: {id: "444444444444", bootstrap: secure-aws-prod}
roles:
  Ops: {group: Operators, policies: [PowerUserAccess]}
  DevAdmin: {group: DevAdmins, policies: [ReadOnlyAccess]}
default_account: prod
`

// rehearsal is secaws in this process, over a folder of its own and a lab. It must be in a bubble of synctest, whose
// clock jumps when everybody waits: a minute takes no time.
type rehearsal struct {
	t     testing.TB
	root  string
	lab   *awslab.Lab
	wire  *wire
	last  string            // code that was typed
	typed map[string]string // what the person types at a question that begins so; else what is right

	shown string // on the terminal, in the last run
}

func newRehearsal(t testing.TB, o awslab.Options) *rehearsal {
	t.Helper()
	r := &rehearsal{t: t, root: t.TempDir()}
	r.wire = &wire{person: r}
	o.Seed = awslab.SeedLandingZone
	var err error
	r.lab, err = awslab.New(o)
	must(t, err, r.write(".config/secaws/settings.json", `{"backend":"file","hold":"off"}`), r.write(".config/secaws/blueprint.yaml", zoneFile))
	credentials := ""
	for _, p := range r.lab.Profiles() {
		if strings.HasPrefix(p.Name, "secure-aws-") {
			credentials += fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", p.Name, p.AccessKeyID, p.Secret)
		}
	}
	must(t, r.write(".aws/credentials", credentials))
	return r
}

func (r *rehearsal) write(name, text string) error {
	path := filepath.Join(r.root, name)
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
}

// env is what a run of secaws gets.
func (r *rehearsal) env(stdout, stderr io.Writer) *env {
	e := &env{
		stdin: strings.NewReader(""), stdout: stdout, stderr: stderr,
		environ: []string{"HOME=" + r.root, "SECAWS_FILE_PASSPHRASE=correct horse", "AWS_ENDPOINT_URL=http://127.0.0.1:1"},
		now:     time.Now, terminal: r, process: harmless{}, listen: func() {}, transport: r.wire,
		retryer: func() aws.Retryer { return retry.NewStandard() }, // the adaptive one cannot wait for less than a nanosecond
	}
	e.sts = e.newSTS
	return e
}

// run is one run of secaws, which meets what the wire has been told.
func (r *rehearsal) run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	r.shown = ""
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.wire.stop = cancel
	line := []string{"secaws"}
	for _, a := range args {
		if a == "KEY" || a == "INVITATION" { // files of ours
			a = filepath.Join(r.root, a)
		}
		line = append(line, a)
	}
	code = run(ctx, line, r.env(&out, &errs))
	return code, out.String(), errs.String()
}

// The person at the terminal.

func (r *rehearsal) Check() error { return nil }
func (r *rehearsal) Name() string { return "" }

func (r *rehearsal) Print(text string) error {
	r.shown += text
	return nil
}

func (r *rehearsal) Ask(ctx context.Context, question string, _ bool) (string, error) {
	if ctx.Err() != nil || r.wire.dead {
		return "", session.ErrCanceled
	}
	r.shown += question
	for begin, answer := range r.typed {
		if strings.HasPrefix(question, begin) {
			if answer == "^C" {
				return "", session.ErrCanceled
			}
			return answer, nil
		}
	}
	if name, asked := strings.CutPrefix(question, "Remove the user "); asked {
		name, _, _ = strings.Cut(name, " ")
		return name, nil
	}
	if strings.Contains(question, "code") {
		return r.code(ctx)
	}
	return "", errors.New("nobody knows the answer to: " + question)
}

// code is one that the phone shows next.
func (r *rehearsal) code(ctx context.Context) (string, error) {
	for {
		code, err := r.lab.TOTP(rehearsed)
		if err != nil || !code.Used && code.Digits != r.last {
			r.last = code.Digits
			return code.Digits, err
		}
		select {
		case <-time.After(code.Left):
		case <-ctx.Done():
			return "", session.ErrCanceled
		}
	}
}

// rehearsed is the user whom rehearsals are about.
const rehearsed = "eve"

// keychain is the person's, as it is now.
func (r *rehearsal) keychain() *keyring.Keyring {
	r.t.Helper()
	ring, err := r.env(io.Discard, io.Discard).keyring()
	must(r.t, err)
	return ring
}

// client is an administrator's, past the wire.
func (r *rehearsal) client() *iam.Client {
	for _, p := range r.lab.Profiles() {
		if p.Name == "secure-aws-admin" {
			return iam.New(iam.Options{
				Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), HTTPClient: &http.Client{Transport: &wire{person: r}},
				Credentials: static(aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.Secret}),
			})
		}
	}
	r.t.Fatal("no administrator")
	return nil
}

// user is what IAM has of the user.
func (r *rehearsal) user() provision.Person {
	r.t.Helper()
	p, err := provision.ReadPerson(context.Background(), r.client(), rehearsed)
	must(r.t, err)
	return p
}

// works tells whether the key in the keychain is a working one of the user.
func (r *rehearsal) works() bool {
	info, err := r.keychain().Info(context.Background(), rehearsed)
	if err != nil {
		return false
	}
	for _, k := range r.user().Keys {
		if k.ID == info.ID && k.Active {
			return true
		}
	}
	return false
}

// snapshot is what the lab has below a path.
func (r *rehearsal) snapshot(path string) []string {
	var lines []string
	for at, value := range r.lab.Snapshot() {
		if strings.HasPrefix(at, path) {
			lines = append(lines, at+" = "+value)
		}
	}
	return lines
}

// whole fails the test unless the user is as one should be: a key, which works and is the keychain's, a device, and
// nothing that is nobody's.
func (r *rehearsal) whole() {
	r.t.Helper()
	p := r.user()
	if len(p.Keys) != 1 || !r.works() {
		r.t.Errorf("keys %+v; one that works in the keychain: %v", p.Keys, r.works())
	}
	if len(p.Devices) != 1 || len(p.Unassigned) > 0 {
		r.t.Errorf("devices %v, and nobody's %v", p.Devices, p.Unassigned)
	}
	infos, err := r.keychain().List(context.Background())
	if err != nil || len(infos) != 1 {
		r.t.Errorf("the keychain has %v, %v", infos, err)
	}
}

// finished is whole, with no mark or right of the enrolment left.
func (r *rehearsal) finished() {
	r.t.Helper()
	r.whole()
	if p := r.user(); p.Enrolling || len(p.Policies) > 0 {
		r.t.Errorf("enrolling %v, policies %v", p.Enrolling, p.Policies)
	}
}

// fault is what a wire does to a call.
type fault string

const (
	faultNone     fault = ""
	faultRefused  fault = "refused"   // an error that is not worth a retry; nothing done
	faultThrottle fault = "throttled" // too many calls; nothing done
	faultLost     fault = "lost"      // done, and the answer lost
	faultKilled   fault = "killed"    // done, and the program dies
	faultDead     fault = "dead"      // the program dies before the call
	faultStop     fault = "stopped"   // ^C during the call, which is done
)

var faults = []fault{faultRefused, faultThrottle, faultLost, faultKilled, faultDead, faultStop}

// died is a call of a program that is no more. Nothing repeats it.
type died struct{}

func (died) Error() string       { return "killed" }
func (died) CanceledError() bool { return true }

// wire carries the calls of one run to the lab and does to the nth what fault says.
type wire struct {
	person *rehearsal

	mu    sync.Mutex
	calls []string // the actions
	at    int      // 1 is the first; 0: none
	fault fault
	dead  bool
	stop  func()
}

// meet begins a new run, which meets the fault at its nth call.
func (w *wire) meet(n int, f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.at, w.fault, w.dead = nil, n, f, false
}

// RoundTrip answers one call.
func (w *wire) RoundTrip(in *http.Request) (*http.Response, error) {
	if err := in.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	hit, dead := w.count(string(body))
	switch {
	case dead, hit == faultDead:
		return nil, died{}
	case hit == faultRefused:
		return refusal(in, http.StatusForbidden, "AccessDenied"), nil
	case hit == faultThrottle:
		return refusal(in, http.StatusBadRequest, "Throttling"), nil
	}
	r := httptest.NewRequest(in.Method, in.URL.RequestURI(), bytes.NewReader(body))
	r.Header, r.Host, r.RemoteAddr = in.Header.Clone(), in.URL.Host, "127.0.0.1:2"
	out := httptest.NewRecorder()
	w.person.lab.Handler().ServeHTTP(out, r)
	switch hit {
	case faultLost:
		return nil, io.ErrUnexpectedEOF
	case faultKilled:
		return nil, died{}
	case faultStop:
		w.stop()
	}
	return out.Result(), nil
}

func (w *wire) count(body string) (hit fault, dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return "", true
	}
	_, action, _ := strings.Cut(body, "Action=")
	action, _, _ = strings.Cut(action, "&")
	w.calls = append(w.calls, action)
	if len(w.calls) != w.at {
		return "", false
	}
	w.dead = w.fault == faultKilled || w.fault == faultDead
	return w.fault, false
}

func refusal(r *http.Request, status int, code string) *http.Response {
	text := "<ErrorResponse><Error><Code>" + code + "</Code><Message>the wire says so</Message></Error></ErrorResponse>"
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}
}
