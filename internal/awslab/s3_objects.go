package awslab

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// keptHeaders are the headers of a PUT that a GET repeats, beside x-amz-meta-…, which
// S3 gives back in small letters.
var keptHeaders = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires"}

// objectHeaders gathers the headers to be kept with an object.
func objectHeaders(h http.Header) map[string]string {
	kept := map[string]string{"Content-Type": "binary/octet-stream"}
	for _, name := range keptHeaders {
		if value := h.Get(name); value != "" {
			kept[name] = value
		}
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			kept[strings.ToLower(name)] = h.Get(name)
		}
	}
	if encoding := withoutChunks(kept["Content-Encoding"]); encoding == "" {
		delete(kept, "Content-Encoding")
	} else {
		kept["Content-Encoding"] = encoding
	}
	return kept
}

// withoutChunks removes aws-chunked from a Content-Encoding: it is of the upload, not of the object.
func withoutChunks(encoding string) string {
	var rest []string
	for part := range strings.SplitSeq(encoding, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			rest = append(rest, part)
		}
	}
	return strings.Join(rest, ",")
}

func etag(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// checksumHeader finds the checksum a client gives with a body, or asks for: in its
// headers, or named as trailer. Without any, S3 makes a CRC-64/NVME.
func checksumHeader(h http.Header) string {
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Checksum-") && sigv4.Checksum(name, nil) != "" {
			return name
		}
	}
	for _, name := range []string{h.Get("X-Amz-Trailer"), "X-Amz-Checksum-" + h.Get("X-Amz-Sdk-Checksum-Algorithm"), "X-Amz-Checksum-" + h.Get("X-Amz-Checksum-Algorithm")} {
		if name = http.CanonicalHeaderKey(strings.ToLower(name)); sigv4.Checksum(name, nil) != "" {
			return name
		}
	}
	return "X-Amz-Checksum-Crc64nvme"
}

// algorithm is the name of a checksum in lists.
func (c Checksum) algorithm() string {
	return strings.ToUpper(strings.TrimPrefix(c.Header, "X-Amz-Checksum-"))
}

// tell puts a checksum into the headers of an answer.
func (c Checksum) tell(h http.Header) {
	if c.Header != "" {
		h.Set(c.Header, c.Value)
		h.Set("X-Amz-Checksum-Type", c.Type)
	}
}

// putObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
func putObject(c *call, b *Bucket) (*response, error) {
	if err := writable(c.request.Header, b.Objects[c.key]); err != nil {
		return nil, err
	}
	o := c.newObject(c.key, c.body, objectHeaders(c.request.Header), checksumHeader(c.request.Header))
	b.Objects[o.Key] = o
	h := http.Header{"Etag": {o.ETag}, "X-Amz-Server-Side-Encryption": {"AES256"}}
	o.Checksum.tell(h)
	return &response{Header: h}, nil
}

func (c *call) newObject(key string, body []byte, headers map[string]string, checksum string) *Object {
	return &Object{
		Key: key, Body: body, ETag: etag(body), Headers: headers, Modified: c.now,
		Checksum: Checksum{Header: checksum, Value: sigv4.Checksum(checksum, body), Type: "FULL_OBJECT"},
	}
}

// writable judges the headers of a write, its conditions above all: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func writable(h http.Header, old *Object) error {
	if err := refuseObjectHeaders(h); err != nil {
		return err
	}
	match, none := h.Get("If-Match"), h.Get("If-None-Match")
	switch {
	case none != "" && none != "*":
		return notImplemented()
	case none == "*" && old != nil:
		return preconditionFailed("If-None-Match")
	case match != "" && old == nil:
		return s3Refuse(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	case match != "" && !sameTag(match, old.ETag):
		return preconditionFailed("If-Match")
	}
	return nil
}

func preconditionFailed(condition string) error {
	return s3Refuse(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", field{"Condition", condition})
}

func sameTag(given, tag string) bool {
	return given == "*" || strings.Trim(given, `"`) == strings.Trim(tag, `"`)
}

// getObject answers GET and HEAD: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func getObject(c *call, b *Bucket) (*response, error) {
	o := b.Objects[c.key]
	if o == nil {
		return nil, c.missing(b, c.key)
	}
	if status, err := readable(c.request.Header, o); err != nil || status != 0 {
		return &response{Status: status, Header: http.Header{"Etag": {o.ETag}}}, err
	}
	h := http.Header{"Etag": {o.ETag}, "Accept-Ranges": {"bytes"}, "Last-Modified": {o.Modified.Format(http.TimeFormat)}, "X-Amz-Server-Side-Encryption": {"AES256"}}
	for name, value := range o.Headers {
		h[name] = []string{value}
	}
	for name, values := range c.request.URL.Query() {
		if kept, ok := strings.CutPrefix(name, "response-"); ok {
			h.Set(kept, values[0])
		}
	}
	part, err := cut(o.Body, c.request.Header.Get("Range"))
	if err != nil {
		return nil, err
	}
	r := &response{Header: h, Body: part.body}
	if part.partial {
		r.Status = http.StatusPartialContent
		h.Set("Content-Range", part.contentRange)
	} else if strings.EqualFold(c.request.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		o.Checksum.tell(h)
	}
	h.Set("Content-Length", strconv.Itoa(len(part.body)))
	return r, nil
}

// missing tells of a key that is not there; who may not list the bucket is not told that.
func (c *call) missing(b *Bucket, key string) error {
	if err := c.askS3("s3:ListBucket", bucketARN(b.Name)); err != nil {
		return err
	}
	return noSuchKey(key)
}

// readable judges the conditions of a read: 304 is no error.
func readable(h http.Header, o *Object) (status int, err error) {
	if match := h.Get("If-Match"); match != "" && !sameTag(match, o.ETag) {
		return 0, preconditionFailed("If-Match")
	}
	if none := h.Get("If-None-Match"); none != "" {
		if sameTag(none, o.ETag) {
			return http.StatusNotModified, nil
		}
		return 0, nil
	}
	modified := o.Modified.Truncate(1e9)
	if since, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(since) {
		return http.StatusNotModified, nil
	}
	if since, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(since) && h.Get("If-Match") == "" {
		return 0, preconditionFailed("If-Unmodified-Since")
	}
	return 0, nil
}

// deleteObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
func deleteObject(c *call, b *Bucket) (*response, error) {
	delete(b.Objects, c.key)
	return &response{Status: http.StatusNoContent}, nil
}

// objectTagging answers for an object without tags, as all here are: CLIs ask before they copy.
func objectTagging(c *call, b *Bucket) (*response, error) {
	if b.Objects[c.key] == nil {
		return nil, c.missing(b, c.key)
	}
	return s3XML(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ Tagging"`
		TagSet  struct{}
	}{})
}

// copyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func copyObject(c *call, b *Bucket) (*response, error) {
	from, err := c.copySource()
	if err != nil {
		return nil, err
	}
	replace := c.request.Header.Get("X-Amz-Metadata-Directive") == "REPLACE"
	if from == b.Objects[c.key] && !replace {
		return nil, s3Refuse(http.StatusBadRequest, "InvalidRequest",
			"This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := writable(c.request.Header, b.Objects[c.key]); err != nil {
		return nil, err
	}
	headers := maps.Clone(from.Headers)
	if replace {
		headers = objectHeaders(c.request.Header)
	}
	o := c.newObject(c.key, from.Body, headers, checksumHeader(c.request.Header))
	b.Objects[o.Key] = o
	return s3XML(struct {
		XMLName            xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CopyObjectResult"`
		ETag, LastModified string
	}{ETag: o.ETag, LastModified: s3Time(o.Modified)})
}

// copySource returns the object a copy is from, if the caller may read it.
func (c *call) copySource() (*Object, error) {
	source, err := url.PathUnescape(c.request.Header.Get("X-Amz-Copy-Source"))
	name, key, found := strings.Cut(strings.TrimPrefix(source, "/"), "/")
	if err != nil || !found || key == "" {
		return nil, invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", source)
	}
	b := c.lab.buckets[name]
	if b == nil {
		return nil, noSuchBucket(name)
	}
	to := c.bucket
	defer func() { c.bucket = to }()
	c.bucket = name // whose owner the policies are asked about
	if err := c.askS3("s3:GetObject", objectARN(name, key)); err != nil {
		return nil, err
	}
	o := b.Objects[key]
	if o == nil {
		return nil, c.missing(b, key)
	}
	h := c.request.Header
	if match := h.Get("X-Amz-Copy-Source-If-Match"); match != "" && !sameTag(match, o.ETag) {
		return nil, preconditionFailed("x-amz-copy-source-If-Match")
	}
	return o, nil
}
