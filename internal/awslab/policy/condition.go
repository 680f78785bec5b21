package policy

import (
	"encoding/base64"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// test compares a value of the request with one of the policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type test struct {
	matches   func(have string, want pattern) bool // nil: Null
	negated   bool
	variables bool // values may hold variables
}

// tests are the operators, without ForAnyValue:, ForAllValues: and IfExists.
var tests = map[string]test{
	"StringEquals":              {matches: equal, variables: true},
	"StringNotEquals":           {matches: equal, variables: true, negated: true},
	"StringEqualsIgnoreCase":    {matches: equalFold, variables: true},
	"StringNotEqualsIgnoreCase": {matches: equalFold, variables: true, negated: true},
	"StringLike":                {matches: like, variables: true},
	"StringNotLike":             {matches: like, variables: true, negated: true},
	"ArnEquals":                 {matches: arnLike, variables: true},
	"ArnLike":                   {matches: arnLike, variables: true},
	"ArnNotEquals":              {matches: arnLike, variables: true, negated: true},
	"ArnNotLike":                {matches: arnLike, variables: true, negated: true},
	"Bool":                      {matches: boolean},
	"NumericEquals":             {matches: numeric(func(order int) bool { return order == 0 })},
	"NumericNotEquals":          {matches: numeric(func(order int) bool { return order == 0 }), negated: true},
	"NumericLessThan":           {matches: numeric(func(order int) bool { return order < 0 })},
	"NumericLessThanEquals":     {matches: numeric(func(order int) bool { return order <= 0 })},
	"NumericGreaterThan":        {matches: numeric(func(order int) bool { return order > 0 })},
	"NumericGreaterThanEquals":  {matches: numeric(func(order int) bool { return order >= 0 })},
	"DateEquals":                {matches: date(func(order int) bool { return order == 0 })},
	"DateNotEquals":             {matches: date(func(order int) bool { return order == 0 }), negated: true},
	"DateLessThan":              {matches: date(func(order int) bool { return order < 0 })},
	"DateLessThanEquals":        {matches: date(func(order int) bool { return order <= 0 })},
	"DateGreaterThan":           {matches: date(func(order int) bool { return order > 0 })},
	"DateGreaterThanEquals":     {matches: date(func(order int) bool { return order >= 0 })},
	"IpAddress":                 {matches: inNetwork},
	"NotIpAddress":              {matches: inNetwork, negated: true},
	"BinaryEquals":              {matches: binaryEqual},
	"Null":                      {},
}

// holds judges a condition. Values of the policy are alternatives. A key that is not
// in the request fails the condition, unless the operator is negated or ends in IfExists.
// Of several values in the request, one must match for a plain operator and for
// ForAnyValue, each for ForAllValues, which also holds when there is none.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (c *Condition) holds(context Context, version string) bool {
	have := context.lookup(c.Key)
	if c.test.matches == nil {
		return c.null(len(have) == 0)
	}
	if len(have) == 0 {
		return c.ifExists || c.set == "ForAllValues" || c.test.negated && c.set == ""
	}
	want := c.wanted(context, version)
	matched := 0
	for _, value := range have {
		if c.matchesAny(value, want) {
			matched++
		}
	}
	switch {
	case c.set == "ForAllValues" && c.test.negated, c.set == "" && c.test.negated:
		return matched == 0
	case c.set == "ForAllValues":
		return matched == len(have)
	case c.test.negated:
		return matched < len(have)
	}
	return matched > 0
}

// null judges Null: "true" asks that the key be absent, "false" that it be there.
func (c *Condition) null(absent bool) bool {
	for _, value := range c.Values {
		if strings.EqualFold(value, strconv.FormatBool(absent)) {
			return true
		}
	}
	return false
}

// wanted returns the values of the policy, those with unknown variables left out.
func (c *Condition) wanted(context Context, version string) []pattern {
	var want []pattern
	for _, value := range c.Values {
		if !c.test.variables {
			want = append(want, pattern(value))
		} else if p, ok := expand(value, version, context); ok {
			want = append(want, p)
		}
	}
	return want
}

func (c *Condition) matchesAny(have string, want []pattern) bool {
	for _, w := range want {
		if c.test.matches(have, w) {
			return true
		}
	}
	return false
}

func equal(have string, want pattern) bool     { return have == want.text() }
func equalFold(have string, want pattern) bool { return strings.EqualFold(have, want.text()) }
func like(have string, want pattern) bool      { return want.matches(have) }
func boolean(have string, want pattern) bool   { return strings.EqualFold(have, want.text()) }

// arnLike compares field by field: a wildcard does not reach over a colon, but in the last field.
func arnLike(have string, want pattern) bool {
	fields := strings.SplitN(have, ":", 6)
	wanted := want.fields(6)
	if len(fields) != 6 || fields[0] != "arn" || len(wanted) != len(fields) {
		return false
	}
	for i := range fields {
		if !wanted[i].matches(fields[i]) {
			return false
		}
	}
	return true
}

func numeric(accept func(order int) bool) func(string, pattern) bool {
	return func(have string, want pattern) bool {
		a, errA := strconv.ParseFloat(have, 64)
		b, errB := strconv.ParseFloat(want.text(), 64)
		if errA != nil || errB != nil || math.IsNaN(a) || math.IsNaN(b) {
			return false
		}
		return accept(order(a < b, a > b))
	}
}

func date(accept func(order int) bool) func(string, pattern) bool {
	return func(have string, want pattern) bool {
		a, okA := parseDate(have)
		b, okB := parseDate(want.text())
		return okA && okB && accept(a.Compare(b))
	}
}

func order(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

var epoch = regexp.MustCompile(`^-?\d{1,18}$`)

// dateLayouts are the forms of ISO 8601 that AWS names, https://www.w3.org/TR/NOTE-datetime
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02", "2006-01"}

// parseDate reads a date as policies write it: ISO 8601 or seconds since 1970.
func parseDate(text string) (time.Time, bool) {
	if epoch.MatchString(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(n, 0), err == nil
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// inNetwork compares an address with an address or a CIDR block, IPv4 or IPv6.
func inNetwork(have string, want pattern) bool {
	address, err := netip.ParseAddr(have)
	if err != nil {
		return false
	}
	text := want.text()
	if network, err := netip.ParsePrefix(text); err == nil {
		return network.Contains(address.Unmap())
	}
	single, err := netip.ParseAddr(text)
	return err == nil && single.Unmap() == address.Unmap()
}

func binaryEqual(have string, want pattern) bool {
	a, errA := base64.StdEncoding.DecodeString(have)
	b, errB := base64.StdEncoding.DecodeString(want.text())
	return errA == nil && errB == nil && string(a) == string(b)
}
