package provision

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/secaws/secaws/configgen"
)

// buckets makes, lists and removes S3 buckets. These are three requests of
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
// for which the SDK's client would make the program a third larger: the linker keeps every operation of it.
type buckets struct {
	region   string
	endpoint string // "": AWS's own
	http     aws.HTTPClient
	provider aws.CredentialsProvider
	signer   iam.HTTPSignerV4
	now      func() time.Time
	wait     Waiter
}

const (
	// bucketAnswer is more than any answer of ours is long, in bytes: 1,000 buckets a page.
	bucketAnswer = 1 << 20
	bucketTries  = 4
)

// s3Domains are the domains of S3 in partitions where it is not amazonaws.com.
var s3Domains = map[string]string{
	"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov",
	"aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov",
}

// create makes a bucket in the region: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
func (b *buckets) create(ctx context.Context, name string) error {
	var body []byte
	if b.region != "us-east-1" { // the one region that must not be named
		body = []byte(`<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + b.region + `</LocationConstraint></CreateBucketConfiguration>`)
	}
	_, err := b.call(ctx, http.MethodPut, name, nil, body)
	return err
}

// remove deletes an empty bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
func (b *buckets) remove(ctx context.Context, name string) error {
	_, err := b.call(ctx, http.MethodDelete, name, nil, nil)
	return err
}

// list returns the names of the account's buckets that begin with prefix:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func (b *buckets) list(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	query := url.Values{"prefix": {prefix}, "max-buckets": {"1000"}}
	for {
		answer, err := b.call(ctx, http.MethodGet, "", query, nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Names []string `xml:"Buckets>Bucket>Name"`
			Next  string   `xml:"ContinuationToken"`
		}
		if err := xml.Unmarshal(answer, &page); err != nil {
			return nil, fmt.Errorf("S3 answered what is no list of buckets: %w", err)
		}
		for _, name := range page.Names {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		if page.Next == "" {
			return names, nil
		}
		query.Set("continuation-token", page.Next)
	}
}

// call repeats a request that S3 is too busy for; all of ours may be repeated.
func (b *buckets) call(ctx context.Context, method, bucket string, query url.Values, body []byte) (answer []byte, err error) {
	tries := 0
	waitErr := b.wait.Until(ctx, "S3", func(ctx context.Context) (bool, error) {
		tries++
		answer, err = b.once(ctx, method, bucket, query, body)
		return !busy(err) || tries == bucketTries, nil
	})
	if waitErr != nil {
		return nil, waitErr
	}
	return answer, err
}

func busy(err error) bool {
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return false
	}
	_, throttled := retry.DefaultThrottleErrorCodes[refused.ErrorCode()]
	return throttled || refused.ErrorCode() == "ServiceUnavailable" || refused.ErrorCode() == "InternalError"
}

func (b *buckets) once(ctx context.Context, method, bucket string, query url.Values, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, b.address(bucket, query), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if err := b.sign(ctx, request, body); err != nil {
		return nil, err
	}
	response, err := b.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, bucketAnswer))
	if err != nil {
		return nil, fmt.Errorf("read S3's answer: %w", err)
	}
	if response.StatusCode >= 300 {
		return nil, refusal(response.StatusCode, answer)
	}
	return answer, nil
}

// address is the bucket's host name with AWS, and its path below an endpoint of another kind: a name before an IP
// address is none.
func (b *buckets) address(bucket string, query url.Values) string {
	host, path := "s3."+b.region+"."+b.domain(), "/"
	base := "https://" + host
	switch {
	case b.endpoint != "":
		base, path = strings.TrimRight(b.endpoint, "/"), "/"+bucket
	case bucket != "":
		base = "https://" + bucket + "." + host
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return base + path
}

func (b *buckets) domain() string {
	if domain := s3Domains[(configgen.Blueprint{Region: b.region}).Partition()]; domain != "" {
		return domain
	}
	return "amazonaws.com"
}

// sign signs as S3 wants it, the hash of the body among the headers:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func (b *buckets) sign(ctx context.Context, request *http.Request, body []byte) error {
	credentials, err := b.provider.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	signer := b.signer
	if signer == nil {
		signer = v4.NewSigner()
	}
	return signer.SignHTTP(ctx, credentials, request, hash, "s3", b.region, b.now(), func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true
	})
}

// refusal is S3's error: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func refusal(status int, answer []byte) error {
	e := struct{ Code, Message string }{Code: http.StatusText(status)}
	if xml.Unmarshal(answer, &e) != nil {
		e.Message = "the answer is not S3's"
	}
	return &smithy.GenericAPIError{Code: e.Code, Message: e.Message}
}
