package awslab

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// minPart is the least size of every part but the last, in bytes.
const minPart = 5 << 20

// createUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
func createUpload(c *call, b *Bucket) (*response, error) {
	h := c.request.Header
	if err := refuseObjectHeaders(h); err != nil {
		return nil, err
	}
	u := &Upload{ID: hex.EncodeToString(random(32)), Key: c.key, Headers: objectHeaders(h), Initiated: c.now, Parts: map[int]*Part{}}
	u.Algorithm, u.Type = checksumHeader(h), "FULL_OBJECT"
	if asked := h.Get("X-Amz-Checksum-Algorithm"); asked != "" && !strings.EqualFold(asked, "CRC64NVME") {
		u.Type = "COMPOSITE"
	}
	if kind := h.Get("X-Amz-Checksum-Type"); kind != "" {
		u.Type = kind
	}
	b.Uploads[u.ID] = u
	answer, err := s3XML(struct {
		XMLName     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
		Bucket, Key string
		UploadID    string `xml:"UploadId"`
	}{Bucket: b.Name, Key: c.key, UploadID: u.ID})
	if h.Get("X-Amz-Checksum-Algorithm") != "" {
		answer.Header.Set("X-Amz-Checksum-Algorithm", Checksum{Header: u.Algorithm}.algorithm())
		answer.Header.Set("X-Amz-Checksum-Type", u.Type)
	}
	return answer, err
}

// namedUpload returns the upload a request is about.
func (c *call) namedUpload(b *Bucket) (*Upload, error) {
	id := c.request.URL.Query().Get("uploadId")
	if u := b.Uploads[id]; u != nil && u.Key == c.key {
		return u, nil
	}
	return nil, s3Refuse(http.StatusNotFound, "NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", field{"UploadId", id})
}

// uploadPart: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
func uploadPart(c *call, b *Bucket) (*response, error) {
	u, err := c.namedUpload(b)
	if err != nil {
		return nil, err
	}
	p, err := c.newPart(u, c.body)
	if err != nil {
		return nil, err
	}
	return &response{Header: http.Header{"Etag": {p.ETag}, u.Algorithm: {p.Checksum}}}, nil
}

// uploadPartCopy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
func uploadPartCopy(c *call, b *Bucket) (*response, error) {
	u, err := c.namedUpload(b)
	if err != nil {
		return nil, err
	}
	from, err := c.copySource()
	if err != nil {
		return nil, err
	}
	part, err := cut(from.Body, c.request.Header.Get("X-Amz-Copy-Source-Range"))
	if err != nil {
		return nil, err
	}
	p, err := c.newPart(u, part.body)
	if err != nil {
		return nil, err
	}
	return s3XML(struct {
		XMLName            xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CopyPartResult"`
		ETag, LastModified string
	}{ETag: p.ETag, LastModified: s3Time(p.Modified)})
}

func (c *call) newPart(u *Upload, body []byte) (*Part, error) {
	text := c.request.URL.Query().Get("partNumber")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 10000 {
		return nil, invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
	}
	u.Parts[n] = &Part{Number: n, Body: body, ETag: etag(body), Checksum: sigv4.Checksum(u.Algorithm, body), Modified: c.now}
	return u.Parts[n], nil
}

// completeUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
func completeUpload(c *call, b *Bucket) (*response, error) {
	u, err := c.namedUpload(b)
	if err != nil {
		return nil, err
	}
	parts, err := u.chosen(c.body)
	if err != nil {
		return nil, err
	}
	if err := writable(c.request.Header, b.Objects[c.key]); err != nil {
		return nil, err
	}
	o := u.object(parts)
	o.Modified = c.now
	if given := c.request.Header.Get(u.Algorithm); given != "" && given != o.Checksum.Value {
		return nil, s3Refuse(http.StatusBadRequest, "BadDigest", fmt.Sprintf("The %s you specified did not match the calculated checksum.", o.Checksum.algorithm()))
	}
	b.Objects[o.Key] = o
	delete(b.Uploads, u.ID)
	return s3XML(struct {
		XMLName                     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
		Location, Bucket, Key, ETag string
		ChecksumType                string
	}{Location: "http://" + c.request.Host + c.request.URL.EscapedPath(), Bucket: b.Name, Key: o.Key, ETag: o.ETag, ChecksumType: o.Checksum.Type})
}

// chosen returns the parts a completion lists, in order.
func (u *Upload) chosen(body []byte) ([]*Part, error) {
	var list struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []struct {
			PartNumber int
			ETag       string
		}
	}
	if xml.Unmarshal(body, &list) != nil || len(list.Part) == 0 {
		return nil, malformedXML()
	}
	for i := range list.Part[1:] {
		if list.Part[i+1].PartNumber <= list.Part[i].PartNumber {
			return nil, s3Refuse(http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.", field{"UploadId", u.ID})
		}
	}
	var parts []*Part
	for i, named := range list.Part {
		p := u.Parts[named.PartNumber]
		switch {
		case p == nil, !sameTag(named.ETag, p.ETag):
			return nil, s3Refuse(http.StatusBadRequest, "InvalidPart",
				"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
				field{"UploadId", u.ID}, field{"PartNumber", strconv.Itoa(named.PartNumber)}, field{"ETag", strings.Trim(named.ETag, `"`)})
		case i < len(list.Part)-1 && len(p.Body) < minPart:
			return nil, s3Refuse(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
				field{"ProposedSize", strconv.Itoa(len(p.Body))}, field{"MinSizeAllowed", strconv.Itoa(minPart)}, field{"PartNumber", strconv.Itoa(p.Number)})
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// object joins parts. Its ETag is the MD5 of the parts' MD5s, and their number; so is a
// composite checksum of theirs.
func (u *Upload) object(parts []*Part) *Object {
	o := &Object{Key: u.Key, Headers: u.Headers, Checksum: Checksum{Header: u.Algorithm, Type: u.Type}}
	var sums, checksums []byte
	for _, p := range parts {
		o.Body = append(o.Body, p.Body...)
		sum := md5.Sum(p.Body)
		sums = append(sums, sum[:]...)
		checksum, _ := base64.StdEncoding.DecodeString(p.Checksum) // our own
		checksums = append(checksums, checksum...)
	}
	count := "-" + strconv.Itoa(len(parts))
	sum := md5.Sum(sums)
	o.ETag = `"` + hex.EncodeToString(sum[:]) + count + `"`
	o.Checksum.Value = sigv4.Checksum(u.Algorithm, o.Body)
	if u.Type == "COMPOSITE" {
		o.Checksum.Value = sigv4.Checksum(u.Algorithm, checksums) + count
	}
	return o
}

// abortUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
func abortUpload(c *call, b *Bucket) (*response, error) {
	u, err := c.namedUpload(b)
	if err != nil {
		return nil, err
	}
	delete(b.Uploads, u.ID)
	return &response{Status: http.StatusNoContent}, nil
}

// listParts tells all parts at once: the lab's uploads are small.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
func listParts(c *call, b *Bucket) (*response, error) {
	u, err := c.namedUpload(b)
	if err != nil {
		return nil, err
	}
	type part struct {
		PartNumber         int
		LastModified, ETag string
		Size               int
	}
	result := struct {
		XMLName          xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
		Bucket, Key      string
		UploadID         string `xml:"UploadId"`
		Initiator, Owner owner
		StorageClass     string
		MaxParts         int
		IsTruncated      bool
		Part             []part
	}{Bucket: b.Name, Key: u.Key, UploadID: u.ID, Initiator: ownerOf(b.Account), Owner: ownerOf(b.Account), StorageClass: "STANDARD", MaxParts: 10000}
	for _, p := range u.Parts {
		result.Part = append(result.Part, part{p.Number, s3Time(p.Modified), p.ETag, len(p.Body)})
	}
	slices.SortFunc(result.Part, func(a, b part) int { return a.PartNumber - b.PartNumber })
	return s3XML(result)
}

// listUploads tells all uploads under way at once.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
func listUploads(c *call, b *Bucket) (*response, error) {
	type upload struct {
		Key              string
		UploadID         string `xml:"UploadId"`
		Initiator, Owner owner
		StorageClass     string
		Initiated        string
	}
	l, err := c.listing("")
	if err != nil {
		return nil, err
	}
	result := struct {
		XMLName        xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
		Bucket, Prefix string
		EncodingType   string `xml:",omitempty"`
		MaxUploads     int
		IsTruncated    bool
		Upload         []upload
	}{Bucket: b.Name, Prefix: l.encode(l.prefix), EncodingType: l.encoding, MaxUploads: 1000}
	for _, u := range b.Uploads {
		if strings.HasPrefix(u.Key, l.prefix) {
			result.Upload = append(result.Upload, upload{l.encode(u.Key), u.ID, ownerOf(b.Account), ownerOf(b.Account), "STANDARD", s3Time(u.Initiated)})
		}
	}
	slices.SortFunc(result.Upload, func(a, b upload) int {
		return strings.Compare(a.Key+"\x00"+a.Initiated+a.UploadID, b.Key+"\x00"+b.Initiated+b.UploadID)
	})
	return s3XML(result)
}
