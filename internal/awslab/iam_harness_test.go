package awslab

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// iamStage is a lab with IAM clients for it. Its clock stands still until Advance,
// so that a TOTP step never ends in the middle of a test.
type iamStage struct {
	*testing.T
	lab   *Lab
	url   string
	admin *iam.Client // bootstrap user of the admin account
}

var ctx = context.Background()

func newIAMStage(t *testing.T, o Options) *iamStage {
	t.Helper()
	start := time.Now()
	o.Clock = func() time.Time { return start }
	lab, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(lab.Handler())
	t.Cleanup(server.Close)
	s := &iamStage{T: t, lab: lab, url: server.URL}
	s.admin = s.client(s.profile("secure-aws-admin"))
	return s
}

// profile returns the credentials the seed made under a name.
func (s *iamStage) profile(name string) aws.Credentials {
	s.Helper()
	for _, p := range s.lab.Profiles() {
		if p.Name == name {
			return aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.Secret}
		}
	}
	s.Fatalf("the lab has no profile %q", name)
	return aws.Credentials{}
}

// client returns an IAM client that asks once and does not try again.
func (s *iamStage) client(creds aws.Credentials) *iam.Client {
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return creds, nil }),
	})
}

// newUser makes a user of the admin account with an access key and, unless it is "", an inline policy.
func (s *iamStage) newUser(name, document string) *iam.Client {
	s.Helper()
	must(s, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: &name})))
	if document != "" {
		must(s, one(s.admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &document})))
	}
	return s.client(s.newKey(name))
}

func (s *iamStage) newKey(user string) aws.Credentials {
	s.Helper()
	out, err := s.admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &user})
	must(s, err)
	return aws.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

// sessionWith returns the credentials of a session made with an MFA code.
func (s *iamStage) sessionWith(key aws.Credentials, serial, code string) aws.Credentials {
	s.Helper()
	client := sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
	})
	out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: &code})
	must(s, err)
	c := out.Credentials
	return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}

// rawAnswer is an answer of the query protocol, unparsed.
type rawAnswer struct {
	status        int
	body          string
	code, message string // of an error
}

// ask sends a signed query request past the SDK, which would refuse to send some of them.
func (s *iamStage) ask(creds aws.Credentials, name string, params url.Values) rawAnswer {
	s.Helper()
	form := url.Values{"Action": {name}, "Version": {"2010-05-08"}}
	for key, values := range params {
		form[key] = values
	}
	body := form.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(body))
	must(s, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	hash := sha256.Sum256([]byte(body))
	must(s, v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(hash[:]), "iam", "us-east-1", time.Now()))
	resp, err := http.DefaultClient.Do(req)
	must(s, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(s, err)
	var e struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	must(s, xml.NewDecoder(bytes.NewReader(text)).Decode(&e))
	return rawAnswer{resp.StatusCode, string(text), e.Code, e.Message}
}

// one drops the answer of a call that is only expected to succeed, or to fail.
func one[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError is an error as a client sees it.
type wantError struct {
	status        int
	code, message string
}

// check compares err with what is wanted: nothing wrong, for the zero value.
func (want wantError) check(t testing.TB, what string, err error) {
	t.Helper()
	var got wantError
	var api smithy.APIError
	var resp *awshttp.ResponseError
	switch {
	case err == nil:
	case errors.As(err, &api) && errors.As(err, &resp):
		got = wantError{resp.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage()}
	default:
		t.Errorf("%s: %v", what, err)
		return
	}
	if got != want {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// step is one call of a story: its name tells what is tried.
type storyStep struct {
	name string
	err  error
	want wantError
}

func tell(t testing.TB, steps []storyStep) {
	t.Helper()
	for _, s := range steps {
		s.want.check(t, s.name, s.err)
	}
}

// Errors many stories end in.
func noSuch(message string) wantError   { return wantError{404, "NoSuchEntity", message} }
func exists(message string) wantError   { return wantError{409, "EntityAlreadyExists", message} }
func conflict(message string) wantError { return wantError{409, "DeleteConflict", message} }
func limit(message string) wantError    { return wantError{409, "LimitExceeded", message} }
func invalid(message string) wantError  { return wantError{400, "ValidationError", message} }

const (
	allowAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	allowS3   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	trustRoot = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`
)

// padded is a document of that many characters, white space aside.
func padded(size int) string {
	const head, tail = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:`, `","Resource":"*"}]}`
	return head + strings.Repeat("A", size-len(head)-len(tail)) + tail
}
