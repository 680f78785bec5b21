package awslab

import "net/http"

// s3Actions is the table of S3's actions.
func s3Actions() []action { return nil }

// s3Route tells which action a request asks for, and on what.
func s3Route(r *http.Request) (action, bucket, key string, err error) {
	return "", "", "", refuse(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
}
