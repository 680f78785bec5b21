package awslab

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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

func FuzzRange(f *testing.F) {
	for _, header := range []string{"bytes=2-4", "bytes=-3", "bytes=7-", "bytes=-", "bytes=9223372036854775807-", "bytes=0--1", ""} {
		f.Add(header, 10)
	}
	f.Fuzz(func(t *testing.T, header string, size int) {
		if size < 0 || size > 1000 {
			t.Skip()
		}
		body := []byte(strings.Repeat("0123456789", 100))[:size]
		part, err := cut(body, header)
		if err == nil && part.partial && len(part.body) == 0 || !strings.Contains(string(body), string(part.body)) {
			t.Errorf("%q of %d bytes: %q %s", header, size, part.body, part.contentRange)
		}
	})
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
