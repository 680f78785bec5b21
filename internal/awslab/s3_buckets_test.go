package awslab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestBuckets(t *testing.T) {
	stage := newIAMStage(t, Options{})
	prod, infra := stage.s3("secure-aws-prod", "us-west-2"), stage.s3("secure-aws-infra", "us-west-2")
	east := stage.s3("secure-aws-prod", "us-east-1")
	create := func(c *s3.Client, name, place string) error {
		in := &s3.CreateBucketInput{Bucket: &name}
		if place != "" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(place)}
		}
		_, err := c.CreateBucket(ctx, in)
		return err
	}
	for _, c := range []struct {
		client      *s3.Client
		name, place string
	}{{prod, "west", "us-west-2"}, {east, "east", ""}, {east, "east", ""}, {east, "ireland", "EU"}, {infra, "zz-foreign", "us-west-2"}} {
		if err := create(c.client, c.name, c.place); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
	refused(t, create(prod, "west", "us-west-2"), 409, "BucketAlreadyOwnedByYou", "you already own it")
	refused(t, create(infra, "west", "us-west-2"), 409, "BucketAlreadyExists", "The requested bucket name is not available.")
	refused(t, create(prod, "other", ""), 400, "IllegalLocationConstraintException", "The unspecified location constraint")
	refused(t, create(prod, "other", "eu-west-1"), 400, "IllegalLocationConstraintException", "The eu-west-1 location constraint")
	refused(t, create(east, "other", "us-east-1"), 400, "InvalidLocationConstraint", "not valid")
	refused(t, create(east, "other", "mars-1"), 400, "InvalidLocationConstraint", "not valid")
}

func TestBucketsAreListedLocatedAndRemoved(t *testing.T) {
	stage := newIAMStage(t, Options{})
	prod, infra := stage.s3("secure-aws-prod", "us-west-2"), stage.s3("secure-aws-infra", "us-west-2")
	for _, b := range []Bucket{{Name: "east", Account: prodAccount, Region: "us-east-1"}, {Name: "ireland", Account: prodAccount, Region: "eu-west-1"},
		{Name: "west", Account: prodAccount, Region: "us-west-2"}, {Name: "zz-foreign", Account: infraAccount, Region: "us-west-2"}} {
		stage.lab.buckets[b.Name] = &b
	}
	list, err := prod.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range list.Buckets {
		got = append(got, *b.Name+" "+aws.ToString(b.BucketRegion))
	}
	if want := []string{"east us-east-1", "ireland eu-west-1", "west us-west-2"}; !slices.Equal(got, want) {
		t.Errorf("buckets %q, want %q", got, want)
	}

	for name, want := range map[string]string{"west": "us-west-2", "east": "", "ireland": "eu-west-1"} {
		place, err := prod.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &name})
		if err != nil || string(place.LocationConstraint) != want {
			t.Errorf("location of %s: %v, %v; want %q", name, place, err, want)
		}
	}
	if head, err := prod.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("west")}); err != nil || *head.BucketRegion != "us-west-2" {
		t.Errorf("head: %v, %v", head, err)
	}
	_, err = prod.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("east")})
	refused(t, err, 301, "PermanentRedirect", "must be addressed using the specified endpoint")
	_, err = infra.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("west")})
	refused(t, err, 403, "AccessDenied", "")
	_, err = prod.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("nowhere")})
	refused(t, err, 404, "NoSuchBucket", "The specified bucket does not exist")

	_, err = prod.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("zz-foreign")})
	refused(t, err, 403, "AccessDenied", "")
	if _, err = prod.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("west")}); err != nil {
		t.Error(err)
	}
	_, err = prod.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("west")})
	refused(t, err, 404, "NoSuchBucket", "The specified bucket does not exist")
}

// TestVirtualHosts has the bucket in the host's name, of loopback and of AWS.
func TestVirtualHosts(t *testing.T) {
	stage := newIAMStage(t, Options{})
	server := strings.TrimPrefix(stage.url, "http://")
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}
	credentials := stage.profile("secure-aws-prod")
	for _, endpoint := range []string{"http://localhost:80", "http://s3.us-west-2.amazonaws.com"} {
		client := s3.New(s3.Options{
			Region: "us-west-2", BaseEndpoint: &endpoint, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
		})
		bucket := aws.String("in-the-host")
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "us-west-2"}}); err != nil {
			t.Fatal(err)
		}
		store(t, client, bucket, "a/ü b", "x")
		if list, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket}); err != nil || len(list.Contents) != 1 || *list.Contents[0].Key != "a/ü b" {
			t.Errorf("%s: %+v, %v", endpoint, list, err)
		}
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("a/ü b")}); err != nil {
			t.Error(err)
		}
		if _, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket}); err != nil {
			t.Error(err)
		}
	}
}

func TestBucketNames(t *testing.T) {
	good := []string{"abc", "a-b.c", "123", strings.Repeat("a", 63), "1.2.3"}
	bad := []string{"ab", strings.Repeat("a", 64), "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "192.168.5.4", "xn--a", "sthree-a", "a-s3alias", "a--ol-s3", "a b", "ü-bucket"}
	for _, name := range good {
		if !validBucket(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range bad {
		if validBucket(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

// TestDeniedBucketNamesPrincipalAndAction holds the message to AWS's.
func TestDeniedBucketNamesPrincipalAndAction(t *testing.T) {
	stage := newIAMStage(t, Options{Seed: SeedLandingZone})
	_, err := stage.s3("dev", "us-west-2").CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("abc"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "us-west-2"}})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111111111111:user/dev is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::abc" because no identity-based policy allows the s3:CreateBucket action`)
}

func TestS3Addresses(t *testing.T) {
	tests := []struct {
		method, host, target string
		copied               bool
		want                 string // action bucket key
	}{
		{"GET", "127.0.0.1:1", "/", false, "ListBuckets - -"},
		{"PUT", "127.0.0.1:1", "/b", false, "CreateBucket b -"},
		{"PUT", "127.0.0.1:1", "/b/", false, "CreateBucket b -"},
		{"GET", "127.0.0.1:1", "/b?list-type=2&prefix=x", false, "ListObjectsV2 b -"},
		{"GET", "127.0.0.1:1", "/b?prefix=x", false, "ListObjects b -"},
		{"GET", "127.0.0.1:1", "/b?location", false, "GetBucketLocation b -"},
		{"GET", "127.0.0.1:1", "/b/k?x-id=GetObject", false, "GetObject b k"},
		{"GET", "127.0.0.1:1", "/b/k%2Fl%20m", false, "GetObject b k/l m"},
		{"PUT", "127.0.0.1:1", "/b/k", true, "CopyObject b k"},
		{"PUT", "127.0.0.1:1", "/b/k?partNumber=1&uploadId=u", false, "UploadPart b k"},
		{"PUT", "127.0.0.1:1", "/b/k?uploadId=u&partNumber=1", true, "UploadPartCopy b k"},
		{"POST", "127.0.0.1:1", "/b/k?uploads", false, "CreateMultipartUpload b k"},
		{"GET", "b.localhost:1", "/", false, "ListObjects b -"},
		{"GET", "b.c.localhost:1", "/k", false, "GetObject b.c k"},
		{"GET", "localhost:1", "/b/k", false, "GetObject b k"},
		{"HEAD", "b.s3.us-west-2.amazonaws.com", "/", false, "HeadBucket b -"},
		{"GET", "b.s3.amazonaws.com", "/k/l", false, "GetObject b k/l"},
		{"GET", "s3.us-west-2.amazonaws.com", "/b", false, "ListObjects b -"},
	}
	for _, tt := range tests {
		r, err := http.NewRequest(tt.method, "http://"+tt.host+tt.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.copied {
			r.Header.Set("X-Amz-Copy-Source", "b/k")
		}
		action, bucket, key, err := s3Route(r)
		if bucket == "" {
			bucket = "-"
		}
		if key == "" {
			key = "-"
		}
		if got := strings.Join([]string{action, bucket, key}, " "); err != nil || got != tt.want {
			t.Errorf("%s %s%s: %s, %v; want %s", tt.method, tt.host, tt.target, got, err, tt.want)
		}
	}
	for _, target := range []string{"GET /b?acl", "PUT /b?policy", "GET /b/k?versionId=1", "POST /b", "GET /b?versions", "PUT /b/k?tagging", "PATCH /b/k", "DELETE /"} {
		method, path, _ := strings.Cut(target, " ")
		r, err := http.NewRequest(method, "http://127.0.0.1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := s3Route(r); err == nil || !strings.Contains(fmt.Sprint(err), "NotImplemented") {
			t.Errorf("%s: %v, want NotImplemented", target, err)
		}
	}
}
