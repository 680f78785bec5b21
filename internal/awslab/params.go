package awslab

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// params are the parameters of a query request: "UserName", "Tags.member.1.Key".
type params map[string]string

// maxListed bounds N in Name.member.N: more is refused with the list's own length limit.
const maxListed = 1000

// newParams decodes a request's form. A parameter given twice is refused.
func newParams(form url.Values) (params, error) {
	p := make(params, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return nil, validationError("Parameter %s may be given only once.", name)
		}
		p[name] = values[0]
	}
	return p, nil
}

// str returns a parameter, "" when it was not given.
func (p params) str(name string) string { return p[name] }

// has tells whether a parameter was given, empty or not.
func (p params) has(name string) bool { _, ok := p[name]; return ok }

// list returns Name.member.1, .2, … up to the first that is missing.
func (p params) list(name string) []string {
	var items []string
	for n := 1; n <= maxListed; n++ {
		item, ok := p[name+".member."+strconv.Itoa(n)]
		if !ok {
			break
		}
		items = append(items, item)
	}
	return items
}

// structs returns the structures Name.member.1, .2, …, each as parameters of its own.
func (p params) structs(name string) []params {
	byIndex := map[int]params{}
	prefix := name + ".member."
	for full, value := range p {
		index, member, ok := strings.Cut(strings.TrimPrefix(full, prefix), ".")
		if !ok || !strings.HasPrefix(full, prefix) {
			continue
		}
		if n, err := strconv.Atoi(index); err == nil && n >= 1 && n <= maxListed {
			if byIndex[n] == nil {
				byIndex[n] = params{}
			}
			byIndex[n][member] = value
		}
	}
	var items []params
	for n := 1; byIndex[n] != nil; n++ {
		items = append(items, byIndex[n])
	}
	return items
}

// tags returns Tags.member.N, not yet judged.
func (p params) tags() []Tag {
	var tags []Tag
	for _, t := range p.structs("Tags") {
		tags = append(tags, Tag{t.str("Key"), t.str("Value")})
	}
	return tags
}

// checker judges parameters and gathers what is wrong with them, so that one
// ValidationError tells all, in the words of AWS's request validation.
//
//	v := c.check()
//	name := v.required("UserName", 64, namePattern)
//	path := v.optional("Path", "/", 512, pathPattern)
//	if err := v.err(); err != nil {
//		return nil, err
//	}
type checker struct {
	params   params
	problems []string
}

// check starts to judge the parameters of c.
func (c *call) check() *checker { return &checker{params: c.params} }

// The patterns of IAM's names and paths:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
)

// required returns a parameter of 1 to max characters; pattern may be nil.
func (v *checker) required(name string, max int, pattern *regexp.Regexp) string {
	if !v.params.has(name) {
		v.problem("Value null at '%s' failed to satisfy constraint: Member must not be null", lowerFirst(name))
		return ""
	}
	return v.text(name, 1, max, pattern)
}

// optional returns a parameter of 1 to max characters, or def when it was not given.
func (v *checker) optional(name, def string, max int, pattern *regexp.Regexp) string {
	if !v.params.has(name) {
		return def
	}
	return v.text(name, 1, max, pattern)
}

// text judges a parameter that was given.
func (v *checker) text(name string, min, max int, pattern *regexp.Regexp) string {
	s := v.params[name]
	switch n := utf8.RuneCountInString(s); {
	case n < min:
		v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must have length greater than or equal to %d", v.shown(name), lowerFirst(name), min)
	case n > max:
		v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", v.shown(name), lowerFirst(name), max)
	case pattern != nil && !pattern.MatchString(s):
		v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s",
			v.shown(name), lowerFirst(name), strings.Trim(pattern.String(), "^$"))
	}
	return s
}

// number returns an integer of min to max, or def when it was not given.
func (v *checker) number(name string, def, min, max int) int {
	if !v.params.has(name) {
		return def
	}
	n, err := strconv.Atoi(v.params[name])
	switch {
	case err != nil:
		v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must be a number", v.params[name], lowerFirst(name))
	case n < min:
		v.problem("Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", n, lowerFirst(name), min)
	case n > max:
		v.problem("Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", n, lowerFirst(name), max)
	}
	return n
}

// flag returns a boolean, or def when it was not given.
func (v *checker) flag(name string, def bool) bool {
	switch v.params[name] {
	case "true":
		return true
	case "false":
		return false
	case "":
		return def
	}
	v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must be a boolean", v.params[name], lowerFirst(name))
	return def
}

// oneOf returns one of the values of an enumeration, or def when it was not given
// (def "" makes it a required parameter).
func (v *checker) oneOf(name, def string, values ...string) string {
	if !v.params.has(name) && def != "" {
		return def
	}
	s := v.params.str(name)
	if !v.params.has(name) {
		v.problem("Value null at '%s' failed to satisfy constraint: Member must not be null", lowerFirst(name))
	} else if !slices.Contains(values, s) {
		v.problem("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]", s, lowerFirst(name), strings.Join(values, ", "))
	}
	return s
}

// problem adds a complaint, in AWS's words.
func (v *checker) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// err returns the ValidationError of everything found wrong, nil (as an error) when nothing was.
func (v *checker) err() error {
	switch n := len(v.problems); n {
	case 0:
		return nil
	case 1:
		return validationError("1 validation error detected: %s", v.problems[0])
	default:
		return validationError("%d validation errors detected: %s", n, strings.Join(v.problems, "; "))
	}
}

// shown is the value of a parameter as an error may repeat it: never a secret.
func (v *checker) shown(name string) string {
	if strings.Contains(name, "Password") || strings.Contains(name, "Code") {
		return "***"
	}
	return v.params[name]
}

// lowerFirst is the name of a parameter in AWS's validation messages: userName.
func lowerFirst(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[n:]
}
