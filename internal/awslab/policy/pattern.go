package policy

import "strings"

// pattern is text with wildcards. Wildcards are runes of their own, so that an
// asterisk that came out of a variable, or of ${*}, stays an asterisk.
type pattern []rune

const (
	anyRunes rune = -1 - iota // *
	oneRune                   // ?
)

// compile reads text in which every * and ? is a wildcard and nothing a variable.
func compile(text string) pattern {
	p := make(pattern, 0, len(text))
	for _, r := range text {
		p = append(p, wildcard(r))
	}
	return p
}

func wildcard(r rune) rune {
	switch r {
	case '*':
		return anyRunes
	case '?':
		return oneRune
	}
	return r
}

// matches compares the whole of text. A * also spans colons: in ARNs AWS promises so
// at the end of a segment and warns against relying on the rest.
func (p pattern) matches(text string) bool {
	t := []rune(text)
	i, j := 0, 0
	star, resume := -1, 0 // the last * met, and the text it has not yet swallowed
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == anyRunes:
			star, resume = i, j
			i++
		case i < len(p) && (p[i] == oneRune || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(p) && p[i] == anyRunes {
		i++
	}
	return i == len(p)
}

// text returns p with its wildcards as the characters they were written as.
func (p pattern) text() string {
	out := make([]rune, len(p))
	for i, r := range p {
		switch r {
		case anyRunes:
			r = '*'
		case oneRune:
			r = '?'
		}
		out[i] = r
	}
	return string(out)
}

// fields cuts p at its first n-1 colons.
func (p pattern) fields(n int) []pattern {
	var cut []pattern
	start := 0
	for i, r := range p {
		if r == ':' && len(cut) < n-1 {
			cut = append(cut, p[start:i])
			start = i + 1
		}
	}
	return append(cut, p[start:])
}

func anyMatches(patterns []pattern, text string) bool {
	for _, p := range patterns {
		if p.matches(text) {
			return true
		}
	}
	return false
}

// expand puts the values of variables into text: ${aws:username},
// ${aws:PrincipalTag/team, 'none'}, and the literals ${*}, ${?} and ${$}. A value is
// literal, whatever it holds. It returns false when a variable has no single value:
// what depends on it matches nothing. Under the old version all is plain text.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func expand(text, version string, c Context) (pattern, bool) {
	if version != version2012 {
		return compile(text), true
	}
	var p pattern
	for {
		plain, rest, found := strings.Cut(text, "${")
		p = append(p, compile(plain)...)
		if !found {
			return p, true
		}
		inside, after, closed := strings.Cut(rest, "}")
		value, ok := variable(inside, c)
		if !closed || !ok {
			return nil, false
		}
		p = append(p, []rune(value)...)
		text = after
	}
}

// variable returns what the inside of ${…} stands for.
func variable(inside string, c Context) (string, bool) {
	switch inside {
	case "*", "?", "$":
		return inside, true
	}
	key, fallback, hasDefault := splitVariable(inside)
	switch values := c.lookup(key); {
	case len(values) == 1:
		return values[0], true
	case len(values) == 0 && hasDefault:
		return fallback, true
	}
	return "", false
}

// splitVariable takes "aws:username, 'nobody'" apart.
func splitVariable(inside string) (key, fallback string, hasDefault bool) {
	key, fallback, hasDefault = strings.Cut(inside, ",")
	fallback = strings.TrimSpace(fallback)
	if n := len(fallback); hasDefault && n >= 2 && fallback[0] == '\'' && fallback[n-1] == '\'' {
		return strings.TrimSpace(key), fallback[1 : n-1], true
	}
	return strings.TrimSpace(key), "", false
}

// variables returns the keys that expand would look up.
func variables(text string) []string {
	var keys []string
	for {
		_, rest, found := strings.Cut(text, "${")
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return keys
		}
		if key, _, _ := splitVariable(inside); strings.Contains(key, ":") {
			keys = append(keys, key)
		}
		text = after
	}
}

// foldKey makes names of condition keys comparable.
func foldKey(key string) string { return strings.ToLower(key) }
