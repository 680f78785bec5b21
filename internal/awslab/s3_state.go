package awslab

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sort"
	"time"
)

// Bucket is an S3 bucket. Names are unique over all accounts.
type Bucket struct {
	Name, Account, Region string
	Created               time.Time
	Objects               map[string]*Object
	Uploads               map[string]*Upload // multipart uploads not yet completed, by upload ID
}

// Object is an S3 object.
type Object struct {
	Key      string
	Body     []byte
	ETag     string            // with its quotes
	Headers  map[string]string // what a GET repeats: Content-Type, x-amz-meta-…
	Checksum Checksum
	Modified time.Time
}

// Checksum is one of S3's additional checksums, kept with an object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
type Checksum struct {
	Header string // "X-Amz-Checksum-Crc32"
	Value  string // base64; "…-3" when composed of the checksums of 3 parts
	Type   string // FULL_OBJECT or COMPOSITE
}

// Upload is a multipart upload under way.
type Upload struct {
	ID, Key   string
	Headers   map[string]string
	Algorithm string // header of the checksum asked for, or ""
	Type      string // of that checksum
	Initiated time.Time
	Parts     map[int]*Part
}

// Part is one part of an Upload.
type Part struct {
	Number   int
	Body     []byte
	ETag     string
	Checksum string // by the upload's algorithm
	Modified time.Time
}

// keys returns the keys of b in the order S3 lists them: by their bytes.
func (b *Bucket) keys() []string {
	keys := make([]string, 0, len(b.Objects))
	for key := range b.Objects {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// bucketsOf returns the buckets of an account, by name. l.mu is held.
func (l *Lab) bucketsOf(account string) []*Bucket {
	var own []*Bucket
	for _, b := range byName(l.buckets) {
		if b.Account == account {
			own = append(own, b)
		}
	}
	return own
}

// canonicalID is how S3 names an account: 64 hex digits that do not tell its number.
func canonicalID(account string) string {
	sum := sha256.Sum256([]byte("canonical " + account))
	return hex.EncodeToString(sum[:])
}

// The errors of S3 that several actions share:
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
func s3Refuse(status int, code, message string, extra ...field) *apiError {
	return &apiError{Code: code, Status: status, Message: message, Extra: extra}
}

func noSuchBucket(name string) *apiError {
	return s3Refuse(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", field{"BucketName", name})
}

func noSuchKey(key string) *apiError {
	return s3Refuse(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", field{"Key", key})
}

func invalidArgument(message, name, value string) *apiError {
	return s3Refuse(http.StatusBadRequest, "InvalidArgument", message, field{"ArgumentName", name}, field{"ArgumentValue", value})
}

func malformedXML() *apiError {
	return s3Refuse(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func notImplemented() *apiError {
	return s3Refuse(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
}
