package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/configgen"
)

// Site is how AWS is reached, alike for every account. Endpoints are checked by whoever sets them.
type Site struct {
	Region                               string
	IAMEndpoint, STSEndpoint, S3Endpoint string // "": AWS's own
	HTTP                                 aws.HTTPClient
	Retryer                              func() aws.Retryer // nil: Patient
	Now                                  func() time.Time   // nil: the machine's clock
}

// Patient retries what AWS throttles, slowing down by itself: IAM's limits are low and refill slowly.
func Patient() aws.Retryer {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = 8, 20*time.Second
		})
	})
}

// Credentials are one way into an account.
type Credentials struct {
	Via      string // "bootstrap profile secure-aws-prod", as it is told to the person
	Provider aws.CredentialsProvider
	Signer   iam.HTTPSignerV4 // signs in the SDK's place where the secret is not to be had; nil: the SDK signs
}

// Source is where credentials may come from. It is asked only when it is needed: it may prompt.
type Source func(ctx context.Context) (Credentials, error)

// Access is an account, reached.
type Access struct {
	Account configgen.Account // with its id
	Via     string
	Caller  string        // ARN of who calls
	KeyID   string        // of the key or session that signs
	Offset  time.Duration // AWS's clock less this machine's, as far as they surely differ
	IAM     *iam.Client
	S3      *buckets
}

// Open asks AWS whose credentials these are and refuses those of a root user and of another account than the pinned.
func (s Site) Open(ctx context.Context, account configgen.Account, c Credentials) (Access, error) {
	begun := s.now()
	identity, err := s.sts(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Access{}, &UnusableError{Account: account.Name, Via: c.Via, Err: err}
	}
	arn, id := aws.ToString(identity.Arn), aws.ToString(identity.Account)
	if strings.HasSuffix(arn, ":root") {
		return Access{}, &RootError{Account: account.Name, Via: c.Via}
	}
	if account.ID != "" && account.ID != id {
		return Access{}, fmt.Errorf("account %s: %s is of account %s, and the blueprint says %s", account.Name, c.Via, id, account.ID)
	}
	account.ID = id
	signing, err := c.Provider.Retrieve(ctx)
	if err != nil {
		return Access{}, fmt.Errorf("account %s: %w", account.Name, err)
	}
	var offset time.Duration
	if served, ok := awsmiddleware.GetServerTime(identity.ResultMetadata); ok {
		offset = skew(begun, served, s.now())
	}
	return Access{Account: account, Via: c.Via, Caller: arn, KeyID: signing.AccessKeyID, Offset: offset, IAM: s.iam(c), S3: s.s3(c)}, nil
}

// skew compares the clocks by the Date of an answer, which is cut to the second and was written some time between begun
// and now.
func skew(begun, served, now time.Time) time.Duration {
	early, late := served.Sub(begun)+time.Second, served.Sub(now)
	return min(early, 0) + max(late, 0)
}

func (s Site) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// OpenAll reaches every account of the blueprint by the first of its sources that works, and tells which with show.
// First sources are tried in parallel; the others one after the other, since they may ask the person.
func (s Site) OpenAll(ctx context.Context, b configgen.Blueprint, sources func(configgen.Account) []Source, show func(Access)) ([]Access, error) {
	accounts := b.All()
	from := make([][]Source, len(accounts))
	for i, account := range accounts {
		from[i] = sources(account)
	}
	open := make([]Access, len(accounts))
	failed := make([]error, len(accounts))
	err := parallel(ctx, len(accounts), func(ctx context.Context, i int) error {
		if len(from[i]) == 0 {
			failed[i] = &NoCredentialsError{Account: accounts[i]}
		} else {
			open[i], failed[i] = s.try(ctx, accounts[i], from[i][0])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, account := range accounts {
		for n := 1; n < len(from[i]) && unusable(failed[i]); n++ {
			open[i], failed[i] = s.try(ctx, account, from[i][n])
		}
		if failed[i] != nil {
			return nil, failed[i]
		}
		show(open[i])
	}
	return open, Distinct(open)
}

func (s Site) try(ctx context.Context, account configgen.Account, source Source) (Access, error) {
	c, err := source(ctx)
	if err != nil {
		return Access{}, err
	}
	return s.Open(ctx, account, c)
}

// Distinct refuses two names for one account: what the one wants the other would remove.
func Distinct(open []Access) error {
	for i, a := range open {
		same := func(other Access) bool { return other.Account.ID == a.Account.ID }
		if j := slices.IndexFunc(open[:i], same); j >= 0 {
			other := open[j]
			return &SameAccountError{ID: a.Account.ID, Names: [2]string{other.Account.Name, a.Account.Name}, Vias: [2]string{other.Via, a.Via}}
		}
	}
	return nil
}

// credentialCodes are the errors by which AWS says that a key is not, or no longer, any good.
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
var credentialCodes = []string{"InvalidClientTokenId", "SignatureDoesNotMatch", "AccessDenied", "ExpiredToken", "UnrecognizedClientException", "InvalidAccessKeyId"}

// unusable tells whether another source may do better.
func unusable(err error) bool {
	var bad *UnusableError
	return errors.As(err, &bad) && slices.ContainsFunc(credentialCodes, func(code string) bool { return isCode(err, code) })
}

func (s Site) retryer() aws.Retryer {
	if s.Retryer != nil {
		return s.Retryer()
	}
	return Patient()
}

func (s Site) iam(c Credentials) *iam.Client {
	return iam.New(iam.Options{Region: s.Region, Credentials: c.Provider, HTTPClient: s.HTTP, BaseEndpoint: endpoint(s.IAMEndpoint), Retryer: s.retryer(), HTTPSignerV4: c.Signer})
}

func (s Site) sts(c Credentials) *sts.Client {
	return sts.New(sts.Options{Region: s.Region, Credentials: c.Provider, HTTPClient: s.HTTP, BaseEndpoint: endpoint(s.STSEndpoint), Retryer: s.retryer(), HTTPSignerV4: c.Signer})
}

func (s Site) s3(c Credentials) *buckets {
	now := s.Now
	if now == nil {
		now = time.Now
	}
	return &buckets{region: s.Region, endpoint: s.S3Endpoint, http: s.HTTP, provider: c.Provider, signer: c.Signer, now: now}
}

func endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}

// Pinned returns b with the ids of the accounts that were reached.
func Pinned(b configgen.Blueprint, open []Access) configgen.Blueprint {
	ids := map[string]string{}
	for _, a := range open {
		ids[a.Account.Name] = a.Account.ID
	}
	return b.Pinned(ids)
}
