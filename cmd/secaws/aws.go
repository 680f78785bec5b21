package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/session"
)

// usualRegion is where calls go that no profile and no variable gives a region for. IAM and STS answer there for the
// whole partition aws.
const usualRegion = "us-east-1"

// httpClient goes through the environment's proxy and trusts its certificates.
func (e *env) httpClient() (*http.Client, error) {
	client, err := session.NewHTTPClient(e.getenv("AWS_CA_BUNDLE"))
	if err == nil && e.transport != nil {
		client.Transport = e.transport
	}
	return client, err
}

// newSTS is the client for one caller.
func (e *env) newSTS(c session.Caller) session.STS {
	client, err := e.httpClient()
	if err != nil {
		return brokenSTS{err}
	}
	all := session.NewSTS(session.ClientConfig{Caller: c, HTTP: client})
	return stsCalls{all.GetSessionToken, all.AssumeRole}
}

// stsCalls are the operations of a client that we need. The client itself is not made an interface: the linker would
// keep all of its operations.
type stsCalls struct {
	getSessionToken func(context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error)
	assumeRole      func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

func (c stsCalls) GetSessionToken(ctx context.Context, in *sts.GetSessionTokenInput, optFns ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error) {
	return c.getSessionToken(ctx, in, optFns...)
}

func (c stsCalls) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return c.assumeRole(ctx, in, optFns...)
}

// brokenSTS is a client that could not be made: it says why when it is used.
type brokenSTS struct{ err error }

func (b brokenSTS) GetSessionToken(context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error) {
	return nil, b.err
}

func (b brokenSTS) AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return nil, b.err
}

// endpoint is the environment's override for a service ("STS", "IAM", "S3"), "" for none. It is refused where a
// variable alone could send a key, a code or a token to a stranger: only loopback and AWS's own domains pass.
func (e *env) endpoint(service string) (string, error) {
	if e.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" {
		return "", nil
	}
	name := "AWS_ENDPOINT_URL_" + service
	url := e.getenv(name)
	if url == "" {
		name = "AWS_ENDPOINT_URL"
		url = e.getenv(name)
	}
	if url == "" {
		return "", nil
	}
	if err := session.CheckEndpoint(url, ""); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	e.tellEndpoint(url, name)
	return url, nil
}

// tellEndpoint says that calls go elsewhere than to AWS.
func (e *env) tellEndpoint(url, name string) {
	e.noticeOnce(fmt.Sprintf("calls go to %s, by %s", url, name))
}

// awsConfig is what the clients of a service are made of. The SDK's logs of requests and signatures stay off: they hold
// tokens and codes.
func (e *env) awsConfig(service string, c aws.CredentialsProvider, region string) (aws.Config, error) {
	client, err := e.httpClient()
	if err != nil {
		return aws.Config{}, err
	}
	endpoint, err := e.endpoint(service)
	if err != nil {
		return aws.Config{}, err
	}
	config := aws.Config{Region: region, Credentials: c, HTTPClient: client, AppID: "secaws"}
	if endpoint != "" {
		config.BaseEndpoint = aws.String(endpoint)
	}
	return config, nil
}
