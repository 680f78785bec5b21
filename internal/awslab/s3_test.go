package awslab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
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

// TestDevAdminMakesNoBucket is the end of the walk: ReadOnlyAccess makes no bucket, PowerUserAccess does.
func TestDeniedBucketNamesPrincipalAndAction(t *testing.T) {
	stage := newIAMStage(t, Options{Seed: SeedLandingZone})
	_, err := stage.s3("dev", "us-west-2").CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("abc"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "us-west-2"}})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111111111111:user/dev is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::abc" because no identity-based policy allows the s3:CreateBucket action`)
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

func TestObjects(t *testing.T) {
	_, client, bucket := bucketStage(t)
	key := aws.String("a/ b+ü&=?.txt")
	out, err := client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: key, Body: strings.NewReader("hello world"), ContentType: aws.String("text/plain"),
		CacheControl: aws.String("no-store"), Metadata: map[string]string{"who": "me"},
	})
	if err != nil {
		t.Fatal(err)
	}
	const md5OfHello = `"5eb63bbbe01eeed093cb22bb8f5acdc3"`
	if *out.ETag != md5OfHello {
		t.Errorf("ETag %s, want %s", *out.ETag, md5OfHello)
	}
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body) // compares the checksum too
	if err != nil || string(body) != "hello world" || *got.ContentType != "text/plain" || *got.CacheControl != "no-store" || got.Metadata["who"] != "me" || got.ContentEncoding != nil {
		t.Errorf("got %q %+v, %v", body, got, err)
	}
	if got.ChecksumCRC32 == nil || *got.ChecksumCRC32 != "DUoRhQ==" {
		t.Errorf("CRC32 %v, want that of the SDK's upload, DUoRhQ==", got.ChecksumCRC32)
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	if err != nil || *head.ContentLength != 11 || *head.ETag != md5OfHello {
		t.Errorf("head: %+v, %v", head, err)
	}
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("none")})
	refused(t, err, 404, "NoSuchKey", "The specified key does not exist.")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String(strings.Repeat("k", 1025)), Body: strings.NewReader("")})
	refused(t, err, 400, "KeyTooLongError", "")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, ACL: types.ObjectCannedACLPublicRead})
	refused(t, err, 400, "AccessControlListNotSupported", "")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Tagging: aws.String("a=b")})
	refused(t, err, 501, "NotImplemented", "")
	for range 2 { // deleting what is gone is no error
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key}); err != nil {
			t.Error(err)
		}
	}
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	refused(t, err, 404, "NotFound", "")
}

func TestConditionalRequests(t *testing.T) {
	_, client, bucket := bucketStage(t)
	key, tag := aws.String("k"), store(t, client, bucket, "k", "one").ETag
	_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, IfNoneMatch: aws.String("*")})
	refused(t, err, 412, "PreconditionFailed", "")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, IfMatch: aws.String(`"0"`)})
	refused(t, err, 412, "PreconditionFailed", "")
	if _, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("new"), IfNoneMatch: aws.String("*")}); err != nil {
		t.Error(err)
	}
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, IfNoneMatch: tag})
	refused(t, err, 304, "NotModified", "")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, IfMatch: aws.String(`"0"`)})
	refused(t, err, 412, "PreconditionFailed", "")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, IfModifiedSince: aws.Time(time.Now().Add(time.Hour))})
	refused(t, err, 304, "NotModified", "")
	if _, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, IfMatch: tag, IfNoneMatch: aws.String(`"0"`)}); err != nil {
		t.Error(err)
	}
}

func TestRanges(t *testing.T) {
	_, client, bucket := bucketStage(t)
	store(t, client, bucket, "k", "0123456789")
	tests := []struct{ header, body, contentRange string }{
		{"bytes=2-4", "234", "bytes 2-4/10"},
		{"bytes=7-", "789", "bytes 7-9/10"},
		{"bytes=-3", "789", "bytes 7-9/10"},
		{"bytes=-30", "0123456789", "bytes 0-9/10"},
		{"bytes=8-99", "89", "bytes 8-9/10"},
		{"bytes=4-2", "0123456789", ""},
		{"lines=1-2", "0123456789", ""},
	}
	for _, tt := range tests {
		out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("k"), Range: &tt.header})
		if err != nil {
			t.Errorf("%s: %v", tt.header, err)
			continue
		}
		if body, _ := io.ReadAll(out.Body); string(body) != tt.body || aws.ToString(out.ContentRange) != tt.contentRange {
			t.Errorf("%s: %q %q, want %q %q", tt.header, body, aws.ToString(out.ContentRange), tt.body, tt.contentRange)
		}
	}
	for _, header := range []string{"bytes=10-", "bytes=-0"} {
		_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("k"), Range: &header})
		refused(t, err, 416, "InvalidRange", "")
	}
}

func TestListings(t *testing.T) {
	_, client, bucket := bucketStage(t)
	for _, key := range []string{"a", "b/1", "b/2", "c/x/1", "d ü", "e"} {
		store(t, client, bucket, key, key)
	}
	tests := []struct {
		name                     string
		prefix, delimiter, after string
		max                      int32
		want                     string // keys and prefixes of each page
	}{
		{name: "all", want: "a b/1 b/2 c/x/1 d%ü e"},
		{name: "folders", delimiter: "/", want: "a d%ü e b/ c/"},
		{name: "in a folder", prefix: "b/", delimiter: "/", want: "b/1 b/2"},
		{name: "a prefix that is no folder", prefix: "b", delimiter: "/", want: "b/"},
		{name: "after", after: "b/1", want: "b/2 c/x/1 d%ü e"},
		{name: "after, within a folder", after: "b/1", delimiter: "/", want: "d%ü e b/ c/"},
		{name: "pages", max: 2, want: "a b/1|b/2 c/x/1|d%ü e"},
		{name: "pages of folders", max: 1, delimiter: "/", want: "a|b/|c/|d%ü|e"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &s3.ListObjectsV2Input{Bucket: bucket, Prefix: &tt.prefix, Delimiter: &tt.delimiter, StartAfter: &tt.after, EncodingType: types.EncodingTypeUrl}
			if tt.max > 0 {
				in.MaxKeys = &tt.max
			}
			var pages []string
			for p := s3.NewListObjectsV2Paginator(client, in); p.HasMorePages(); {
				out, err := p.NextPage(ctx)
				if err != nil {
					t.Fatal(err)
				}
				var items []string
				for _, o := range out.Contents {
					items = append(items, strings.ReplaceAll(strings.ReplaceAll(*o.Key, "%C3%BC", "ü"), "+", "%"))
				}
				for _, p := range out.CommonPrefixes {
					items = append(items, *p.Prefix)
				}
				if int(*out.KeyCount) != len(items) {
					t.Errorf("KeyCount %d for %q", *out.KeyCount, items)
				}
				pages = append(pages, strings.Join(items, " "))
			}
			if got := strings.Join(pages, "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	v1, err := client.ListObjects(ctx, &s3.ListObjectsInput{Bucket: bucket, Delimiter: aws.String("/"), MaxKeys: aws.Int32(2), Marker: aws.String("a")})
	if err != nil || !*v1.IsTruncated || *v1.NextMarker != "c/" || len(v1.CommonPrefixes) != 2 || v1.Contents != nil {
		t.Errorf("version 1: %+v, %v", v1, err)
	}
	_, err = client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, MaxKeys: aws.Int32(-1)})
	refused(t, err, 400, "InvalidArgument", "maxKeys")
	_, err = client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, ContinuationToken: aws.String("!")})
	refused(t, err, 400, "InvalidArgument", "continuation token")
}

func TestCopiesAndDeletes(t *testing.T) {
	stage, client, bucket := bucketStage(t)
	store(t, client, bucket, "from ü", "text")
	if _, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("to"), CopySource: aws.String(*bucket + "/from%20%C3%BC")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("to"), CopySource: aws.String(*bucket + "/to")})
	refused(t, err, 400, "InvalidRequest", "copy an object to itself")
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("to"), CopySource: aws.String("nowhere/to")})
	refused(t, err, 404, "NoSuchBucket", "")
	other := stage.s3("secure-aws-infra", "us-east-1")
	if _, err = other.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("others")}); err != nil {
		t.Fatal(err)
	}
	_, err = other.CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String("others"), Key: aws.String("stolen"), CopySource: aws.String(*bucket + "/to")})
	refused(t, err, 403, "AccessDenied", "")
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	refused(t, err, 409, "BucketNotEmpty", "")
	out, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("from ü")}, {Key: aws.String("to")}, {Key: aws.String("never there")}},
	}})
	if err != nil || len(out.Deleted) != 3 || len(out.Errors) != 0 {
		t.Errorf("delete: %+v, %v", out, err)
	}
	if _, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket}); err != nil {
		t.Error(err)
	}
}

// TestDeleteObjectsAsksForEachKey uses a user who may delete some of them.
func TestDeleteObjectsAsksForEachKey(t *testing.T) {
	stage, owner, bucket := bucketStage(t)
	store(t, owner, bucket, "mine/1", "x")
	store(t, owner, bucket, "yours/1", "x")
	user := stage.lab.state.Accounts[prodAccount].Users[bootstrapUser]
	user.Attached, user.Inline = nil, map[string]string{"p": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:DeleteObject","s3:GetObject"],"Resource":"arn:aws:s3:::a-bucket/mine/*"}}`}
	out, err := owner.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("mine/1")}, {Key: aws.String("yours/1")}},
	}})
	if err != nil || len(out.Deleted) != 1 || len(out.Errors) != 1 || *out.Errors[0].Key != "yours/1" || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("got %+v, %v", out, err)
	}
	if stage.lab.buckets[*bucket].Objects["yours/1"] == nil {
		t.Error("an object was deleted by one who may not")
	}
	_, err = owner.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("mine/none")})
	refused(t, err, 403, "AccessDenied", "s3:ListBucket") // who may not list is not told what is missing
}

func TestMultipart(t *testing.T) {
	_, client, bucket := bucketStage(t)
	key := aws.String("big")
	start := func(algorithm types.ChecksumAlgorithm) *string {
		u, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ContentType: aws.String("text/x"), ChecksumAlgorithm: algorithm})
		if err != nil {
			t.Fatal(err)
		}
		return u.UploadId
	}
	part := func(id *string, n int32, size int) types.CompletedPart {
		p, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: id, PartNumber: &n, Body: bytes.NewReader(bytes.Repeat([]byte{byte(n)}, size)), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
		if err != nil {
			t.Fatal(err)
		}
		return types.CompletedPart{PartNumber: &n, ETag: p.ETag, ChecksumCRC32: p.ChecksumCRC32}
	}
	complete := func(id *string, parts ...types.CompletedPart) error {
		_, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
		return err
	}
	id := start(types.ChecksumAlgorithmCrc32)
	one, two := part(id, 1, minPart), part(id, 2, 10)
	small := part(id, 3, 10)
	refused(t, complete(id, two, one), 400, "InvalidPartOrder", "")
	refused(t, complete(id, two, small), 400, "EntityTooSmall", "")
	wrong := one
	wrong.ETag = aws.String(`"0"`)
	refused(t, complete(id, wrong, two), 400, "InvalidPart", "")
	listed, err := client.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: id})
	if err != nil || len(listed.Parts) != 3 || *listed.Parts[0].Size != minPart {
		t.Errorf("parts: %+v, %v", listed, err)
	}
	if err := complete(id, one, two); err != nil {
		t.Fatal(err)
	}
	refused(t, complete(id, one, two), 404, "NoSuchUpload", "")
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if want := append(bytes.Repeat([]byte{1}, minPart), bytes.Repeat([]byte{2}, 10)...); err != nil || !bytes.Equal(body, want) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if !strings.HasSuffix(*got.ETag, `-2"`) || *got.ContentType != "text/x" || got.ChecksumType != types.ChecksumTypeComposite || !strings.HasSuffix(*got.ChecksumCRC32, "-2") {
		t.Errorf("got %s %s %s", *got.ETag, *got.ContentType, got.ChecksumType)
	}

	second := start("")
	uploads, err := client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: bucket})
	if err != nil || len(uploads.Uploads) != 1 || *uploads.Uploads[0].UploadId != *second {
		t.Errorf("uploads: %+v, %v", uploads, err)
	}
	if _, err := client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: second}); err != nil {
		t.Error(err)
	}
	refused(t, complete(second, one), 404, "NoSuchUpload", "")
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
