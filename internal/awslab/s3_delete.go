package awslab

import (
	"encoding/xml"
	"errors"
	"net/http"
)

// deleteObjects removes up to 1,000 objects, each only if the caller may; what it may
// not is told key by key: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func deleteObjects(c *call, b *Bucket) (*response, error) {
	var wanted struct {
		XMLName xml.Name `xml:"Delete"`
		Quiet   bool
		Object  []struct{ Key string }
	}
	if h := c.request.Header; h.Get("Content-Md5") == "" && !declaresChecksum(h) {
		return nil, s3Refuse(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: Content-MD5")
	}
	if xml.Unmarshal(c.body, &wanted) != nil || len(wanted.Object) == 0 || len(wanted.Object) > 1000 {
		return nil, malformedXML()
	}
	type deleted struct{ Key string }
	type failed struct{ Key, Code, Message string }
	var result struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ DeleteResult"`
		Deleted []deleted
		Error   []failed
	}
	for _, o := range wanted.Object {
		var refused *apiError
		if err := c.askS3("s3:DeleteObject", objectARN(b.Name, o.Key)); errors.As(err, &refused) {
			result.Error = append(result.Error, failed{o.Key, refused.Code, refused.Message})
			continue
		}
		delete(b.Objects, o.Key)
		if !wanted.Quiet {
			result.Deleted = append(result.Deleted, deleted{o.Key})
		}
	}
	return s3XML(result)
}

// declaresChecksum tells whether a body comes with a checksum of any kind.
func declaresChecksum(h http.Header) bool {
	return h.Get("X-Amz-Trailer") != "" || h.Get(checksumHeader(h)) != ""
}
