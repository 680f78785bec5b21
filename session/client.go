package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// ClientConfig is what a client of STS is made of.
type ClientConfig struct {
	Caller
	HTTP *http.Client // of NewHTTPClient; required
}

// NewSTS returns the SDK's client, without the SDK's config package, whose start
// would cost more than all of a warm run. It signs with the caller's clock, learns
// AWS's from each answer and tries once more where ours was to blame. The SDK's
// request and signing logs, which hold tokens and codes, are never on.
func NewSTS(c ClientConfig) *sts.Client {
	clock := orElse(c.Clock, NewClock(time.Now, 0))
	options := sts.Options{
		AppID:                      "secaws",
		Region:                     c.Region,
		Credentials:                identity(c.Caller),
		HTTPClient:                 &watched{c.HTTP, clock},
		HTTPSignerV4:               &clockSigner{c.Signer, clock},
		DisableClockSkewCorrection: true, // the SDK's own keeps what it learns to one client
		Retryer:                    newRetryer(clock),
	}
	if c.Signer == nil {
		options.HTTPSignerV4 = &clockSigner{v4.NewSigner(), clock}
	}
	if c.Endpoint != "" {
		options.BaseEndpoint = aws.String(c.Endpoint)
	}
	return sts.New(options)
}

// identity is who the SDK believes to be signing: it sends no request without some
// credentials, though a Signer ignores them.
func identity(c Caller) aws.CredentialsProvider {
	credentials := c.Session.Credentials
	if c.Signer != nil {
		credentials = aws.Credentials{AccessKeyID: "signer", SecretAccessKey: "signer"}
	}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil })
}

// clockSigner signs with the time of clock in place of the SDK's.
type clockSigner struct {
	Signer
	clock *Clock
}

func (s *clockSigner) SignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string,
	_ time.Time, optFns ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, credentials, r, payloadHash, service, region, s.clock.sign(), optFns...)
}

// watched lets clock learn from each answer.
type watched struct {
	*http.Client
	clock *Clock
}

func (w *watched) Do(r *http.Request) (*http.Response, error) {
	answer, err := w.Client.Do(r)
	if err == nil {
		w.clock.observe(answer.Header)
	}
	return answer, err
}

// newRetryer retries what the SDK does, but not what will be the same in a second, and
// at once a signature refused for its time when the time is known by then. Waits between
// three attempts come to 6 s at most.
func newRetryer(clock *Clock) aws.Retryer {
	skewed := func(err error) bool { return isSkewCode(codeOf(err)) && clock.wrong() }
	usual := retry.NewExponentialJitterBackoff(3 * time.Second)
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			if skewed(err) {
				return 0, nil
			}
			return usual.BackoffDelay(attempt, err)
		})
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			switch {
			case skewed(err):
				return aws.TrueTernary
			case isSettled(err):
				return aws.FalseTernary
			}
			return aws.UnknownTernary
		})}, o.Retryables...)
	})
}

// isSettled holds for failures of the network that come of how it is set up.
func isSettled(err error) bool {
	switch networkKind(err) {
	case UnknownHost, Untrusted, NoProxy:
		return codeOf(err) == ""
	}
	return false
}

// isSkewCode holds for the codes of a signature that is too old or not yet valid:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
func isSkewCode(code string) bool {
	switch code {
	case "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException":
		return true
	}
	return false
}

// codeOf is AWS's code for err, "" where err is not AWS's.
func codeOf(err error) string {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode()
	}
	return ""
}
