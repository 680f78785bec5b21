package provision

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/secaws/secaws/configgen"
)

// Verdict is what a blueprint says of a right: it has it, it has not, or that cannot be told from the file.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota
	Allowed
	Refused
)

// managedBuckets tells of AWS's well-known policies whether they let one make a bucket.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
var managedBuckets = map[string]Verdict{
	"AdministratorAccess":         Allowed,
	"AmazonS3FullAccess":          Allowed,
	"PowerUserAccess":             Allowed,
	"AmazonS3ReadOnlyAccess":      Refused,
	"IAMFullAccess":               Refused,
	"IAMReadOnlyAccess":           Refused,
	"ReadOnlyAccess":              Refused,
	"SecurityAudit":               Refused,
	"job-function/Billing":        Refused,
	"job-function/ViewOnlyAccess": Refused,
}

// mayMakeBuckets tells what the policies together say of s3:CreateBucket.
func mayMakeBuckets(policies []configgen.Policy) Verdict {
	var all []Verdict
	for _, p := range policies {
		if p.Document == "" {
			all = append(all, managedBuckets[p.Name])
			continue
		}
		said, denies := documentBuckets(p.Document)
		if denies {
			return Refused
		}
		all = append(all, said...)
	}
	switch {
	case slices.Contains(all, Unknown):
		return Unknown
	case slices.Contains(all, Allowed):
		return Allowed
	}
	return Refused
}

// documentBuckets tells what each statement that is about making buckets says of it. With a condition, or about some
// resources only, that is unknown.
func documentBuckets(document string) (said []Verdict, denies bool) {
	var d struct {
		Statement oneOrMany[struct {
			Effect            string
			Action, NotAction oneOrMany[string]
			Resource          oneOrMany[string]
			Condition         json.RawMessage
		}]
	}
	if json.Unmarshal([]byte(document), &d) != nil {
		return []Verdict{Unknown}, false
	}
	for _, s := range d.Statement {
		sure := len(s.Condition) == 0 && slices.Contains(s.Resource, "*")
		switch {
		case !speaksOfBuckets(s.Action, s.NotAction):
		case !sure:
			said = append(said, Unknown)
		case s.Effect == "Deny":
			return nil, true
		default:
			said = append(said, Allowed)
		}
	}
	return said, false
}

func speaksOfBuckets(action, notAction []string) bool {
	matches := func(pattern string) bool { return wildcard(strings.ToLower(pattern), "s3:createbucket") }
	if len(notAction) > 0 {
		return !slices.ContainsFunc(notAction, matches)
	}
	return slices.ContainsFunc(action, matches)
}

// wildcard matches * and ? as policies have them.
func wildcard(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	switch {
	case pattern[0] == '*':
		return wildcard(pattern[1:], text) || text != "" && wildcard(pattern, text[1:])
	case text == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == text[0]) && wildcard(pattern[1:], text[1:])
}

// oneOrMany is a value or a list of them, as JSON policies have both.
type oneOrMany[T any] []T

// UnmarshalJSON reads either form.
func (l *oneOrMany[T]) UnmarshalJSON(text []byte) error {
	var many []T
	if json.Unmarshal(text, &many) == nil {
		*l = many
		return nil
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}
