package awslab

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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

// TestMultipartOfOneChecksum gives the checksum of the whole object when the parts are in.
func TestMultipartOfOneChecksum(t *testing.T) {
	_, client, bucket := bucketStage(t)
	key := aws.String("big")
	u, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject})
	if err != nil {
		t.Fatal(err)
	}
	p, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: u.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("hello"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme})
	if err != nil {
		t.Fatal(err)
	}
	if p.ChecksumCRC64NVME == nil || *p.ChecksumCRC64NVME != "M3eFcAZSQlc=" {
		t.Errorf("the part's checksum: %v", aws.ToString(p.ChecksumCRC64NVME))
	}
	complete := func(checksum string) error {
		_, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: bucket, Key: key, UploadId: u.UploadId, ChecksumCRC64NVME: &checksum, ChecksumType: types.ChecksumTypeFullObject,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: p.ETag}}},
		})
		return err
	}
	refused(t, complete("AAAAAAAAAAA="), 400, "BadDigest", "CRC64NVME")
	if err := complete("M3eFcAZSQlc="); err != nil {
		t.Fatal(err)
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil || aws.ToString(head.ChecksumCRC64NVME) != "M3eFcAZSQlc=" || head.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("head: %+v, %v", head, err)
	}
}
