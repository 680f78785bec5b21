package awslab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// tagQuota is how many tags an entity may have.
const tagQuota = 50

// The form of tags: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
var (
	tagKeyPattern   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`)
	tagValuePattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

const (
	tagKeyMax   = 128
	tagValueMax = 256
)

// tagged is where an entity keeps its tags, and whether their keys mind case: those
// of users and roles do not. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
type tagged struct {
	tags *[]Tag
	fold bool
}

// tagActions are the actions on the tags of users, roles, policies or MFA devices.
func tagActions(kind string) []action {
	on, keys := onHolder(kind), holderKeys(kind)
	switch kind {
	case "Policy":
		on, keys = onParam("PolicyArn"), policyKeys
	case "MFADevice":
		on, keys = onParam("SerialNumber"), deviceKeys
	}
	return []action{
		{Name: "Tag" + kind, Resource: on, Context: keys, Run: ofTagged(kind, tagEntity)},
		{Name: "Untag" + kind, Resource: on, Context: keys, Run: ofTagged(kind, untagEntity)},
		{Name: "List" + kind + "Tags", Read: true, Resource: on, Context: keys, Run: ofTagged(kind, listTags)},
	}
}

// ofTagged makes the Run of an action on the tags of the entity the request names.
func ofTagged(kind string, run func(*call, tagged) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		t, err := c.tagged(kind)
		if err != nil {
			return nil, err
		}
		return run(c, t)
	}
}

func (c *call) tagged(kind string) (tagged, error) {
	switch kind {
	case "User":
		u, err := c.user()
		if err != nil {
			return tagged{}, err
		}
		return tagged{&u.Tags, true}, nil
	case "Role":
		r, err := c.role()
		if err != nil {
			return tagged{}, err
		}
		return tagged{&r.Tags, true}, nil
	case "Policy":
		p, err := c.taggedPolicy()
		if err != nil {
			return tagged{}, err
		}
		return tagged{&p.Tags, false}, nil
	}
	d, err := c.device()
	if err != nil {
		return tagged{}, err
	}
	return tagged{&d.Tags, false}, nil
}

// taggedPolicy is the policy whose tags are asked for: one of AWS's has none to change.
func (c *call) taggedPolicy() (*ManagedPolicy, error) {
	if c.action == "ListPolicyTags" {
		return c.namedPolicy()
	}
	return c.ownPolicy()
}

func (t tagged) same(a, b string) bool { return a == b || t.fold && fold(a) == fold(b) }

func tagEntity(c *call, t tagged) (any, error) {
	v := c.check()
	added := v.newTags()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := checkTags(added, t.fold); err != nil {
		return nil, err
	}
	tags := slices.Clone(*t.tags)
	for _, tag := range added {
		at := slices.IndexFunc(tags, func(old Tag) bool { return t.same(old.Key, tag.Key) })
		if at >= 0 {
			tags[at] = tag
		} else {
			tags = append(tags, tag)
		}
	}
	if len(tags) > tagQuota {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	*t.tags = tags
	return nil, nil
}

func untagEntity(c *call, t tagged) (any, error) {
	keys := c.params.list("TagKeys")
	v := c.check()
	if len(keys) > tagQuota {
		v.must("TagKeys", "have length less than or equal to %d", tagQuota)
	}
	for _, key := range keys {
		if utf8.RuneCountInString(key) > tagKeyMax || !tagKeyPattern.MatchString(key) {
			v.must("TagKeys", "satisfy constraint: [Member must have length less than or equal to %d, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: %s, Member must not be null]",
				tagKeyMax, unanchored(tagKeyPattern))
			break
		}
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	*t.tags = slices.DeleteFunc(*t.tags, func(tag Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return t.same(tag.Key, key) })
	})
	return nil, nil
}

func listTags(c *call, t tagged) (any, error) {
	tags, marker, truncated, err := page(c, sortedTags(*t.tags), func(tag Tag) string { return tag.Key })
	if err != nil {
		return nil, err
	}
	return struct {
		Tags        list[Tag]
		IsTruncated bool
		Marker      *string
	}{listOf(tags), truncated, marker}, nil
}

func sortedTags(tags []Tag) []Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
}

// tagsShown is the Tags of an entity, left out when it has none.
func tagsShown(tags []Tag) *list[Tag] {
	if len(tags) == 0 {
		return nil
	}
	shown := listOf(tags)
	return &shown
}

// newTags returns the Tags of a request, judged one by one.
func (v *checker) newTags() []Tag {
	tags := v.params.tags()
	if len(tags) > tagQuota {
		v.must("Tags", "have length less than or equal to %d", tagQuota)
		return tags
	}
	for i, t := range tags {
		v.tagText(fmt.Sprintf("tags.%d.member.key", i+1), t.Key, 1, tagKeyMax, tagKeyPattern)
		v.tagText(fmt.Sprintf("tags.%d.member.value", i+1), t.Value, 0, tagValueMax, tagValuePattern)
	}
	return tags
}

func (v *checker) tagText(at, s string, min, max int, pattern *regexp.Regexp) {
	switch n := utf8.RuneCountInString(s); {
	case n < min:
		v.must(at, "have length greater than or equal to %d", min)
	case n > max:
		v.must(at, "have length less than or equal to %d", max)
	case !pattern.MatchString(s):
		v.must(at, "satisfy regular expression pattern: %s", unanchored(pattern))
	}
}

// unanchored is a pattern as messages show it.
func unanchored(p *regexp.Regexp) string { return strings.Trim(p.String(), "^$") }

// checkTags refuses keys given twice, and those AWS keeps for itself.
func checkTags(tags []Tag, folded bool) error {
	seen := map[string]bool{}
	for _, t := range tags {
		key := t.Key
		if folded {
			key = fold(key)
		}
		switch {
		case seen[key] && folded:
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		case seen[key]:
			return invalidInput("Duplicate tag keys found.")
		case strings.HasPrefix(fold(t.Key), "aws:"):
			return invalidInput("Caller is not authorized to use tag keys that begin with aws:.")
		}
		seen[key] = true
	}
	return nil
}

// checkNewTags judges the tags something is created with: giving them takes the
// permission to tag, beside that to create.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_users.html
func (c *call) checkNewTags(kind, arn string, tags []Tag, folded bool) error {
	if len(tags) == 0 {
		return nil
	}
	if err := c.authorize("iam:Tag"+kind, arn, nil); err != nil {
		return err
	}
	return checkTags(tags, folded)
}
