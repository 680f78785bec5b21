package awslab

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// bucketHost takes the bucket out of the name of a loopback host: bucket.localhost,
// as clients write it that put buckets into host names (awsHost knows AWS's own).
var bucketHost = regexp.MustCompile(`^(.+)\.localhost$`)

// subresources are the query parameters that make a request another action. Those
// of them that no route below names are not implemented.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
var subresources = []string{
	"abac", "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
	"legal-hold", "lifecycle", "location", "logging", "metadataConfiguration", "metadataTable", "metrics", "notification", "object-lock",
	"ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment",
	"restore", "retention", "select", "session", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
}

// s3Route tells which action a request asks for, and on what.
func s3Route(r *http.Request) (action, bucket, key string, err error) {
	bucket, key, err = s3Address(r)
	if err != nil {
		return "", "", "", err
	}
	level := "service"
	if key != "" {
		level = "object"
	} else if bucket != "" {
		level = "bucket"
	}
	method := r.Method
	if r.Header.Get("X-Amz-Copy-Source") != "" && method == http.MethodPut {
		method = "COPY"
	}
	action = s3Routes[strings.Join(append([]string{level, method}, asked(r.URL.Query())...), " ")]
	if action == "ListObjects" && r.URL.Query().Get("list-type") == "2" {
		action = "ListObjectsV2"
	}
	if action == "" {
		return "", bucket, key, notImplemented()
	}
	return action, bucket, key, nil
}

var s3Routes = map[string]string{
	"service GET":                     "ListBuckets",
	"bucket PUT":                      "CreateBucket",
	"bucket HEAD":                     "HeadBucket",
	"bucket DELETE":                   "DeleteBucket",
	"bucket GET":                      "ListObjects",
	"bucket GET location":             "GetBucketLocation",
	"bucket GET uploads":              "ListMultipartUploads",
	"bucket POST delete":              "DeleteObjects",
	"object PUT":                      "PutObject",
	"object COPY":                     "CopyObject",
	"object GET":                      "GetObject",
	"object HEAD":                     "HeadObject",
	"object DELETE":                   "DeleteObject",
	"object GET tagging":              "GetObjectTagging",
	"object POST uploads":             "CreateMultipartUpload",
	"object PUT partNumber uploadId":  "UploadPart",
	"object COPY partNumber uploadId": "UploadPartCopy",
	"object POST uploadId":            "CompleteMultipartUpload",
	"object DELETE uploadId":          "AbortMultipartUpload",
	"object GET uploadId":             "ListParts",
}

// asked returns the subresources in a query, in the order of the list above.
func asked(query url.Values) []string {
	var names []string
	for _, name := range subresources {
		if query.Has(name) {
			names = append(names, name)
		}
	}
	return names
}

// s3Address finds bucket and key: in the path, or the bucket in the host's name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func s3Address(r *http.Request) (bucket, key string, err error) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if path, err = url.PathUnescape(path); err != nil {
		return "", "", s3Refuse(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI.")
	}
	host := hostname(r.Host)
	if m := awsHost.FindStringSubmatch(host); m != nil && m[1] != "" {
		return m[1], path, nil
	}
	if m := bucketHost.FindStringSubmatch(host); m != nil {
		return m[1], path, nil
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key, nil
}
