package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// S3 still takes URLs presigned with Signature Version 2, and boto3 and the AWS CLI's
// version 1 still make them by default where a region does:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth

// legacyResources are the query parameters that count as part of the path.
var legacyResources = []string{
	"accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
	"object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control", "response-content-disposition",
	"response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore", "select",
	"select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
}

// parseLegacy reads AWSAccessKeyId, Expires and Signature. Nothing tells when such a URL
// was signed: Time is when it ends, and Expires the least there is.
func parseLegacy(query url.Values) (*Signature, error) {
	seconds, err := strconv.ParseInt(query.Get("Expires"), 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return nil, malformed("Invalid date (should be seconds since epoch): %s", shorten(query.Get("Expires")))
	}
	return &Signature{
		KeyID: query.Get("AWSAccessKeyId"), Service: "s3", Token: query.Get("x-amz-security-token"), Digest: query.Get("Signature"),
		Legacy: true, Presigned: true, Time: time.Unix(seconds, 0).UTC(), Expires: time.Nanosecond,
	}, nil
}

// verifyLegacy reckons a signature of version 2 anew.
func (s *Signature) verifyLegacy(r *http.Request, secret string) Verdict {
	toSign := s.legacyString(r)
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(toSign))
	want := base64.StdEncoding.EncodeToString(h.Sum(nil))
	return Verdict{OK: subtle.ConstantTimeCompare([]byte(want), []byte(s.Digest)) == 1, StringToSign: toSign}
}

// legacyString is what version 2 signs: method, two headers, the end, all x-amz-*
// headers, the path. botocore moves headers into the query.
func (s *Signature) legacyString(r *http.Request) string {
	query := r.URL.Query()
	value := func(name string) string {
		if header := r.Header.Get(name); header != "" {
			return header
		}
		return query.Get(name)
	}
	amz := map[string]string{}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			amz[name] = strings.Join(r.Header.Values(name), ",")
		}
	}
	for name := range query {
		if strings.HasPrefix(name, "x-amz-") && amz[name] != query.Get(name) {
			amz[name] += query.Get(name) // a header that says otherwise spoils it
		}
	}
	lines := []string{r.Method, value("content-md5"), value("content-type"), query.Get("Expires")}
	for _, name := range sortedKeys(amz) {
		lines = append(lines, name+":"+amz[name])
	}
	return strings.Join(append(lines, legacyPath(r, query)), "\n")
}

// legacyPath is the path as it was sent, with the bucket that one of AWS's host names
// may hold before it, and the parameters that are part of it behind.
func legacyPath(r *http.Request, query url.Values) string {
	path := r.URL.EscapedPath()
	if bucket, rest, ok := strings.Cut(r.Host, ".s3."); ok && strings.HasSuffix(rest, "amazonaws.com") {
		path = "/" + bucket + path
	}
	var parts []string
	for name, values := range query {
		if slices.Contains(legacyResources, name) {
			part := name
			if values[0] != "" {
				part += "=" + values[0]
			}
			parts = append(parts, part)
		}
	}
	if parts == nil {
		return path
	}
	sort.Strings(parts)
	return path + "?" + strings.Join(parts, "&")
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
