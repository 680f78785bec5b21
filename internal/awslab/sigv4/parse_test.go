package sigv4

import (
	"bytes"
	"context"
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
)

var signedAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bySDK returns a request to url that the AWS SDK has signed, as it arrives at a server.
func bySDK(t testing.TB, method, url, body, service string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Amz-Meta-Odd", "  two   blanks ")
	creds := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: s3Secret, SessionToken: "token/+="}
	err = v4.NewSigner().SignHTTP(context.Background(), creds, r, HashPayload([]byte(body)), service, "us-west-2", signedAt,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil {
		t.Fatal(err)
	}
	return arrive(t, r)
}

// arrive writes a request to the wire and reads it as a server does.
func arrive(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		got = in.Clone(context.Background())
		got.Body = io.NopCloser(bytes.NewReader(body))
	}))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	out := r.Clone(context.Background())
	out.Host = r.URL.Host
	out.URL.Host = u.Host
	out.RequestURI = ""
	if r.GetBody != nil {
		out.Body, _ = r.GetBody()
	}
	response, err := server.Client().Do(out)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return got
}

func TestVerifyWhatTheSDKSigns(t *testing.T) {
	tests := []struct{ name, method, url, body, service string }{
		{"post", "POST", "http://sts.us-west-2.amazonaws.com/", "Action=GetCallerIdentity&Version=2011-06-15", "sts"},
		{"port", "POST", "http://127.0.0.1:4566/", "Action=X", "iam"},
		{"path", "GET", "http://127.0.0.1:1/a%20b/c%2Bd/%C3%A9~", "", "s3"},
		{"query", "GET", "http://127.0.0.1:1/?b=2&a=%2F&a=%20&list-type=2&empty", "", "s3"},
		{"put", "PUT", "http://127.0.0.1:1/bucket/key", "body", "s3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := bySDK(t, test.method, test.url, test.body, test.service)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if v := s.Verify(r, s3Secret, HashPayload([]byte(test.body))); !v.OK {
				t.Errorf("refused; canonical request:\n%s", v.CanonicalRequest)
			}
			if s.Token != "token/+=" || s.Region != "us-west-2" || s.Service != test.service || !s.Time.Equal(signedAt) {
				t.Errorf("Parse = %+v", s)
			}
		})
	}
}

// Whatever of a signed request is changed, the signature does not hold any more.
func TestVerifyRefusesChanges(t *testing.T) {
	const body = "Action=GetCallerIdentity"
	tests := []struct {
		name   string
		change func(*http.Request)
	}{
		{"method", func(r *http.Request) { r.Method = "PUT" }},
		{"path", func(r *http.Request) { r.URL.Path = "/other" }},
		{"query", func(r *http.Request) { r.URL.RawQuery = "a=1" }},
		{"host", func(r *http.Request) { r.Host = "elsewhere" }},
		{"date", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260301T120001Z") }},
		{"token", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") }},
		{"signed header", func(r *http.Request) { r.Header.Set("X-Amz-Meta-Odd", "three") }},
		{"content type", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{"length", func(r *http.Request) { r.ContentLength++ }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := bySDK(t, "POST", "http://sts.us-west-2.amazonaws.com/", body, "sts")
			test.change(r)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if s.Verify(r, s3Secret, HashPayload([]byte(body))).OK {
				t.Error("accepted")
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const credential = "Credential=AKIAIOSFODNN7EXAMPLE/20260301/us-west-2/sts/aws4_request"
	header := func(text string) *http.Request {
		r := documented("POST", "http://127.0.0.1/", "X-Amz-Date: 20260301T120000Z")
		if text != "" {
			r.Header.Set("Authorization", text)
		}
		return r
	}
	query := func(replace ...string) *http.Request {
		text := "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260301%2Fus-west-2%2Fs3%2Faws4_request" +
			"&X-Amz-Date=20260301T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
		return documented("GET", "http://127.0.0.1/?"+strings.NewReplacer(replace...).Replace(text))
	}
	undated := header("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host, Signature=00")
	undated.Header.Del("X-Amz-Date")
	tests := []struct {
		name    string
		request *http.Request
		want    string
	}{
		{"other algorithm", header("Basic YTpi"), "Unsupported AWS 'algorithm': 'Basic'"},
		{"no fields", header("AWS4-HMAC-SHA256 x"), "'x' not a valid key=value pair"},
		{"no credential", header("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00"), "Authorization header requires 'Credential' parameter."},
		{"no signature", header("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host"), "Authorization header requires 'Signature' parameter."},
		{"field twice", header("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host, Signature=00, Signature=01"), "more than once"},
		{"short scope", header("AWS4-HMAC-SHA256 Credential=A/20260301/sts/aws4_request, SignedHeaders=host, Signature=00"), "exactly 5 slash-delimited elements"},
		{"terminator", header("AWS4-HMAC-SHA256 Credential=A/20260301/us-west-2/sts/aws5_request, SignedHeaders=host, Signature=00"), "valid terminator"},
		{"day", header("AWS4-HMAC-SHA256 Credential=A/20260302/us-west-2/sts/aws4_request, SignedHeaders=host, Signature=00"), "'20260302' != '20260301'"},
		{"host not signed", header("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=x-amz-date, Signature=00"), "must be a 'SignedHeader'"},
		{"headers unsorted", header("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=x-amz-date;host, Signature=00"), "sorted"},
		{"no date", undated, "requires existence of either a 'X-Amz-Date' or a 'Date' header"},
		{"date out of form", documented("POST", "http://127.0.0.1/", "X-Amz-Date: 2026-03-01", "Authorization: AWS4-HMAC-SHA256 "+credential+", SignedHeaders=host, Signature=00"), "ISO-8601"},
		{"query and header", documented("GET", "http://127.0.0.1/?X-Amz-Signature=00", "Authorization: AWS4-HMAC-SHA256 x"), "Only one auth mechanism allowed"},
		{"query without date", query("X-Amz-Date", "X-Amz-Dat"), "Query-string authentication version 4 requires"},
		{"query algorithm", query("HMAC-SHA256", "HMAC-SHA1"), "X-Amz-Algorithm only supports"},
		{"expires not a number", query("=60", "=soon"), "should be a number"},
		{"expires negative", query("=60", "=-1"), "non-negative"},
		{"expires over a week", query("=60", "=604801"), "less than a week"},
		{"query scope day", query("%2F20260301", "%2F20260302"), "Date in Credential scope"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.request)
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(refused.Message, test.want) {
				t.Errorf("Parse = %v, want an Error with %q", err, test.want)
			}
		})
	}
	if _, err := Parse(header("")); !errors.Is(err, ErrUnsigned) {
		t.Errorf("Parse of an unsigned request = %v, want ErrUnsigned", err)
	}
}

func TestUnsignedHeaders(t *testing.T) {
	r := documented("PUT", "http://127.0.0.1/b/k", "X-Amz-Date: 20260301T120000Z", "X-Amz-Acl: public-read", "User-Agent: x")
	s := &Signature{SignedHeaders: []string{"host", "x-amz-date"}}
	if got := s.UnsignedHeaders(r); len(got) != 1 || got[0] != "x-amz-acl" {
		t.Errorf("UnsignedHeaders = %q, want x-amz-acl", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20260301/us-west-2/sts/aws4_request, SignedHeaders=host, Signature=00", "20260301T120000Z", "a=b")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260301%2Fr%2Fs3%2Faws4_request&X-Amz-Date=20260301T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := documented("GET", "http://127.0.0.1/")
		r.URL.RawQuery = query
		r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{authorization}, []string{date}
		s, err := Parse(r)
		if err != nil {
			return
		}
		if s.Verify(r, "secret", emptyHash).OK {
			t.Errorf("a signature by chance: %+v", s)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", int64(5), 2)
	f.Add("5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n", int64(5), 0)
	forms := []string{StreamingSigned, StreamingSignedTrailer, StreamingUnsignedTrailer}
	f.Fuzz(func(t *testing.T, body string, length int64, form int) {
		if form < 0 || form >= len(forms) {
			return
		}
		got, err := (&Signature{Digest: "00"}).Decode([]byte(body), "secret", forms[form], length)
		if err == nil && (int64(len(got)) != length || form != 2) {
			t.Errorf("Decode = %q of length %d in form %s", got, length, forms[form])
		}
	})
}
