package awslab

import (
	"fmt"
	"net/http"
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
	params    params
	problems  []string
	only      string // told instead of all problems
	malformed bool   // a parameter is not of its type, which is told first of all
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
		v.must(name, "not be null")
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
		v.must(name, "have length greater than or equal to %d", min)
	case n > max:
		v.must(name, "have length less than or equal to %d", max)
	case pattern == nil || pattern.MatchString(s):
	case pattern == namePattern:
		v.alone("The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", lowerFirst(name))
	case pattern == pathPattern:
		v.alone("The specified value for %s is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.", lowerFirst(name))
	default:
		v.must(name, "satisfy regular expression pattern: %s", strings.Trim(pattern.String(), "^$"))
	}
	return s
}

// number returns an integer of min to max, or def when it was not given.
func (v *checker) number(name string, def, min, max int) int {
	if !v.params.has(name) {
		return def
	}
	n, err := strconv.ParseInt(v.params[name], 10, 32)
	switch n := int(n); {
	case err != nil:
		v.malformed = true
	case n < min:
		v.must(name, "have value greater than or equal to %d", min)
	case n > max:
		v.must(name, "have value less than or equal to %d", max)
	}
	return int(n)
}

// flag returns a boolean, or def when it was not given.
func (v *checker) flag(name string, def bool) bool {
	if !v.params.has(name) {
		return def
	}
	switch v.params[name] {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	v.malformed = true
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
		v.must(name, "not be null")
	} else if !slices.Contains(values, s) {
		v.must(name, "satisfy enum value set: [%s]", strings.Join(values, ", "))
	}
	return s
}

// must adds that a parameter breaks a constraint, in the words AWS has used since 2026:
// the value, which may be a secret, is not repeated.
func (v *checker) must(name, format string, args ...any) {
	v.problem("Value at '%s' failed to satisfy constraint: Member must %s", lowerFirst(name), fmt.Sprintf(format, args...))
}

// alone sets a complaint that AWS tells by itself, whatever else is wrong.
func (v *checker) alone(format string, args ...any) {
	if v.only == "" {
		v.only = fmt.Sprintf(format, args...)
	}
}

// problem adds a complaint, in AWS's words.
func (v *checker) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// err returns the ValidationError of everything found wrong, nil (as an error) when
// nothing was. What is not of its type is MalformedInput.
func (v *checker) err() error {
	switch n := len(v.problems); {
	case v.malformed:
		return refuse(http.StatusBadRequest, "MalformedInput", "A parameter is not of the type it must have.")
	case v.only != "":
		return validationError("%s", v.only)
	case n == 0:
		return nil
	case n == 1:
		return validationError("1 validation error detected: %s", v.problems[0])
	default:
		return validationError("%d validation errors detected: %s", n, strings.Join(v.problems, "; "))
	}
}

// lowerFirst is the name of a parameter in AWS's validation messages: userName.
func lowerFirst(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[n:]
}
