package awslab

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// s3Actions is the table of S3's actions. All are Open: S3 looks for the bucket before
// it asks the policies, so a bucket that is not there is NoSuchBucket to everyone.
// Read is set on all, since none changes a State.
func s3Actions() []action {
	return []action{
		{Name: "ListBuckets", Read: true, Open: true, Run: listBuckets},
		{Name: "CreateBucket", Read: true, Open: true, Run: createBucket},
		{Name: "HeadBucket", Read: true, Open: true, Run: onBucket("s3:ListBucket", headBucket)},
		{Name: "DeleteBucket", Read: true, Open: true, Run: onBucket("s3:DeleteBucket", deleteBucket)},
		{Name: "GetBucketLocation", Read: true, Open: true, Run: onAnyRegion("s3:GetBucketLocation", bucketLocation)},
		{Name: "ListObjects", Read: true, Open: true, Run: onBucket("s3:ListBucket", listObjects)},
		{Name: "ListObjectsV2", Read: true, Open: true, Run: onBucket("s3:ListBucket", listObjectsV2)},
		{Name: "ListMultipartUploads", Read: true, Open: true, Run: onBucket("s3:ListBucketMultipartUploads", listUploads)},
		{Name: "DeleteObjects", Read: true, Open: true, Run: onBucket("", deleteObjects)},
		{Name: "PutObject", Read: true, Open: true, Run: onObject("s3:PutObject", putObject)},
		{Name: "CopyObject", Read: true, Open: true, Run: onObject("s3:PutObject", copyObject)},
		{Name: "GetObject", Read: true, Open: true, Run: onObject("s3:GetObject", getObject)},
		{Name: "HeadObject", Read: true, Open: true, Run: onObject("s3:GetObject", getObject)},
		{Name: "GetObjectTagging", Read: true, Open: true, Run: onObject("s3:GetObjectTagging", objectTagging)},
		{Name: "DeleteObject", Read: true, Open: true, Run: onObject("s3:DeleteObject", deleteObject)},
		{Name: "CreateMultipartUpload", Read: true, Open: true, Run: onObject("s3:PutObject", createUpload)},
		{Name: "UploadPart", Read: true, Open: true, Run: onObject("s3:PutObject", uploadPart)},
		{Name: "UploadPartCopy", Read: true, Open: true, Run: onObject("s3:PutObject", uploadPartCopy)},
		{Name: "CompleteMultipartUpload", Read: true, Open: true, Run: onObject("s3:PutObject", completeUpload)},
		{Name: "AbortMultipartUpload", Read: true, Open: true, Run: onObject("s3:AbortMultipartUpload", abortUpload)},
		{Name: "ListParts", Read: true, Open: true, Run: onObject("s3:ListMultipartUploadParts", listParts)},
	}
}

// s3Run is an action on a bucket that is there, in the region asked, and open to the caller.
type s3Run func(*call, *Bucket) (*response, error)

// onBucket runs an action that needs permission on its bucket; with "" it asks for itself.
func onBucket(permission string, run s3Run) func(*call) (any, error) {
	return func(c *call) (any, error) {
		b, err := c.namedBucket()
		if err != nil {
			return nil, err
		}
		if err := c.askS3(permission, bucketARN(b.Name)); err != nil {
			return nil, err
		}
		return answered(run(c, b))
	}
}

// onAnyRegion is onBucket for the action by which clients find out the region.
func onAnyRegion(permission string, run s3Run) func(*call) (any, error) {
	return func(c *call) (any, error) {
		b := c.lab.buckets[c.bucket]
		if b == nil {
			return nil, noSuchBucket(c.bucket)
		}
		if err := c.askS3(permission, bucketARN(b.Name)); err != nil {
			return nil, err
		}
		return answered(run(c, b))
	}
}

// onObject runs an action that needs permission on its object.
func onObject(permission string, run s3Run) func(*call) (any, error) {
	return func(c *call) (any, error) {
		b, err := c.namedBucket()
		if err != nil {
			return nil, err
		}
		if len(c.key) > 1024 {
			return nil, s3Refuse(http.StatusBadRequest, "KeyTooLongError", "Your key is too long", field{"MaxSizeAllowed", "1024"})
		}
		if err := c.askS3(permission, objectARN(b.Name, c.key)); err != nil {
			return nil, err
		}
		return answered(run(c, b))
	}
}

// answered keeps a nil response out of an interface.
func answered(r *response, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// namedBucket returns the bucket of the request, if it is in the region the request
// was sent to: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
func (c *call) namedBucket() (*Bucket, error) {
	b := c.lab.buckets[c.bucket]
	switch {
	case b == nil:
		return nil, noSuchBucket(c.bucket)
	case b.Region != c.region:
		e := s3Refuse(http.StatusMovedPermanently, "PermanentRedirect",
			"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			field{"Endpoint", b.Name + ".s3." + b.Region + ".amazonaws.com"}, field{"Bucket", b.Name})
		e.Header = regionHeader(b)
		return nil, e
	}
	return b, nil
}

// regionHeader tells clients the region of a bucket, with an answer or a redirect.
func regionHeader(b *Bucket) http.Header { return http.Header{"X-Amz-Bucket-Region": {b.Region}} }

// askS3 asks the policies; "" asks nothing. What a listing asks for is known to them.
func (c *call) askS3(permission, resource string) error {
	if permission == "" {
		return nil
	}
	keys := map[string][]string{}
	for name, key := range map[string]string{"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"} {
		if query := c.request.URL.Query(); query.Has(name) && permission == "s3:ListBucket" {
			keys[key] = []string{query.Get(name)}
		}
	}
	return c.authorize(permission, resource, keys)
}

// refuseObjectHeaders is refuseHeaders for a write of an object. Buckets are as AWS
// makes them today: without access control lists.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func refuseObjectHeaders(h http.Header) error {
	if acl := h.Get("X-Amz-Acl"); acl != "" && acl != "bucket-owner-full-control" {
		return s3Refuse(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	return refuseHeaders(h)
}

// refuseHeaders refuses what the lab does not keep, rather than to forget it.
func refuseHeaders(h http.Header) error {
	for name := range h {
		for _, prefix := range unkept {
			if strings.HasPrefix(name, prefix) {
				return notImplemented()
			}
		}
	}
	return nil
}

// unkept are the starts of headers whose features the lab does not have.
var unkept = []string{
	"X-Amz-Grant-", "X-Amz-Tagging", "X-Amz-Object-Lock-", "X-Amz-Bucket-Object-Lock-", "X-Amz-Server-Side-Encryption-",
	"X-Amz-Website-Redirect-Location", "X-Amz-Write-Offset-Bytes",
}

func bucketARN(bucket string) string      { return "arn:aws:s3:::" + bucket }
func objectARN(bucket, key string) string { return bucketARN(bucket) + "/" + key }

// s3XML is an answer with a document. Its type names the root: xml.Name `xml:"http://… Root"`.
func s3XML(document any) (*response, error) {
	text, err := xml.Marshal(document)
	return &response{
		Header: http.Header{"Content-Type": {"application/xml"}},
		Body:   append([]byte(xml.Header), text...),
	}, err
}
