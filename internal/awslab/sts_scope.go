package awslab

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// scope is what narrows or marks a session: session policies and tags.
type scope struct {
	document   string
	arns       []string
	tags       []Tag
	transitive []string
}

// scope reads Policy, PolicyArns, Tags and TransitiveTagKeys.
func (v *checker) scope() scope {
	s := scope{tags: v.params.tags(), transitive: v.params.list("TransitiveTagKeys")}
	s.document = v.optional("Policy", "", 2048, policyPattern)
	for _, descriptor := range v.params.structs("PolicyArns") {
		s.arns = append(s.arns, descriptor.str("arn"))
	}
	v.atMost("policyArns", len(s.arns), 10)
	v.atMost("tags", len(s.tags), 50)
	v.atMost("transitiveTagKeys", len(s.transitive), 50)
	for i, t := range s.tags {
		at := "tags." + strconv.Itoa(i+1) + ".member."
		v.member(at+"key", t.Key, 1, 128, tagKeyPattern)
		v.member(at+"value", t.Value, 0, 256, tagValuePattern)
	}
	return s
}

// atMost judges the length of a list.
func (v *checker) atMost(name string, n, max int) {
	if n > max {
		v.must(name, "have length less than or equal to %d", max)
	}
}

// atLeast judges the least length of a parameter that was given.
func (v *checker) atLeast(name string, min int) {
	if s, given := v.params[name]; given && s != "" && len(s) < min {
		v.must(name, "have length greater than or equal to %d", min)
	}
}

// member judges a part of a list, at a path such as "tags.1.member.key".
func (v *checker) member(at, value string, min, max int, pattern *regexp.Regexp) {
	one := &checker{params: params{at: value}}
	one.text(at, min, max, pattern)
	v.problems = append(v.problems, one.problems...)
}

// checkTags judges what is beyond a tag's form: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
// inherited are the keys of the tags that the caller's session hands on.
func (s scope) checkTags(inherited []string) error {
	invalid := func(message string) error {
		return refuse(http.StatusBadRequest, "InvalidParameterValue", "%s", message)
	}
	given, handed := map[string]bool{}, map[string]bool{}
	for _, key := range inherited {
		handed[fold(key)] = true
	}
	for _, t := range s.tags {
		key := fold(t.Key)
		switch {
		case strings.HasPrefix(key, "aws:"):
			return invalid("Invalid tag key: the prefix aws: is reserved.")
		case given[key]:
			return invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case handed[key]:
			return invalid("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		given[key] = true
	}
	for _, key := range s.transitive {
		if !given[fold(key)] {
			return invalid("The specified transitive tag key must be included in the requested tags.")
		}
	}
	return nil
}

// checkPolicies judges the session policies of a scope; managed ones must be AWS's or of
// the account owner, where the session will act.
func (c *call) checkPolicies(s scope, owner *Account) error {
	if s.document != "" {
		if _, err := policy.ParseSession([]byte(s.document)); err != nil {
			return malformedPolicy(err.Error())
		}
	}
	for _, arn := range s.arns {
		if c.state.managed(arn) == nil || !strings.HasPrefix(arn, "arn:aws:iam::aws:") && !strings.HasPrefix(arn, owner.arn("policy", "/", "")) {
			return validationError("Invalid policy ARN: %s", arn)
		}
	}
	return nil
}

// packedMax is how many characters of policies and tags fill what a session may hold.
// AWS compresses and we do not, so that it is an estimate.
const packedMax = 4096

// packed is PackedPolicySize: a percentage, nil when there is nothing to pack.
func (s scope) packed() *int {
	n := s.size()
	if n == 0 {
		return nil
	}
	percent := 1 + n*100/packedMax
	return &percent
}

func (s scope) size() int {
	n := len(s.document)
	for _, t := range s.tags {
		n += len(t.Key) + len(t.Value)
	}
	for _, arn := range s.arns {
		n += len(arn)
	}
	return n
}

// checkPacked refuses what no session can hold, though each part of it is within its limits.
func (s scope) checkPacked() error {
	if percent := s.packed(); percent != nil && *percent > 100 {
		return refuse(http.StatusBadRequest, "PackedPolicyTooLarge", "Packed policy consumes %d%% of allotted space, please use smaller policy.", *percent)
	}
	return nil
}
