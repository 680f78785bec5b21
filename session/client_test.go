package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const sessionAnswer = `<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetSessionTokenResult><Credentials>
<AccessKeyId>ASIAHTTP</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2030-06-01T13:00:00Z</Expiration>
</Credentials></GetSessionTokenResult></GetSessionTokenResponse>`

func errorAnswer(code, message string) string {
	return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code +
		`</Code><Message>` + message + `</Message></Error><RequestId>1</RequestId></ErrorResponse>`
}

// keySigner signs as the keychain does: with a key of its own.
type keySigner struct {
	given aws.Credentials // what the SDK would have signed with
	place string
}

func (s *keySigner) SignHTTP(ctx context.Context, given aws.Credentials, r *http.Request, hash, service, region string, at time.Time, optFns ...func(*v4.SignerOptions)) error {
	s.given, s.place = given, service+"/"+region
	return v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: "AKIAREAL", SecretAccessKey: "real"}, r, hash, service, region, at, optFns...)
}

// post makes one call of GetSessionToken to a server and returns what came of it,
// translated as Retrieve would.
func post(t *testing.T, c Caller, server *httptest.Server) (*sts.GetSessionTokenOutput, error) {
	t.Helper()
	client, err := NewHTTPClient("")
	if err != nil {
		t.Fatal(err)
	}
	c.Endpoint, c.Region = server.URL, "us-west-2"
	out, err := NewSTS(ClientConfig{c, client}).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	if err != nil {
		run := &chain{Retriever: &Retriever{}, profile: Profile{Name: "Ops"}, info: KeyInfo{Name: "ops"}, steps: []Step{{Action: SessionToken}}, clock: orElse(c.Clock, NewClock(time.Now, 0))}
		return out, run.translate(err, 0)
	}
	return out, nil
}

func TestClientSignsWithTheSigner(t *testing.T) {
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		io.WriteString(w, sessionAnswer)
	}))
	defer server.Close()
	signer := &keySigner{}
	out, err := post(t, Caller{Signer: signer}, server)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Credentials.AccessKeyId != "ASIAHTTP" {
		t.Errorf("got %s", *out.Credentials.AccessKeyId)
	}
	authorization := header.Get("Authorization")
	if !strings.Contains(authorization, "Credential=AKIAREAL/") || !strings.Contains(authorization, "/us-west-2/sts/aws4_request") || signer.place != "sts/us-west-2" {
		t.Errorf("Authorization %q, signed for %s", authorization, signer.place)
	}
	if signer.given.AccessKeyID != "signer" || header.Get("X-Amz-Security-Token") != "" {
		t.Errorf("the SDK had credentials %q, token %q", signer.given.AccessKeyID, header.Get("X-Amz-Security-Token"))
	}
	session := Session{Credentials: aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: "s", SessionToken: "thetoken"}}
	if _, err = post(t, Caller{Session: session}, server); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(header.Get("Authorization"), "Credential=ASIASESSION/") || header.Get("X-Amz-Security-Token") != "thetoken" {
		t.Errorf("session: Authorization %q, token %q", header.Get("Authorization"), header.Get("X-Amz-Security-Token"))
	}
}

// skewed is an STS whose clock is off from this machine's, and that takes signatures
// within 15 minutes of it as AWS does.
func skewed(offset time.Duration, calls *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		now := time.Now().Add(offset).UTC()
		w.Header().Set("Date", now.Format(http.TimeFormat))
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		switch {
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		case signed.Before(now.Add(-15 * time.Minute)):
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, errorAnswer("SignatureDoesNotMatch", "Signature expired: x is now earlier than y (z - 15 min.)"))
		case signed.After(now.Add(15 * time.Minute)):
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, errorAnswer("SignatureDoesNotMatch", "Signature not yet current: x is still later than y"))
		default:
			io.WriteString(w, sessionAnswer)
		}
	}
}

// A clock off by up to a day costs one more call, and is measured.
func TestClientCorrectsTheClock(t *testing.T) {
	t.Parallel()
	for hour := -24; hour <= 24; hour++ {
		t.Run(fmt.Sprintf("%+d h", hour), func(t *testing.T) {
			t.Parallel()
			offset := time.Duration(hour) * time.Hour
			var calls atomic.Int32
			server := httptest.NewServer(skewed(offset, &calls))
			defer server.Close()
			clock := NewClock(time.Now, 0)
			if _, err := post(t, Caller{Signer: &keySigner{}, Clock: clock}, server); err != nil {
				t.Fatal(err)
			}
			want := int32(2)
			if hour == 0 {
				want = 1
			}
			if calls.Load() != want || (clock.Offset()-offset).Abs() > 2*time.Second {
				t.Errorf("%d calls, offset %v; want %d, %v", calls.Load(), clock.Offset(), want, offset)
			}
			if _, err := post(t, Caller{Signer: &keySigner{}, Clock: clock}, server); err != nil || calls.Load() != want+1 {
				t.Errorf("then %d calls more, %v; want 1", calls.Load()-want, err)
			}
		})
	}
}

func TestClientNamesSkewItCannotMend(t *testing.T) {
	for _, message := range []string{"Signature expired: x is now earlier than y", "Signature not yet current: x is still later than y"} {
		clientNamesSkew(t, message)
	}
}

func clientNamesSkew(t *testing.T, message string) {
	t.Helper()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("Date", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, errorAnswer("SignatureDoesNotMatch", message))
	}))
	defer server.Close()
	_, err := post(t, Caller{Signer: &keySigner{}, Clock: NewClock(time.Now, 0)}, server)
	if !isKind(err, ClockSkew) || !strings.Contains(err.Error(), "behind AWS's") || calls.Load() != 2 {
		t.Errorf("after %d calls: %v; want the skew after 2", calls.Load(), err)
	}
	var failure *Error
	if errors.As(err, &failure) && (failure.Skew-3*time.Hour).Abs() > 2*time.Second {
		t.Errorf("measured %v, want 3 h", failure.Skew)
	}
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status        int
		code, message string
		want          Kind
		calls         int32
	}{
		{403, "InvalidClientTokenId", "The security token included in the request is invalid.", WrongKey, 1},
		{403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", WrongSecret, 1},
		{403, "AccessDenied", "Cannot call GetSessionToken with session credentials", Denied, 1},
		{403, "ExpiredToken", "The security token included in the request is expired", Expired, 1},
		{400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", TooLong, 1},
		{403, "RegionDisabledException", "STS is not activated in this region for account:1.", NoRegion, 1},
		{400, "PackedPolicyTooLarge", "too large", Refused, 1},
		{400, "Throttling", "Rate exceeded", Throttled, 3},
		{500, "InternalFailure", "sorry", Unavailable, 3},
		{503, "ServiceUnavailable", "sorry", Unavailable, 3},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.WriteHeader(tt.status)
				io.WriteString(w, errorAnswer(tt.code, tt.message))
			}))
			defer server.Close()
			_, err := post(t, Caller{Signer: &keySigner{}}, server)
			if !isKind(err, tt.want) || calls.Load() != tt.calls {
				t.Errorf("%v after %d calls; want %s after %d", err, calls.Load(), tt.want, tt.calls)
			}
			if !strings.Contains(err.Error(), tt.message) || !strings.Contains(err.Error(), tt.code) {
				t.Errorf("error %q does not tell what AWS said", err)
			}
		})
	}
}

func TestClientFollowsNoRedirection(t *testing.T) {
	var trapped atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { trapped.Add(1) }))
	defer trap.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(trap.URL, status))
		if _, err := post(t, Caller{Signer: &keySigner{}}, server); err == nil {
			t.Errorf("%d: no error", status)
		}
		server.Close()
	}
	if trapped.Load() != 0 {
		t.Errorf("%d requests followed", trapped.Load())
	}
}

// An answer of 100 MiB is not read.
func TestClientRefusesHugeAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat("x", 1<<20))
		for range 100 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := post(t, Caller{Signer: &keySigner{}}, server)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("no error")
	}
	if grown := after.HeapSys - before.HeapSys; int64(grown) > 48<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
