package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/internal/awslab"
)

// stage is a world whose AWS is a lab with the landing zone in it.
type stage struct {
	*world
	lab    *awslab.Lab
	server *httptest.Server
	signer Signer
	seen   int
}

// labSigner signs with a key of the lab.
type labSigner struct{ id, secret string }

func (s labSigner) SignHTTP(ctx context.Context, _ aws.Credentials, r *http.Request, hash, service, region string, at time.Time, optFns ...func(*v4.SignerOptions)) error {
	return v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: s.id, SecretAccessKey: s.secret}, r, hash, service, region, at, optFns...)
}

// newStage is for the user called ops, whose machine's clock lags behind the lab's.
func newStage(t *testing.T, behind time.Duration) *stage {
	t.Helper()
	w := newWorld(t)
	lab, err := awslab.New(awslab.Options{Seed: awslab.SeedLandingZone, Clock: func() time.Time { return w.clock().Add(behind) }})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{world: w, lab: lab, server: httptest.NewServer(lab.Handler())}
	t.Cleanup(s.server.Close)
	for _, p := range lab.Profiles() {
		if p.Name == "ops" {
			w.info = KeyInfo{Name: "ops", ID: p.AccessKeyID, User: p.User, Account: p.Account}
			s.signer = labSigner{p.AccessKeyID, p.Secret}
		}
	}
	w.answer = func(context.Context, MFAPrompt) (string, error) {
		code, err := lab.TOTP("ops")
		return code.Digits, err
	}
	return s
}

// Signer replaces the world's, which cannot sign.
func (s *stage) Signer(context.Context, string) (Signer, error) { return s.signer, nil }

func (s *stage) retriever() *Retriever {
	client, err := NewHTTPClient("")
	if err != nil {
		s.t.Fatal(err)
	}
	r := s.world.retriever()
	r.Keys = s
	r.STS = func(c Caller) STS { return NewSTS(ClientConfig{c, client}) }
	return r
}

func (s *stage) profile() Profile {
	return Profile{
		Name: "Ops", Key: "ops", Region: "us-west-2", RoleARN: "arn:aws:iam::444444444444:role/Ops", MFASerial: device,
		Endpoint: s.server.URL, EndpointFrom: "the test",
	}
}

// since lists the calls the lab answered since the last time.
func (s *stage) since() []string {
	var lines []string
	for _, c := range s.lab.Calls()[s.seen:] {
		lines = append(lines, c.Action+" "+c.Outcome)
	}
	s.seen += len(lines)
	return lines
}

func (s *stage) wantCalls(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.since()); diff != "" {
		s.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func (s *stage) get(p Profile) Session {
	s.t.Helper()
	got, err := s.retriever().Retrieve(s.t.Context(), p)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// whoami asks the lab whose the credentials are.
func (s *stage) whoami(got Session) string {
	s.t.Helper()
	client, err := NewHTTPClient("")
	if err != nil {
		s.t.Fatal(err)
	}
	caller := Caller{Session: got, Region: "us-west-2", Endpoint: s.server.URL, Clock: NewClock(s.clock, got.Offset)}
	out, err := NewSTS(ClientConfig{caller, client}).GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *out.Arn
}

func TestLabRoleWithMFA(t *testing.T) {
	s := newStage(t, 0)
	cold := s.get(s.profile())
	s.wantCalls("GetSessionToken OK", "AssumeRole OK")
	if got := s.whoami(cold); got != "arn:aws:sts::444444444444:assumed-role/Ops/ops" {
		t.Errorf("the credentials are those of %s", got)
	}
	s.since()
	if warm := s.get(s.profile()); warm.Credentials != cold.Credentials {
		t.Error("warm credentials differ from cold ones")
	}
	other := s.profile()
	other.RoleARN = "arn:aws:iam::333333333333:role/Ops"
	s.get(other)
	s.wantCalls("AssumeRole OK")
	if len(s.prompts) != 1 {
		t.Errorf("%d prompts, want 1", len(s.prompts))
	}
}

func TestLabChainAndDirect(t *testing.T) {
	s := newStage(t, 0)
	direct := s.profile()
	direct.Direct = true
	if got := s.whoami(s.get(direct)); got != "arn:aws:sts::444444444444:assumed-role/Ops/ops" {
		t.Errorf("the credentials are those of %s", got)
	}
	s.wantCalls("AssumeRole OK", "GetCallerIdentity OK")
	s.pass(30 * time.Second)
	long := s.profile()
	long.Duration = 12 * time.Hour
	_, err := s.retriever().Retrieve(t.Context(), long)
	if !isKind(err, TooLong) {
		t.Errorf("12 h of a role of 1 h: %v", err)
	}
}

func TestLabRefusals(t *testing.T) {
	tests := []struct {
		name string
		edit func(*stage, *Profile)
		kind Kind
		hint string
	}{
		{"no MFA", func(_ *stage, p *Profile) { p.MFASerial = "" }, Denied, "the role may ask for MFA (set mfa_serial = the device's ARN)"},
		{"another session name", func(_ *stage, p *Profile) { p.RoleSessionName = "someone" }, Denied, "session name ops (role_session_name)"},
		{"no such role", func(_ *stage, p *Profile) { p.RoleARN = "arn:aws:iam::444444444444:role/None" }, Denied, "trust policy"},
		{"a role of others", func(_ *stage, p *Profile) { p.RoleARN = "arn:aws:iam::444444444444:role/Admin" }, Denied, "sts:AssumeRole"},
		{"another's device", func(_ *stage, p *Profile) { p.MFASerial = "arn:aws:iam::111111111111:mfa/dev" }, WrongSerial, "mfa/dev"},
		{"wrong key id", func(s *stage, _ *Profile) { s.signer = labSigner{"AKIAAAAAAAAAAAAAAAAA", "x"} }, WrongKey, "secaws add ops"},
		{"wrong secret", func(s *stage, _ *Profile) { s.signer = labSigner{s.info.ID, "x"} }, WrongSecret, "secaws add ops"},
		{"throttled for good", func(s *stage, _ *Profile) { _ = s.lab.SetFaults("*=throttle") }, Throttled, "again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, 0)
			p := s.profile()
			tt.edit(s, &p)
			_, err := s.retriever().Retrieve(t.Context(), p)
			var failure *Error
			if !errors.As(err, &failure) || failure.Kind != tt.kind || !strings.Contains(failure.Hint(), tt.hint) {
				t.Fatalf("error %v, want kind %q and hint %q", err, tt.kind, tt.hint)
			}
		})
	}
}

// A code that another machine used is refused by AWS, and the next one is asked for.
func TestLabCodeUsedElsewhere(t *testing.T) {
	s := newStage(t, 0)
	s.get(*baseOf(s.profile()))
	s.blobs, s.info.LastCode = map[string][]byte{}, "" // as on another machine
	show := s.answer
	s.answer = func(ctx context.Context, ask MFAPrompt) (string, error) {
		if ask.Attempt == 2 {
			s.pass(ask.Wait)
		}
		return show(ctx, ask)
	}
	s.get(*baseOf(s.profile()))
	s.wantCalls("GetSessionToken OK", "GetSessionToken AccessDenied", "GetSessionToken OK")
}

func baseOf(p Profile) *Profile {
	p.RoleARN = ""
	return &p
}

// The answer that held the session is lost: the code is gone, and only that.
func TestLabAnswerLost(t *testing.T) {
	s := newStage(t, 0)
	if err := s.lab.SetFaults("GetSessionToken:1=drop"); err != nil {
		t.Fatal(err)
	}
	show := s.answer
	s.answer = func(ctx context.Context, ask MFAPrompt) (string, error) {
		s.pass(ask.Wait)
		return show(ctx, ask)
	}
	s.get(s.profile())
	if len(s.prompts) != 2 || s.prompts[1].Problem != problemWrong {
		t.Errorf("prompts %+v, want a second one for the code that was used up", s.prompts)
	}
}

// Sessions that end early, by a revocation or AWS's own clock, are made again.
func TestLabSessionEndedEarly(t *testing.T) {
	s := newStage(t, 0)
	s.get(*baseOf(s.profile()))
	s.lab.AgeSessions(13 * time.Hour)
	s.pass(codeStep)
	s.since()
	s.get(s.profile())
	s.wantCalls("AssumeRole ExpiredToken", "GetSessionToken OK", "AssumeRole OK")
}

// A wrong clock against a server that checks signatures: one refusal, then all is well,
// and the next run needs no network at all.
func TestLabUnderSkew(t *testing.T) {
	for hour := -24; hour <= 24; hour++ {
		t.Run(fmt.Sprintf("%+d h", hour), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, time.Duration(hour)*time.Hour)
			p := *baseOf(s.profile())
			first := s.get(p)
			want := []string{"GetSessionToken SignatureDoesNotMatch", "GetSessionToken OK"}
			if hour == 0 {
				want = want[1:]
			}
			s.wantCalls(want...)
			if left := first.Expires.Sub(s.clock().Add(time.Duration(hour) * time.Hour)); left < 11*time.Hour {
				t.Errorf("%v left by AWS's clock", left)
			}
			s.get(p)
			s.wantCalls()
			s.get(s.profile()) // signed with the time that the session remembers
			s.wantCalls("AssumeRole OK")
		})
	}
}

func TestLabHundredColdStarts(t *testing.T) {
	s := newStage(t, 0)
	show := s.answer
	asked, answered := make(chan struct{}, 100), make(chan struct{})
	s.answer = func(ctx context.Context, ask MFAPrompt) (string, error) {
		asked <- struct{}{}
		<-answered
		return show(ctx, ask)
	}
	results := make(chan Session, 100)
	for range 100 {
		go func() {
			got, err := s.retriever().Retrieve(t.Context(), s.profile())
			if err != nil {
				t.Error(err)
			}
			results <- got
		}()
	}
	<-asked
	s.until("the others wait", func() bool { return s.waiters() == 99 })
	close(answered)
	first := <-results
	for range 99 {
		if got := <-results; got.Credentials != first.Credentials {
			t.Error("two runs got different credentials")
		}
	}
	s.wantCalls("GetSessionToken OK", "AssumeRole OK")
}
