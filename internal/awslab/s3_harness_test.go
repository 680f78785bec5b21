package awslab

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// s3 returns an S3 client of a profile, in a region.
func (s *iamStage) s3(profile, region string) *s3.Client {
	credentials := s.profile(profile)
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: &s.url, UsePathStyle: true, RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	})
}

// refused checks an error's code and status; message is a part of its text.
func refused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &answer) {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if api.ErrorCode() != code || answer.HTTPStatusCode() != status || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("got %d %s %q, want %d %s %q", answer.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code, message)
	}
}

// bucketStage is a stage with a bucket and its owner's client.
func bucketStage(t *testing.T) (*iamStage, *s3.Client, *string) {
	t.Helper()
	stage := newIAMStage(t, Options{})
	client, name := stage.s3("secure-aws-prod", "us-east-1"), aws.String("a-bucket")
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name}); err != nil {
		t.Fatal(err)
	}
	return stage, client, name
}

func store(t *testing.T, c *s3.Client, bucket *string, key, body string) *s3.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(body)})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return out
}
