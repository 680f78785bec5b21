// Package sigv4 verifies AWS Signature Version 4, as a service does: in the
// Authorization header and in presigned URLs, with whole, unsigned and chunked
// payloads: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
package sigv4

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"

	// UnsignedPayload is the payload hash of a request whose body is not signed.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
)

// Signature is what a request says about who signed it, when, and how. Nothing in
// it is true before Verify has said so.
type Signature struct {
	KeyID         string
	Day           string // YYYYMMDD of the credential scope
	Region        string
	Service       string
	SignedHeaders []string // lower case, sorted
	Digest        string   // lower-case hex
	Time          time.Time
	Presigned     bool
	Expires       time.Duration // of a presigned URL; 0: it tells none
	Token         string        // session token, "" when none
	Legacy        bool          // a URL presigned with version 2; see legacy.go
}

// ErrUnsigned is the error of a request with no signature at all.
var ErrUnsigned = errors.New("request is not signed")

// Error is a signature that cannot be read: what is wrong, in AWS's words.
type Error struct {
	Message string
	// Scope is set where the fields are well-formed but the credential scope is not right.
	Scope bool
}

func (e *Error) Error() string { return e.Message }

func malformed(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

func wrongScope(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Scope: true}
}

// Parse reads the signature of a request from its headers, or from its query.
// It returns ErrUnsigned, or an *Error.
func Parse(r *http.Request) (*Signature, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed("The query string is not well-formed.")
	}
	header := r.Header.Values("Authorization")
	switch {
	case len(header) > 0 && query.Has("X-Amz-Signature"):
		return nil, malformed("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	case len(header) > 1:
		return nil, malformed("Only one Authorization header is allowed.")
	case len(header) == 1:
		return parseHeader(r, header[0])
	case query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") || query.Has("X-Amz-Credential"):
		return parsePresigned(query)
	case query.Has("AWSAccessKeyId") && query.Has("Signature") && query.Has("Expires"):
		return parseLegacy(query)
	}
	return nil, ErrUnsigned
}

// parseHeader reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseHeader(r *http.Request, header string) (*Signature, error) {
	name, rest, _ := strings.Cut(header, " ")
	if name != algorithm {
		return nil, malformed("Unsupported AWS 'algorithm': '%s', only '%s' is supported.", name, algorithm)
	}
	fields, err := headerFields(rest)
	if err != nil {
		return nil, err
	}
	s := &Signature{Token: r.Header.Get("X-Amz-Security-Token")}
	if s.Time, err = headerTime(r.Header); err != nil {
		return nil, err
	}
	return s, s.fill(fields["Credential"], fields["SignedHeaders"], fields["Signature"])
}

func headerFields(text string) (map[string]string, error) {
	fields := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		pair = strings.TrimSpace(pair)
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, malformed("'%s' not a valid key=value pair (missing equal-sign) in Authorization header.", shorten(pair))
		}
		if _, twice := fields[key]; twice {
			return nil, malformed("Authorization header gives '%s' more than once.", shorten(key))
		}
		fields[key] = value
	}
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[key] == "" {
			missing = append(missing, fmt.Sprintf("Authorization header requires '%s' parameter.", key))
		}
	}
	if missing != nil {
		return nil, malformed("%s", strings.Join(missing, " "))
	}
	return fields, nil
}

// headerTime is the time a request was signed at: X-Amz-Date, else Date.
func headerTime(h http.Header) (time.Time, error) {
	text := h.Get("X-Amz-Date")
	if text == "" {
		if t, err := http.ParseTime(h.Get("Date")); err == nil {
			return t.UTC(), nil
		}
		return time.Time{}, malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return parseTime(text)
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(timeFormat, text)
	if err != nil {
		return t, malformed("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", shorten(text))
	}
	return t, nil
}

// parsePresigned reads the X-Amz-* parameters of a presigned URL.
func parsePresigned(query url.Values) (*Signature, error) {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if query.Get(name) == "" {
			return nil, malformed("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
		}
	}
	for name, values := range query {
		if strings.HasPrefix(name, "X-Amz-") && len(values) > 1 {
			return nil, malformed("%s may be given only once.", shorten(name))
		}
	}
	if a := query.Get("X-Amz-Algorithm"); a != algorithm {
		return nil, malformed("X-Amz-Algorithm only supports \"%s\"", algorithm)
	}
	s := &Signature{Presigned: true, Token: query.Get("X-Amz-Security-Token")}
	var err error
	if s.Time, err = parseTime(query.Get("X-Amz-Date")); err != nil {
		return nil, err
	}
	if s.Expires, err = parseExpires(query); err != nil {
		return nil, err
	}
	return s, s.fill(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature"))
}

// week is the longest a presigned URL may live.
const week = 604800

func parseExpires(query url.Values) (time.Duration, error) {
	if !query.Has("X-Amz-Expires") {
		return 0, nil
	}
	n, err := strconv.ParseInt(query.Get("X-Amz-Expires"), 10, 64)
	switch {
	case err != nil:
		return 0, malformed("X-Amz-Expires should be a number")
	case n < 0:
		return 0, malformed("X-Amz-Expires must be non-negative")
	case n > week:
		return 0, malformed("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than %d seconds", week)
	}
	return max(time.Duration(n)*time.Second, time.Nanosecond), nil
}

// fill reads the three fields both forms have.
func (s *Signature) fill(credential, signed, digest string) error {
	// An access key ID holds no slash, so whatever is before the last four is the key.
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return malformed("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", shorten(credential))
	}
	s.KeyID, s.Day, s.Region, s.Service = parts[0], parts[1], parts[2], parts[3]
	s.SignedHeaders, s.Digest = strings.Split(signed, ";"), digest
	switch {
	case parts[4] != terminator:
		return wrongScope("Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, shorten(parts[4]))
	case s.Day != s.Time.Format("20060102"):
		return wrongScope("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			shorten(s.Day), s.Time.Format("20060102"), s.Time.Format(timeFormat))
	case !slices.Contains(s.SignedHeaders, "host"):
		return wrongScope("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	case !slices.IsSorted(s.SignedHeaders) || signed != strings.ToLower(signed):
		return malformed("SignedHeaders must be in lower case and sorted.")
	}
	return nil
}

// shorten bounds how much of a request an error repeats.
func shorten(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
