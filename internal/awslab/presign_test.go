package awslab

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// presigned returns a URL that the SDK has signed for some seconds; "" tells no time.
func (s *stage) presigned(k key, service, path, expires, hash string) string {
	s.t.Helper()
	u, err := url.Parse(s.server.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	if expires != "" {
		q := u.Query()
		q.Set("X-Amz-Expires", expires)
		u.RawQuery = q.Encode()
	}
	r, err := http.NewRequest("GET", u.String(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	creds := aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, hash, service, "us-west-2", s.clock(),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil {
		s.t.Fatal(err)
	}
	return signed
}

func (s *stage) get(url string) reply {
	s.t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.send(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func TestPresignedQueries(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	session := s.do(root, "sts", "GetSessionToken").key()
	const path = "/?Action=GetCallerIdentity&Version=2011-06-15"
	empty := sigv4.HashPayload(nil)
	minute := s.presigned(session, "sts", path, "60", empty)
	untold := s.presigned(root, "sts", path, "", empty)
	tests := []struct {
		name, url string
		after     time.Duration
		code      string
	}{
		{"at once", minute, 0, ""},
		{"altered", strings.Replace(minute, "GetCallerIdentity", "GetSessionToken", 1), 0, "SignatureDoesNotMatch"},
		{"longer than signed", strings.Replace(minute, "Expires=60", "Expires=600", 1), 0, "SignatureDoesNotMatch"},
		{"over a week", strings.Replace(minute, "Expires=60", "Expires=604801", 1), 0, "IncompleteSignature"},
		{"just before its end", minute, 59 * time.Second, ""},
		{"at its end", minute, time.Second, "SignatureDoesNotMatch"},
		{"untold, after 10 minutes", untold, 9 * time.Minute, ""},
		{"untold, after 15 minutes", untold, 5 * time.Minute, "SignatureDoesNotMatch"},
	}
	for _, test := range tests {
		s.wait(test.after)
		if a := s.get(test.url); a.code != test.code {
			t.Errorf("%s: %q %q, want %q", test.name, a.code, a.message, test.code)
		}
	}
}

func TestPresignedObjects(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	bucket(s, root, "presigned-1")
	good := s.presigned(root, "s3", "/presigned-1", "60", sigv4.UnsignedPayload)
	tests := []struct {
		name, url string
		after     time.Duration
		status    int
		code      string
	}{
		{"at once", good, 0, 200, ""},
		{"altered", strings.Replace(good, "/presigned-1", "/presigned-2", 1), 0, 403, "SignatureDoesNotMatch"},
		{"unknown key", strings.Replace(good, root.id, "AKIAIOSFODNN7EXAMPLE", 1), 0, 403, "InvalidAccessKeyId"},
		{"no signature", strings.Replace(good, "X-Amz-Signature", "X-Amz-Sig", 1), 0, 400, "AuthorizationQueryParametersError"},
		{"over a week", strings.Replace(good, "Expires=60", "Expires=604801", 1), 0, 400, "AuthorizationQueryParametersError"},
		{"at its end", good, time.Minute, 403, "AccessDenied"},
	}
	for _, test := range tests {
		s.wait(test.after)
		if a := s.get(test.url); a.code != test.code || a.status != test.status {
			t.Errorf("%s: %d %q %q, want %d %q", test.name, a.status, a.code, a.message, test.status, test.code)
		}
	}
}

// bucket makes a bucket.
func bucket(s *stage, k key, name string) {
	s.t.Helper()
	body := `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>us-west-2</LocationConstraint></CreateBucketConfiguration>`
	a := s.object(k, "PUT", "/"+name, body, nil)
	if a.code != "" {
		s.t.Fatalf("bucket: %d %s %s", a.status, a.code, a.message)
	}
}

// object sends a signed request to S3. change may alter it, and its payload hash, before it is signed.
func (s *stage) object(k key, method, path, body string, change func(r *http.Request, hash *string)) reply {
	s.t.Helper()
	r, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	hash := sigv4.HashPayload([]byte(body))
	if change != nil {
		change(r, &hash)
	}
	if hash != "" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	s.sign(r, k, "s3", "us-west-2", hash, s.clock())
	a, err := s.send(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func TestObjectSignatures(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	expired := s.do(root, "sts", "GetSessionToken", "DurationSeconds", "900").key()
	s.wait(15 * time.Minute)
	session := s.do(root, "sts", "GetSessionToken", "DurationSeconds", "900").key()
	bucket(s, root, "signatures")
	payload := func(to string) func(*http.Request, *string) {
		return func(_ *http.Request, hash *string) { *hash = to }
	}
	header := func(name, value string) func(*http.Request, *string) {
		return func(r *http.Request, _ *string) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name   string
		key    key
		change func(*http.Request, *string)
		status int
		code   string
	}{
		{"well", root, nil, 200, ""},
		{"session", session, nil, 200, ""},
		{"payload not signed", root, payload(sigv4.UnsignedPayload), 200, ""},
		{"hash of another payload", root, payload(sigv4.HashPayload([]byte("x"))), 400, "XAmzContentSHA256Mismatch"},
		{"no hash", root, payload(""), 400, "InvalidRequest"},
		{"hash out of form", root, payload("none"), 400, "InvalidArgument"},
		{"checksum", root, header("X-Amz-Checksum-Crc32", "NhCmhg=="), 200, ""},
		{"wrong checksum", root, header("X-Amz-Checksum-Crc32", "AAAAAA=="), 400, "BadDigest"},
		{"MD5", root, header("Content-Md5", "XUFAKrxLKna5cZ2REBfFkg=="), 200, ""},
		{"wrong MD5", root, header("Content-Md5", "AAAAAAAAAAAAAAAAAAAAAA=="), 400, "BadDigest"},
		{"MD5 out of form", root, header("Content-Md5", "x"), 400, "InvalidDigest"},
		{"wrong secret", key{root.id, session.secret, ""}, nil, 403, "SignatureDoesNotMatch"},
		{"unknown key", key{"AKIAIOSFODNN7EXAMPLE", root.secret, ""}, nil, 403, "InvalidAccessKeyId"},
		{"no token", key{session.id, session.secret, ""}, nil, 403, "InvalidAccessKeyId"},
		{"foreign token", key{session.id, session.secret, expired.token}, nil, 400, "InvalidToken"},
		{"expired", expired, nil, 400, "ExpiredToken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if a := s.object(test.key, "PUT", "/signatures/k", "hello", test.change); a.status != test.status || a.code != test.code {
				t.Errorf("got %d %q %q, want %d %q", a.status, a.code, a.message, test.status, test.code)
			}
		})
	}
}

func TestObjectRequestsUnsignedOrLate(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	bucket(s, root, "signatures")
	send := func(k key, service, region string, at time.Time, after func(*http.Request)) reply {
		r, _ := http.NewRequest("GET", s.server.URL+"/signatures", nil)
		r.Header.Set("X-Amz-Content-Sha256", sigv4.HashPayload(nil))
		s.sign(r, k, service, region, sigv4.HashPayload(nil), at)
		after(r)
		a, err := s.send(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	nothing := func(*http.Request) {}
	tests := []struct {
		name   string
		reply  reply
		status int
		code   string
	}{
		{"well", send(root, "s3", "us-west-2", s.clock(), nothing), 200, ""},
		{"unsigned", s.get(s.server.URL + "/signatures"), 403, "AccessDenied"},
		{"6 minutes old", send(root, "s3", "us-west-2", s.clock().Add(-6*time.Minute), nothing), 403, "RequestTimeTooSkewed"},
		{"6 minutes ahead", send(root, "s3", "us-west-2", s.clock().Add(6*time.Minute), nothing), 403, "RequestTimeTooSkewed"},
		{"no such region", send(root, "s3", "mars-north-1", s.clock(), nothing), 400, "AuthorizationHeaderMalformed"},
		{"another service", send(root, "execute-api", "us-west-2", s.clock(), nothing), 400, "AuthorizationHeaderMalformed"},
		{"header that is not signed", send(root, "s3", "us-west-2", s.clock(), func(r *http.Request) { r.Header.Set("X-Amz-Acl", "private") }), 403, "AccessDenied"},
		{"version 2", send(root, "s3", "us-west-2", s.clock(), func(r *http.Request) { r.Header.Set("Authorization", "AWS "+root.id+":x") }), 400, "InvalidRequest"},
		{"out of form", send(root, "s3", "us-west-2", s.clock(), func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }), 400, "AuthorizationHeaderMalformed"},
	}
	for _, test := range tests {
		if test.reply.status != test.status || test.reply.code != test.code {
			t.Errorf("%s: %d %q %q, want %d %q", test.name, test.reply.status, test.reply.code, test.reply.message, test.status, test.code)
		}
	}
}

// S3 tells the region it expects, which clients sign anew for.
func TestS3ScopeErrors(t *testing.T) {
	tests := []struct {
		name          string
		at            target
		sig           sigv4.Signature
		code, message string
		region        string
	}{
		{"an endpoint override", target{"s3", ""}, sigv4.Signature{Service: "s3", Region: "eu-west-1"}, "", "", ""},
		{"the region's own host", target{"s3", "eu-west-1"}, sigv4.Signature{Service: "s3", Region: "eu-west-1"}, "", "", ""},
		{"another region's host", target{"s3", "us-west-2"}, sigv4.Signature{Service: "s3", Region: "us-east-1"},
			"AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'us-west-2'", "us-west-2"},
		{"no such region", target{"s3", ""}, sigv4.Signature{Service: "s3", Region: "mars-north-1"},
			"AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'mars-north-1' is wrong; expecting 'us-east-1'", "us-east-1"},
		{"another service", target{"s3", ""}, sigv4.Signature{Service: "ec2", Region: "us-east-1"},
			"AuthorizationHeaderMalformed", `The authorization header is malformed; incorrect service "ec2". This endpoint belongs to "s3".`, ""},
		{"in a URL", target{"s3", "us-west-2"}, sigv4.Signature{Service: "s3", Region: "us-east-1", Presigned: true},
			"AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'us-west-2'", "us-west-2"},
		{"version 2 has no region", target{"s3", "us-west-2"}, sigv4.Signature{Service: "s3", Legacy: true}, "", "", ""},
	}
	for _, test := range tests {
		e := &apiError{}
		if err := checkScope(test.at, &test.sig); err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		region := ""
		if len(e.Extra) > 0 {
			region = e.Extra[0].Value
		}
		if e.Code != test.code || e.Message != test.message || region != test.region {
			t.Errorf("%s: %s %q, region %q", test.name, e.Code, e.Message, region)
		}
	}
}
