package awslab

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// Each way a query request's signature can be wrong, in AWS's code, status and words.
func TestQuerySignatures(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	session := s.do(root, "sts", "GetSessionToken").key()
	other := s.do(root, "sts", "GetSessionToken").key()
	inactive := s.do(root, "iam", "CreateAccessKey").key()
	s.do(root, "iam", "UpdateAccessKey", "AccessKeyId", inactive.id, "Status", "Inactive")
	deleted := s.admin(prodAccount)
	s.do(deleted, "iam", "DeleteAccessKey", "AccessKeyId", deleted.id)
	unknown := key{newKeyID(prefixKey, adminAccount), root.secret, ""}

	with := func(k key) func(*http.Request) *http.Request {
		return func(*http.Request) *http.Request { return s.request(k, "sts", "GetCallerIdentity") }
	}
	header := func(name, value string) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			r.Header.Del(name)
			if value != "" {
				r.Header.Set(name, value)
			}
			return r
		}
	}
	signed := func(service, region string, shift time.Duration) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			s.sign(r, root, service, region, bodyHash(t, r), s.clock().Add(shift))
			return r
		}
	}
	const invalid = "The security token included in the request is invalid"
	tests := []struct {
		name   string
		change func(*http.Request) *http.Request
		status int
		code   string
		text   string
	}{
		{"well", with(root), 200, "", ""},
		{"session", with(session), 200, "", ""},
		{"wrong secret", with(key{root.id, session.secret, ""}), 403, "SignatureDoesNotMatch", "The request signature we calculated does not match"},
		{"unknown key", with(unknown), 403, "InvalidClientTokenId", invalid},
		{"key of no account", with(key{"AKIAIOSFODNN7EXAMPLE", root.secret, ""}), 403, "InvalidClientTokenId", invalid},
		{"key out of form", with(key{"x", root.secret, ""}), 403, "InvalidClientTokenId", invalid},
		{"inactive key", with(inactive), 403, "InvalidClientTokenId", invalid},
		{"deleted key", with(deleted), 403, "InvalidClientTokenId", invalid},
		{"no token", with(key{session.id, session.secret, ""}), 403, "InvalidClientTokenId", invalid},
		{"token of another session", with(key{session.id, session.secret, other.token}), 403, "InvalidClientTokenId", invalid},
		{"token altered", with(key{session.id, session.secret, "X" + session.token[1:]}), 403, "InvalidClientTokenId", invalid},
		{"token with a long-lived key", with(key{root.id, root.secret, session.token}), 403, "InvalidClientTokenId", invalid},
		{"secret of another session", with(key{session.id, other.secret, session.token}), 403, "SignatureDoesNotMatch", ""},
		{"unsigned", header("Authorization", ""), 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
		{"not SigV4", header("Authorization", "Basic YTpi"), 400, "IncompleteSignature", "AWS4-HMAC-SHA256"},
		{"half a header", header("Authorization", "AWS4-HMAC-SHA256 Credential=x"), 400, "IncompleteSignature", "requires 'Signature' parameter"},
		{"no date", header("X-Amz-Date", ""), 400, "IncompleteSignature", "X-Amz-Date"},
		{"date changed", header("X-Amz-Date", "20260301T120001Z"), 403, "SignatureDoesNotMatch", ""},
		{"day changed", header("X-Amz-Date", "20260302T120000Z"), 403, "SignatureDoesNotMatch", "Date in Credential scope"},
		{"4 minutes old", signed("sts", "us-west-2", -4*time.Minute), 200, "", ""},
		{"5 minutes old", signed("sts", "us-west-2", -5*time.Minute), 200, "", ""},
		{"over 5 minutes old", signed("sts", "us-west-2", -301*time.Second), 403, "SignatureDoesNotMatch",
			"Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)"},
		{"4 minutes ahead", signed("sts", "us-west-2", 4*time.Minute), 200, "", ""},
		{"over 5 minutes ahead", signed("sts", "us-west-2", 301*time.Second), 403, "SignatureDoesNotMatch",
			"Signature not yet current: 20260301T120501Z is still later than 20260301T120500Z (20260301T120000Z + 5 min.)"},
		{"another region", signed("sts", "eu-central-1", 0), 200, "", ""},
		{"no region", signed("sts", "mars-north-1", 0), 403, "SignatureDoesNotMatch", "valid region"},
		{"another service", signed("iam", "us-west-2", 0), 403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'"},
		{"a service that is not there", signed("ec2", "us-west-2", 0), 403, "SignatureDoesNotMatch", "correct service: 'sts'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := s.send(test.change(s.request(root, "sts", "GetCallerIdentity")))
			if err != nil {
				t.Fatal(err)
			}
			if a.status != test.status || a.code != test.code || !strings.Contains(a.message, test.text) {
				t.Errorf("got %d %q %q, want %d %q with %q", a.status, a.code, a.message, test.status, test.code, test.text)
			}
		})
	}
}

// bodyHash is the payload hash of a request whose body can be had again.
func bodyHash(t *testing.T, r *http.Request) string {
	t.Helper()
	body, err := r.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, r.ContentLength)
	if _, err := body.Read(text); err != nil {
		t.Fatal(err)
	}
	return sigv4.HashPayload(text)
}

// A body other than the one signed is refused, whatever its headers say of it.
func TestQueryBodies(t *testing.T) {
	s := newStage(t, Options{})
	for name, hash := range map[string]string{"another body": sigv4.HashPayload([]byte("x")), "unsigned payload": sigv4.UnsignedPayload} {
		r := s.request(s.admin(adminAccount), "sts", "GetCallerIdentity")
		r.Header.Set("X-Amz-Content-Sha256", hash)
		s.sign(r, s.admin(adminAccount), "sts", "us-west-2", hash, s.clock())
		if a, err := s.send(r); err != nil || a.code != "SignatureDoesNotMatch" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// AWS's own host names tell the service, and the region a signature must be for.
func TestHostNames(t *testing.T) {
	s := newStage(t, Options{})
	tests := []struct{ host, service, region, want string }{
		{"sts.amazonaws.com", "sts", "us-east-1", ""},
		{"sts.amazonaws.com", "sts", "us-west-2", "valid region"},
		{"sts.us-west-2.amazonaws.com", "sts", "us-west-2", ""},
		{"sts.us-west-2.amazonaws.com", "sts", "us-east-1", "valid region"},
		{"sts.eu-central-1.amazonaws.com:443", "sts", "eu-central-1", ""},
		{"STS.eu-central-1.amazonaws.com", "sts", "eu-central-1", ""},
		{"iam.amazonaws.com", "sts", "us-east-1", "correct service: 'iam'"},
		{"iam.amazonaws.com", "iam", "us-east-1", ""},
		{"iam.amazonaws.com", "iam", "us-west-2", "valid region"},
		{"localhost:1", "iam", "us-west-2", ""},
		{"sts.amazonaws.com.example.org", "sts", "us-west-2", ""},
	}
	for _, test := range tests {
		t.Run(test.host+" "+test.service+" "+test.region, func(t *testing.T) {
			action := "GetCallerIdentity"
			if test.service == "iam" {
				action = "ListUsers"
			}
			r := s.request(s.admin(adminAccount), test.service, action)
			r.Host = test.host
			s.sign(r, s.admin(adminAccount), test.service, test.region, bodyHash(t, r), s.clock())
			a, err := s.send(r)
			if err != nil {
				t.Fatal(err)
			}
			if refused := a.code == "SignatureDoesNotMatch"; refused != (test.want != "") || !strings.Contains(a.message, test.want) {
				t.Errorf("got %q %q, want %q", a.code, a.message, test.want)
			}
		})
	}
}
