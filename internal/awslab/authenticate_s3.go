package awslab

import (
	"cmp"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// s3AuthError tells a problem as S3 does:
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
func s3AuthError(e *authError, keyID string) *apiError {
	switch e.problem {
	case unsigned:
		return accessDenied("Access Denied")
	case unreadable, badScope:
		if strings.HasPrefix(e.detail, "Unsupported AWS 'algorithm'") {
			return refuse(http.StatusBadRequest, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
		}
		if e.sig != nil && e.sig.Presigned || strings.Contains(e.detail, "X-Amz-") {
			return refuse(http.StatusBadRequest, "AuthorizationQueryParametersError", "%s", e.detail)
		}
		return refuse(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; %s", e.detail)
	case urlExpired:
		err := accessDenied("Request has expired")
		err.Extra = []field{
			{"X-Amz-Expires", strconv.Itoa(int(e.sig.Expires.Seconds()))},
			{"Expires", e.sig.Time.Add(e.sig.Expires).Format(time.RFC3339)}, {"ServerTime", e.now.Format(time.RFC3339)},
		}
		return err
	case tooOld, tooEarly:
		err := refuse(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
		err.Extra = []field{
			{"RequestTime", e.sig.Time.Format("20060102T150405Z")}, {"ServerTime", e.now.Format(time.RFC3339)},
			{"MaxAllowedSkewMilliseconds", strconv.FormatInt(maxSkew.Milliseconds(), 10)},
		}
		return err
	case expiredToken:
		return refuse(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case foreignToken:
		return refuse(http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.")
	case badSignature:
		err := refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
		err.Extra = []field{
			{"AWSAccessKeyId", keyID}, {"StringToSign", e.verdict.StringToSign}, {"SignatureProvided", e.sig.Digest},
			{"StringToSignBytes", spaced(e.verdict.StringToSign)},
			{"CanonicalRequest", e.verdict.CanonicalRequest}, {"CanonicalRequestBytes", spaced(e.verdict.CanonicalRequest)},
		}
		return err
	}
	err := refuse(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	err.Extra = []field{{"AWSAccessKeyId", keyID}}
	return err
}

// s3ScopeError is what S3 says of a signature for another service or region: it tells
// the region, so that clients can sign anew for it. Version 2 has no scope.
func s3ScopeError(t target, sig *sigv4.Signature, wrongService, wrongRegion bool) error {
	code, about := "AuthorizationHeaderMalformed", "The authorization header is malformed; "
	if sig.Presigned {
		code, about = "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; "
	}
	switch {
	case sig.Legacy:
		return nil
	case wrongService:
		return refuse(http.StatusBadRequest, code, "%sincorrect service %q. This endpoint belongs to \"s3\".", about, sig.Service)
	case wrongRegion:
		right := cmp.Or(t.region, "us-east-1")
		err := refuse(http.StatusBadRequest, code, "%sthe region '%s' is wrong; expecting '%s'", about, sig.Region, right)
		err.Extra = []field{{"Region", right}}
		return err
	}
	return nil
}

// spaced is text as bytes in hex with blanks between.
func spaced(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString([]byte{text[i]}))
	}
	return b.String()
}
