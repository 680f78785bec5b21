package awslab

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// inlineActions are the actions on the inline policies of users, groups or roles.
func inlineActions(kind string) []action {
	on, keys := onHolder(kind), holderKeys(kind)
	return []action{
		{Name: "Put" + kind + "Policy", Resource: on, Context: keys, Run: ofHolder(kind, putInline)},
		{Name: "Get" + kind + "Policy", Read: true, Resource: on, Context: keys, Run: ofHolder(kind, getInline)},
		{Name: "List" + kind + "Policies", Read: true, Resource: on, Context: keys, Run: ofHolder(kind, listInline)},
		{Name: "Delete" + kind + "Policy", Resource: on, Context: keys, Run: ofHolder(kind, deleteInline)},
	}
}

// ofHolder makes the Run of an action on the user, group or role the request names.
func ofHolder(kind string, run func(*call, *holder) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		h, err := c.holder(kind)
		if err != nil {
			return nil, err
		}
		return run(c, h)
	}
}

// documentPattern is the characters a policy document may have:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
var documentPattern = regexp.MustCompile(`^[\x{0009}\x{000A}\x{000D}\x{0020}-\x{00FF}]+$`)

// documentMax is how long a document may be before it is looked at.
const documentMax = 131072

func putInline(c *call, h *holder) (any, error) {
	v := c.check()
	name := v.required("PolicyName", nameMax, namePattern)
	document := v.required("PolicyDocument", documentMax, documentPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := checkIdentityDocument(document); err != nil {
		return nil, err
	}
	total := policy.Size(document)
	for other, text := range *h.inline {
		if fold(other) != fold(name) {
			total += policy.Size(text)
		}
	}
	if max := inlineQuota[h.kind]; total > max {
		return nil, limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", max, strings.ToLower(h.kind), h.name)
	}
	if *h.inline == nil {
		*h.inline = map[string]string{}
	}
	if old, ok := h.inlineName(name); ok {
		delete(*h.inline, old)
	}
	(*h.inline)[name] = document
	return nil, nil
}

// inlineName returns an inline policy's name as it was given, whatever the case asked for.
func (h *holder) inlineName(name string) (string, bool) {
	for given := range *h.inline {
		if fold(given) == fold(name) {
			return given, true
		}
	}
	return "", false
}

// namedInline returns the name of the inline policy a request names.
func (c *call) namedInline(h *holder) (string, error) {
	v := c.check()
	name := v.required("PolicyName", nameMax, namePattern)
	if err := v.err(); err != nil {
		return "", err
	}
	given, ok := h.inlineName(name)
	if !ok {
		return "", noSuchEntity("The %s policy with name %s cannot be found.", strings.ToLower(h.kind), name)
	}
	return given, nil
}

// inlineResult tells one inline policy; of the three names the holder's is there.
type inlineResult struct {
	UserName       *string
	GroupName      *string
	RoleName       *string
	PolicyName     string
	PolicyDocument string
}

func getInline(c *call, h *holder) (any, error) {
	name, err := c.namedInline(h)
	if err != nil {
		return nil, err
	}
	r := inlineResult{PolicyName: name, PolicyDocument: encodeDocument((*h.inline)[name])}
	switch h.kind {
	case "User":
		r.UserName = &h.name
	case "Group":
		r.GroupName = &h.name
	case "Role":
		r.RoleName = &h.name
	}
	return r, nil
}

func listInline(c *call, h *holder) (any, error) {
	names := slices.SortedFunc(maps.Keys(*h.inline), func(a, b string) int { return strings.Compare(fold(a), fold(b)) })
	names, marker, truncated, err := page(c, names, fold)
	if err != nil {
		return nil, err
	}
	return struct {
		PolicyNames list[string]
		IsTruncated bool
		Marker      *string
	}{listOf(names), truncated, marker}, nil
}

func deleteInline(c *call, h *holder) (any, error) {
	name, err := c.namedInline(h)
	if err != nil {
		return nil, err
	}
	delete(*h.inline, name)
	return nil, nil
}

// encodeDocument writes a policy document as answers hold it: percent-encoded (RFC 3986).
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
