package awslab

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// listing is what a request for a list of keys asks.
type listing struct {
	prefix, delimiter, after string
	max                      int
	encode                   func(string) string // of keys in the answer
	encoding                 string
}

// listed is a page of a list: keys, and the prefixes that stand for many.
type listed struct {
	keys, prefixes []string
	truncated      bool
	last           string // key or prefix
}

func (c *call) listing(after string) (listing, error) {
	query := c.request.URL.Query()
	l := listing{prefix: query.Get("prefix"), delimiter: query.Get("delimiter"), after: after, max: 1000, encode: func(s string) string { return s }}
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		switch {
		case err != nil:
			return l, invalidArgument("Provided max-keys not an integer or within integer range", "max-keys", text)
		case n < 0:
			return l, invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", text)
		}
		l.max = min(int(n), l.max)
	}
	switch l.encoding = query.Get("encoding-type"); l.encoding {
	case "":
	case "url":
		l.encode = encodeKey
	default:
		return l, invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", l.encoding)
	}
	return l, nil
}

// encodeKey is encoding-type=url: as in a query, but for the slash.
func encodeKey(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }

// of cuts the page asked for out of keys, which are in order. Keys that share a prefix
// up to the delimiter count as one.
func (l listing) of(keys []string) listed {
	var page listed
	for _, key := range keys {
		if !strings.HasPrefix(key, l.prefix) {
			continue
		}
		item, isPrefix := l.item(key)
		if key <= l.after || isPrefix && (item == l.after || item == page.last) {
			continue
		}
		if len(page.keys)+len(page.prefixes) == l.max {
			page.truncated = l.max > 0
			return page
		}
		page.last = item
		if isPrefix {
			page.prefixes = append(page.prefixes, item)
		} else {
			page.keys = append(page.keys, item)
		}
	}
	return page
}

// item is what stands for key in a list.
func (l listing) item(key string) (item string, isPrefix bool) {
	if l.delimiter == "" {
		return key, false
	}
	if i := strings.Index(key[len(l.prefix):], l.delimiter); i >= 0 {
		return key[:len(l.prefix)+i+len(l.delimiter)], true
	}
	return key, false
}

// listedObject is an object in a list.
type listedObject struct {
	Key, LastModified string
	ETag              string
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
	Size              int
	Owner             *owner `xml:",omitempty"`
	StorageClass      string
}

type commonPrefix struct{ Prefix string }

// contents fills in what both versions of the list have.
func (l listing) contents(b *Bucket, page listed, withOwner bool) (objects []listedObject, prefixes []commonPrefix) {
	for _, key := range page.keys {
		o := b.Objects[key]
		item := listedObject{
			Key: l.encode(key), LastModified: s3Time(o.Modified), ETag: o.ETag, Size: len(o.Body), StorageClass: "STANDARD",
			ChecksumAlgorithm: o.Checksum.algorithm(), ChecksumType: o.Checksum.Type,
		}
		if withOwner {
			of := ownerOf(b.Account)
			item.Owner = &of
		}
		objects = append(objects, item)
	}
	for _, p := range page.prefixes {
		prefixes = append(prefixes, commonPrefix{l.encode(p)})
	}
	return objects, prefixes
}

// listObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
func listObjects(c *call, b *Bucket) (*response, error) {
	marker := c.request.URL.Query().Get("marker")
	l, err := c.listing(marker)
	if err != nil {
		return nil, err
	}
	page := l.of(b.keys())
	result := struct {
		XMLName                 xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
		Name, Prefix, Marker    string
		NextMarker              string `xml:",omitempty"`
		MaxKeys                 int
		Delimiter, EncodingType string `xml:",omitempty"`
		IsTruncated             bool
		Contents                []listedObject
		CommonPrefixes          []commonPrefix
	}{
		Name: b.Name, Prefix: l.encode(l.prefix), Marker: l.encode(marker), MaxKeys: l.max,
		Delimiter: l.encode(l.delimiter), EncodingType: l.encoding, IsTruncated: page.truncated,
	}
	if page.truncated && l.delimiter != "" { // without one, the last key serves
		result.NextMarker = l.encode(page.last)
	}
	result.Contents, result.CommonPrefixes = l.contents(b, page, true)
	return s3XML(result)
}

// listObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func listObjectsV2(c *call, b *Bucket) (*response, error) {
	query := c.request.URL.Query()
	token, after := query.Get("continuation-token"), query.Get("start-after")
	if query.Has("continuation-token") {
		text, err := base64.URLEncoding.DecodeString(token)
		if err != nil || token == "" {
			return nil, s3Refuse(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect", field{"ArgumentName", "continuation-token"})
		}
		after = string(text)
	}
	l, err := c.listing(after)
	if err != nil {
		return nil, err
	}
	page := l.of(b.keys())
	result := struct {
		XMLName                 xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
		Name, Prefix            string
		StartAfter              string `xml:",omitempty"`
		ContinuationToken       string `xml:",omitempty"`
		NextContinuationToken   string `xml:",omitempty"`
		KeyCount, MaxKeys       int
		Delimiter, EncodingType string `xml:",omitempty"`
		IsTruncated             bool
		Contents                []listedObject
		CommonPrefixes          []commonPrefix
	}{
		Name: b.Name, Prefix: l.encode(l.prefix), StartAfter: l.encode(query.Get("start-after")), ContinuationToken: token,
		KeyCount: len(page.keys) + len(page.prefixes), MaxKeys: l.max,
		Delimiter: l.encode(l.delimiter), EncodingType: l.encoding, IsTruncated: page.truncated,
	}
	if page.truncated {
		result.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(page.last))
	}
	result.Contents, result.CommonPrefixes = l.contents(b, page, query.Get("fetch-owner") == "true")
	return s3XML(result)
}
