package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// Verdict is the outcome of Verify, with what a service shows of its own reckoning.
type Verdict struct {
	OK               bool
	CanonicalRequest string
	StringToSign     string
}

// Verify reckons the signature of r anew. payloadHash is what the canonical request
// ends with: the hex SHA-256 of the body, UnsignedPayload, or a streaming form's name.
func (s *Signature) Verify(r *http.Request, secret, payloadHash string) Verdict {
	if s.Legacy {
		return s.verifyLegacy(r, secret)
	}
	canonical := s.canonicalRequest(r, payloadHash)
	toSign := strings.Join([]string{algorithm, s.Time.Format(timeFormat), s.scope(), hexHash([]byte(canonical))}, "\n")
	want := hex.EncodeToString(mac(s.signingKey(secret), toSign))
	return Verdict{subtle.ConstantTimeCompare([]byte(want), []byte(s.Digest)) == 1, canonical, toSign}
}

// scope is "20150830/us-east-1/iam/aws4_request".
func (s *Signature) scope() string {
	return strings.Join([]string{s.Day, s.Region, s.Service, terminator}, "/")
}

func (s *Signature) signingKey(secret string) []byte {
	key := mac([]byte("AWS4"+secret), s.Day)
	key = mac(key, s.Region)
	key = mac(key, s.Service)
	return mac(key, terminator)
}

// canonicalRequest is the text that is hashed and signed:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
func (s *Signature) canonicalRequest(r *http.Request, payloadHash string) string {
	var headers strings.Builder
	for _, name := range s.SignedHeaders {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	return strings.Join([]string{
		r.Method, s.canonicalPath(r), canonicalQuery(r.URL.RawQuery), headers.String(),
		strings.Join(s.SignedHeaders, ";"), payloadHash,
	}, "\n")
}

// canonicalPath encodes the path once for S3, and twice for every other service.
func (s *Signature) canonicalPath(r *http.Request) string {
	path := r.URL.Path
	if path == "" {
		path = "/"
	}
	path = encode(path, true)
	if s.Service != "s3" {
		path = encode(path, true)
	}
	return path
}

// canonicalQuery sorts the parameters by their encoded names, then values, without the signature itself.
func canonicalQuery(raw string) string {
	values, _ := url.ParseQuery(raw) // Parse has refused what is not well-formed
	var pairs [][2]string
	for name, list := range values {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, value := range list {
			pairs = append(pairs, [2]string{encode(name, false), encode(value, false)})
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i][0] != pairs[j][0] {
			return pairs[i][0] < pairs[j][0]
		}
		return pairs[i][1] < pairs[j][1]
	})
	text := make([]string, len(pairs))
	for i, p := range pairs {
		text[i] = p[0] + "=" + p[1]
	}
	return strings.Join(text, "&")
}

// headerValue is a header's canonical value: trimmed, runs of blanks made one, several joined by commas.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	case "transfer-encoding":
		return strings.Join(r.TransferEncoding, ",")
	}
	var values []string
	for _, v := range r.Header.Values(http.CanonicalHeaderKey(name)) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// encode is AWS's URI encoding: every byte but the unreserved ones, and "/" in paths.
func encode(s string, path bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if strings.IndexByte(unreserved, c) >= 0 || (path && c == '/') {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// HashPayload is the payload hash of a body that is signed whole.
func HashPayload(body []byte) string { return hexHash(body) }

// UnsignedHeaders returns the x-amz-* headers of r that s does not cover, which S3
// refuses. Version 2 covers all.
func (s *Signature) UnsignedHeaders(r *http.Request) []string {
	if s.Legacy {
		return nil
	}
	signed := map[string]bool{}
	for _, name := range s.SignedHeaders {
		signed[name] = true
	}
	var left []string
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !signed[name] {
			left = append(left, name)
		}
	}
	sort.Strings(left)
	return left
}
