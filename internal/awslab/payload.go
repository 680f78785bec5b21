package awslab

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

const contentHash = "X-Amz-Content-Sha256"

// payloadHash is what the canonical request of x ends with. IAM and STS sign their
// whole body; S3 takes what the request declares, even that it is not signed.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func (x *exchange) payloadHash() (string, error) {
	if x.target.service != "s3" {
		return sigv4.HashPayload(x.raw), nil
	}
	declared := x.r.Header.Get(contentHash)
	if x.sig.Presigned && declared == "" {
		if declared = x.r.URL.Query().Get(contentHash); declared == "" {
			return sigv4.UnsignedPayload, nil
		}
	}
	_, err := hex.DecodeString(declared)
	switch {
	case declared == "":
		return "", refuse(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	case declared == sigv4.UnsignedPayload, sigv4.Streaming(declared), err == nil && len(declared) == 64:
		return declared, nil
	}
	return "", refuse(http.StatusBadRequest, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD or a valid sha256 value.")
}

// payload returns the body S3 is to store, once its hash, chunks and checksums are found right.
func (x *exchange) payload(hash, secret string) ([]byte, error) {
	body := x.raw
	switch {
	case sigv4.Streaming(hash):
		var err error
		if body, err = x.decodeChunks(hash, secret); err != nil {
			return nil, err
		}
	case hash != sigv4.UnsignedPayload && hash != sigv4.HashPayload(body):
		err := refuse(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
		err.Extra = []field{{"ClientComputedContentSHA256", hash}, {"S3ComputedContentSHA256", sigv4.HashPayload(body)}}
		return nil, err
	}
	return body, checkDigests(x.r, body)
}

func (x *exchange) decodeChunks(hash, secret string) ([]byte, error) {
	length, err := strconv.ParseInt(x.r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || length < 0 {
		return nil, refuse(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	body, err := x.sig.Decode(x.raw, secret, hash, length)
	switch {
	case errors.Is(err, sigv4.ErrChunkSignature):
		return nil, refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	case errors.Is(err, sigv4.ErrTrailer):
		return nil, refuse(http.StatusBadRequest, "BadDigest", "The checksum in the trailer did not match the calculated checksum.")
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly")
	}
	return body, nil
}

// checkDigests compares body with the digests its headers give. Those that end a
// multipart upload are of the object that was uploaded, not of the body.
func checkDigests(r *http.Request, body []byte) error {
	h := r.Header
	if given := h.Get("Content-Md5"); given != "" {
		sum := md5.Sum(body)
		raw, err := base64.StdEncoding.DecodeString(given)
		switch {
		case err != nil || len(raw) != md5.Size:
			return refuse(http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified was invalid.")
		case string(raw) != string(sum[:]):
			return refuse(http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
	}
	if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
		return nil
	}
	for name := range h {
		want := sigv4.Checksum(name, body)
		if want != "" && want != h.Get(name) {
			return refuse(http.StatusBadRequest, "BadDigest", "The %s you specified did not match the calculated checksum.",
				strings.ToUpper(strings.TrimPrefix(strings.ToLower(name), "x-amz-checksum-")))
		}
	}
	return nil
}
