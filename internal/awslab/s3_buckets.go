package awslab

import (
	"encoding/xml"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// owner is an account as S3 shows it.
type owner struct {
	ID string
}

func ownerOf(account string) owner { return owner{canonicalID(account)} }

// s3Time is a moment in S3's documents.
func s3Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// listBuckets lists the caller's own buckets.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func listBuckets(c *call) (any, error) {
	if err := c.askS3("s3:ListAllMyBuckets", "*"); err != nil {
		return nil, err
	}
	type bucket struct{ Name, CreationDate, BucketRegion string }
	var result struct {
		XMLName           xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
		Owner             owner
		Buckets           []bucket `xml:"Buckets>Bucket"`
		ContinuationToken string   `xml:",omitempty"`
		Prefix            string   `xml:",omitempty"`
	}
	query := c.request.URL.Query()
	max, err := positive(query.Get("max-buckets"), "max-buckets", 10000)
	if err != nil {
		return nil, err
	}
	result.Owner, result.Prefix = ownerOf(c.principal.Account), query.Get("prefix")
	for _, b := range c.lab.bucketsOf(c.principal.Account) {
		switch region := query.Get("bucket-region"); {
		case !strings.HasPrefix(b.Name, result.Prefix), region != "" && region != b.Region, b.Name <= query.Get("continuation-token"):
			continue
		case len(result.Buckets) == max:
			result.ContinuationToken = result.Buckets[max-1].Name
			return answered(s3XML(result))
		}
		result.Buckets = append(result.Buckets, bucket{b.Name, s3Time(b.Created), b.Region})
	}
	return answered(s3XML(result))
}

// positive reads a number of at least 1 that a query may give, cut to max.
func positive(text, name string, max int) (int, error) {
	if text == "" {
		return max, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, invalidArgument("Argument "+name+" must be an integer between 1 and "+strconv.Itoa(max), name, text)
	}
	return min(n, max), nil
}

// createBucket makes a bucket of the caller's account.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
func createBucket(c *call) (any, error) {
	if !validBucket(c.bucket) {
		return nil, s3Refuse(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", field{"BucketName", c.bucket})
	}
	if acl := c.request.Header.Get("X-Amz-Acl"); acl != "" && acl != "private" {
		return nil, s3Refuse(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	}
	if err := refuseHeaders(c.request.Header); err != nil {
		return nil, err
	}
	region, err := c.bucketRegion()
	if err != nil {
		return nil, err
	}
	if err := c.authorizeOwn("s3:CreateBucket", bucketARN(c.bucket)); err != nil {
		return nil, err
	}
	switch b := c.lab.buckets[c.bucket]; {
	case b == nil:
	case b.Account != c.principal.Account:
		return nil, s3Refuse(http.StatusConflict, "BucketAlreadyExists",
			"The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
			field{"BucketName", c.bucket})
	case b.Region != "us-east-1" || region != "us-east-1": // there, making one's own again is no error
		return nil, s3Refuse(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", field{"BucketName", c.bucket})
	default:
		return createdBucket(b), nil
	}
	b := &Bucket{
		Name: c.bucket, Account: c.principal.Account, Region: region, Created: c.now,
		Objects: map[string]*Object{}, Uploads: map[string]*Upload{},
	}
	c.lab.buckets[b.Name] = b
	return createdBucket(b), nil
}

func createdBucket(b *Bucket) *response {
	return &response{Header: http.Header{"Location": {"/" + b.Name}, "X-Amz-Bucket-Arn": {bucketARN(b.Name)}}}
}

// authorizeOwn asks the policies about a bucket to be made, whoever has one of that name.
func (c *call) authorizeOwn(permission, resource string) error {
	name := c.bucket
	defer func() { c.bucket = name }()
	c.bucket = ""
	return c.authorize(permission, resource, nil)
}

// bucketRegion is where a bucket is to be made: the region the request was sent to, from
// us-east-1 also any other.
func (c *call) bucketRegion() (string, error) {
	var config struct{ LocationConstraint string }
	if len(c.body) > 0 && xml.Unmarshal(c.body, &config) != nil {
		return "", malformedXML()
	}
	wanted := config.LocationConstraint
	switch {
	case wanted == "EU":
		wanted = "eu-west-1"
	case wanted == "" && c.region == "us-east-1":
		return c.region, nil
	case wanted == "us-east-1" && c.region == "us-east-1", wanted != "" && !regions[wanted]:
		return "", s3Refuse(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid", field{"LocationConstraint", wanted})
	}
	if wanted != c.region && c.region != "us-east-1" {
		if wanted == "" {
			wanted = "unspecified"
		}
		return "", s3Refuse(http.StatusBadRequest, "IllegalLocationConstraintException",
			"The "+wanted+" location constraint is incompatible for the region specific endpoint this request was sent to.")
	}
	return wanted, nil
}

// bucketPattern is the form of bucket names; validBucket knows the exceptions.
var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// validBucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func validBucket(name string) bool {
	if !bucketPattern.MatchString(name) || strings.Contains(name, "..") {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}

func headBucket(_ *call, b *Bucket) (*response, error) {
	h := regionHeader(b)
	h.Set("X-Amz-Access-Point-Alias", "false")
	return &response{Header: h}, nil
}

func deleteBucket(c *call, b *Bucket) (*response, error) {
	if len(b.Objects) > 0 { // uploads under way do not count
		return nil, s3Refuse(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty", field{"BucketName", b.Name})
	}
	delete(c.lab.buckets, b.Name)
	return &response{Status: http.StatusNoContent}, nil
}

// bucketLocation tells a bucket's region; us-east-1 is told as nothing.
func bucketLocation(_ *call, b *Bucket) (*response, error) {
	result := struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		Region  string   `xml:",chardata"`
	}{Region: b.Region}
	if b.Region == "us-east-1" {
		result.Region = ""
	}
	return s3XML(result)
}
