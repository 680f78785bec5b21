package awslab

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// slice is the part of a body that a Range asks for.
type slice struct {
	body         []byte
	partial      bool
	contentRange string
}

// cut takes one range out of body. A Range that S3 cannot read it ignores.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
func cut(body []byte, header string) (slice, error) {
	first, last, ok := parseRange(header, len(body))
	if !ok {
		return slice{body: body}, nil
	}
	if first >= len(body) || first > last {
		return slice{}, s3Refuse(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable",
			field{"RangeRequested", header}, field{"ActualObjectSize", strconv.Itoa(len(body))})
	}
	last = min(last, len(body)-1)
	return slice{body: body[first : last+1], partial: true, contentRange: fmt.Sprintf("bytes %d-%d/%d", first, last, len(body))}, nil
}

// parseRange reads "bytes=2-5", "bytes=2-" and "bytes=-3" of a body of size bytes.
func parseRange(header string, size int) (first, last int, ok bool) {
	text, isBytes := strings.CutPrefix(header, "bytes=")
	from, to, found := strings.Cut(text, "-")
	if !isBytes || !found {
		return 0, 0, false
	}
	last = size - 1
	if from == "" {
		n, err := strconv.Atoi(to)
		if n == 0 {
			return size, last, err == nil
		}
		return max(0, size-n), last, err == nil && n > 0
	}
	first, err := strconv.Atoi(from)
	if err != nil || first < 0 {
		return 0, 0, false
	}
	if to != "" {
		if last, err = strconv.Atoi(to); err != nil || last < first {
			return 0, 0, false
		}
	}
	return first, last, true
}
