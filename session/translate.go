package session

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// translate makes an *Error of what the SDK returned for step. AWS's codes are those of
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
// and of each operation's own page.
func (c *chain) translate(err error, i int) *Error {
	step := c.steps[i]
	return classify(&Error{
		Profile: c.profile.Name, Key: c.info.Name, Action: step.Action, RoleARN: step.RoleARN, Skew: c.clock.Offset(),
		step: step, user: c.info.User, device: c.info.MFASerial, mfa: c.steps[0].MFASerial != "", err: err,
	}, c.clock)
}

// refusalKind classifies an answer of AWS. The two failures of MFA share their code
// with every other denial and differ in their text only.
func refusalKind(code, message string, status int) Kind {
	switch {
	case strings.Contains(message, "invalid MFA one time pass code"):
		return WrongCode
	case strings.Contains(message, "unable to validate MFA code"):
		return WrongSerial
	case strings.Contains(message, "DurationSeconds exceeds"):
		return TooLong
	case isSkewCode(code) && (strings.Contains(message, "Signature expired") || strings.Contains(message, "not yet current")):
		return ClockSkew
	}
	switch code {
	case "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId":
		return WrongKey
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		return WrongSecret
	case "RequestExpired", "RequestTimeTooSkewed":
		return ClockSkew
	case "AccessDenied", "AccessDeniedException":
		return Denied
	case "ExpiredToken", "ExpiredTokenException":
		return Expired
	case "RegionDisabledException":
		return NoRegion
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "RequestThrottled":
		return Throttled
	}
	if status >= 500 {
		return Unavailable
	}
	return Refused
}

// networkKind classifies a call without an answer.
func networkKind(err error) Kind {
	var dns *net.DNSError
	var op *net.OpError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var certificate x509.CertificateInvalidError
	var timeout net.Error
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect", strings.Contains(err.Error(), "Proxy Authentication Required"):
		return NoProxy
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &certificate):
		return Untrusted
	case errors.As(err, &dns) && dns.IsNotFound:
		return UnknownHost
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	}
	return Unreachable
}

// cause is the innermost error that says what happened without the SDK's preamble.
func cause(err error) error {
	var transport *url.Error
	if errors.As(err, &transport) {
		return transport.Err
	}
	var request *smithyhttp.RequestSendError
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// neverSent reports whether a call failed before AWS could see it.
func neverSent(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op != "read" && op.Op != "write"
}
