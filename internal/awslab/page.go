package awslab

import "encoding/base64"

// page cuts items, already sorted by key, to the page MaxItems and Marker ask for.
// key tells the items apart (a folded name, an ARN): a marker holds the last one
// given out, so that a list may change between two pages. marker and truncated are
// what the result's fields Marker (left out when nil) and IsTruncated hold.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
func page[T any](c *call, items []T, key func(T) string) (cut []T, marker *string, truncated bool, err error) {
	v := c.check()
	max := v.number("MaxItems", 100, 1, 1000)
	after := decodeMarker(v)
	if err := v.err(); err != nil {
		return nil, nil, false, err
	}
	start := 0
	for start < len(items) && after != "" && key(items[start]) <= after {
		start++
	}
	items = items[start:]
	if len(items) <= max {
		return items, nil, false, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(markerPrefix + key(items[max-1])))
	return items[:max], &next, true, nil
}

// markerPrefix tells our markers from text that happens to be base64.
const markerPrefix = "after:"

func decodeMarker(v *checker) string {
	if !v.params.has("Marker") {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(v.params["Marker"])
	if err != nil || len(b) <= len(markerPrefix) || string(b[:len(markerPrefix)]) != markerPrefix {
		v.alone("Invalid Marker.")
		return ""
	}
	return string(b[len(markerPrefix):])
}
