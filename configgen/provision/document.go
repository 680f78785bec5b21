package provision

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/secaws/secaws/internal/linediff"
)

// decoded returns a document as IAM answers it: URL-encoded JSON.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html
func decoded(document string) string {
	if text, err := url.PathUnescape(document); err == nil {
		return text
	}
	return document
}

// sameDocument tells whether two policy documents mean the same to IAM: white space, the order of keys, of the values
// in a list and a list of one for the value itself make no difference.
func sameDocument(a, b string) bool { return canonical(a) == canonical(b) }

// canonical returns a document in the one form that all equal documents have, indented for people to read. What is no
// JSON is returned as it is.
func canonical(document string) string {
	var tree any
	if json.Unmarshal([]byte(document), &tree) != nil {
		return document
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(ordered(tree)) != nil {
		return document
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// ordered sorts lists of plain values and unwraps lists of one.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = ordered(value)
		}
	case []any:
		for i, item := range v {
			v[i] = ordered(item)
		}
		if len(v) == 1 {
			return v[0]
		}
		slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(plain(a), plain(b)) })
	case bool:
		return map[bool]string{true: "true", false: "false"}[v]
	}
	return v
}

// plain is a string's value, "" for anything else, so that statements keep their order.
func plain(v any) string {
	text, _ := v.(string)
	return text
}

// Difference compares two values line by line, documents in their canonical form. Lines that are alike are kept only
// beside lines that are not.
func Difference(before, after string) []linediff.Line {
	return nearChanges(linediff.Lines(lines(before), lines(after)))
}

func lines(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(canonical(value), "\n")
}

// nearChanges drops equal lines more than two away from a change.
func nearChanges(all []linediff.Line) []linediff.Line {
	const context = 2
	var near []linediff.Line
	for i, line := range all {
		around := all[max(0, i-context):min(len(all), i+context+1)]
		if slices.ContainsFunc(around, func(l linediff.Line) bool { return l.Sign != ' ' }) {
			near = append(near, line)
		}
	}
	return near
}
