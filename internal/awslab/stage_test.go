package awslab

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// stage is a lab on a server, with a clock that only tests move. Its calls are signed
// by the AWS SDK at that clock's time.
type stage struct {
	*Lab
	t      testing.TB
	server *httptest.Server

	mu  sync.Mutex
	now time.Time
}

// key is a set of credentials; token is "" for a long-lived one.
type key struct{ id, secret, token string }

func newStage(t testing.TB, o Options) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	o.Clock = s.clock
	lab, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Lab, s.server = lab, httptest.NewServer(lab.Handler())
	t.Cleanup(s.server.Close)
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// wait moves the clock.
func (s *stage) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// admin returns the key of the bootstrap user of an account.
func (s *stage) admin(account string) key {
	for _, p := range s.Profiles() {
		if p.Account == account && p.User == bootstrapUser {
			return key{p.AccessKeyID, p.Secret, ""}
		}
	}
	s.t.Fatalf("no bootstrap user in %s", account)
	return key{}
}

// request builds a signed request to a query service.
func (s *stage) request(k key, service, action string, pairs ...string) *http.Request {
	form := url.Values{"Action": {action}, "Version": {"2010-05-08"}}
	if service == "sts" {
		form.Set("Version", "2011-06-15")
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	body := form.Encode()
	r, err := http.NewRequest("POST", s.server.URL+"/", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	s.sign(r, k, service, "us-west-2", sigv4.HashPayload([]byte(body)), s.clock())
	return r
}

func (s *stage) sign(r *http.Request, k key, service, region, hash string, at time.Time) {
	creds := aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}
	err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hash, service, region, at,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil {
		s.t.Fatal(err)
	}
}

// reply is what came back. code is "" when the call was done.
type reply struct {
	status        int
	code, message string
	header        http.Header
	body          string
}

// text returns the content of the first element of that name.
func (a reply) text(element string) string {
	_, rest, found := strings.Cut(a.body, "<"+element+">")
	inner, _, closed := strings.Cut(rest, "</"+element+">")
	if !found || !closed {
		return ""
	}
	return inner
}

// key returns the credentials in a reply.
func (a reply) key() key {
	return key{a.text("AccessKeyId"), a.text("SecretAccessKey"), a.text("SessionToken")}
}

// send returns the answer to a request, and the error when there is none.
func (s *stage) send(r *http.Request) (reply, error) {
	response, err := s.server.Client().Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, response.Body); err != nil {
		return reply{}, err
	}
	a := reply{status: response.StatusCode, header: response.Header, body: body.String()}
	if a.status >= 300 {
		a.code, a.message = readError(body.Bytes())
	}
	return a, nil
}

// readError reads the errors of both protocols; both name their elements alike.
func readError(body []byte) (code, message string) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err != nil {
			return code, message
		}
		start, ok := token.(xml.StartElement)
		if ok && start.Name.Local == "Code" {
			d.DecodeElement(&code, &start)
		}
		if ok && start.Name.Local == "Message" {
			d.DecodeElement(&message, &start)
		}
	}
}

// try makes a call, done or refused.
func (s *stage) try(k key, service, action string, pairs ...string) reply {
	s.t.Helper()
	a, err := s.send(s.request(k, service, action, pairs...))
	if err != nil {
		s.t.Fatalf("%s: %v", action, err)
	}
	return a
}

// do makes a call that must be done.
func (s *stage) do(k key, service, action string, pairs ...string) reply {
	s.t.Helper()
	a := s.try(k, service, action, pairs...)
	if a.code != "" {
		s.t.Fatalf("%s: %d %s: %s", action, a.status, a.code, a.message)
	}
	return a
}

// refused makes a call that must fail with a code, and with text in its message.
func (s *stage) refused(code, text string, k key, service, action string, pairs ...string) reply {
	s.t.Helper()
	a := s.try(k, service, action, pairs...)
	if a.code != code || !strings.Contains(a.message, text) {
		s.t.Errorf("%s: %d %q %q, want %s with %q", action, a.status, a.code, a.message, code, text)
	}
	return a
}

// person is a user of the landing zone in the admin account.
func (s *stage) person(name string) key {
	for _, p := range s.Profiles() {
		if p.Account == adminAccount && p.User == name {
			return key{p.AccessKeyID, p.Secret, ""}
		}
	}
	s.t.Fatalf("no user %s", name)
	return key{}
}

// code is a code of a user's device that the lab has not taken yet: if need be, time passes.
func (s *stage) code(user string) string {
	s.t.Helper()
	code, err := s.TOTP(user)
	if err == nil && code.Used {
		s.wait(code.Left)
		code, err = s.TOTP(user)
	}
	if err != nil || code.Used {
		s.t.Fatalf("no code for %s: %+v, %v", user, code, err)
	}
	return code.Digits
}

func serialOf(user string) string { return "arn:aws:iam::" + adminAccount + ":mfa/" + user }
