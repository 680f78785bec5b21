package policy

import (
	"fmt"
	"strings"
)

// MalformedError is why a document is refused, in AWS's words. Its code on the wire is
// MalformedPolicyDocument (MalformedPolicy for a bucket's).
type MalformedError struct{ Message string }

func (e *MalformedError) Error() string { return e.Message }

func malformed(format string, args ...any) error {
	return &MalformedError{fmt.Sprintf(format, args...)}
}

// use is what a document is for, which decides what it must and must not hold.
type use struct {
	old       bool // the version of 2008, and none, are accepted
	principal bool // every statement has a principal
	trust     bool
	words     words
}

// words are the messages of IAM's two parsers: that for identities, and that for
// resources, which trust policies go through too.
type words struct {
	json, syntax, version, empty, effect, sids string
}

var (
	identityWords = words{
		json: "Syntax errors in policy.", syntax: "Syntax errors in policy.", version: "Syntax errors in policy.",
		empty: "Syntax errors in policy.", effect: "Syntax errors in policy.",
		sids: "Statement IDs (SID) in a single policy must be unique.",
	}
	resourceWords = words{
		json: "This policy contains invalid Json", syntax: "Syntax error in policy.",
		version: "The policy must contain a valid version string", empty: "Could not parse the policy: Statement is empty!",
		effect: "Missing required field Effect", sids: "The Statement Ids in the policy are not unique",
	}
)

// Parse reads a policy for a user, group or role: inline, managed or a boundary.
// Every error is a *MalformedError.
func Parse(text []byte) (*Document, error) {
	return use{words: identityWords}.parse(string(text))
}

// ParseSession reads a session policy, which may still be of the version of 2008.
func ParseSession(text []byte) (*Document, error) {
	return use{words: identityWords, old: true}.parse(string(text))
}

// ParseTrust reads the trust policy of a role.
func ParseTrust(text []byte) (*Document, error) {
	return use{words: resourceWords, old: true, principal: true, trust: true}.parse(string(text))
}

// ParseResource reads a resource's policy, such as a bucket's.
func ParseResource(text []byte) (*Document, error) {
	return use{words: resourceWords, old: true, principal: true}.parse(string(text))
}

func (u use) parse(text string) (*Document, error) {
	root, err := readJSON(text)
	if err != nil || root.kind != objectKind {
		return nil, malformed("%s", u.words.json)
	}
	d := &Document{Version: version2008}
	var statements []value
	for _, m := range root.members {
		switch m.name {
		case "Version":
			d.Version = m.text
		case "Id":
			if m.kind != textKind {
				return nil, malformed("%s", u.words.syntax)
			}
		case "Statement":
			statements = listed(m.value)
		default:
			return nil, malformed("%s", u.words.syntax)
		}
	}
	if d.Version != version2008 && d.Version != version2012 {
		return nil, malformed("%s", u.words.version)
	}
	if len(statements) == 0 {
		return nil, malformed("%s", u.words.empty)
	}
	for _, v := range statements {
		s, err := u.statement(v)
		if err != nil {
			return nil, err
		}
		d.Statements = append(d.Statements, s)
	}
	return d, u.check(d)
}

// listed takes a lone value for a list of one.
func listed(v value) []value {
	if v.kind == listKind {
		return v.items
	}
	return []value{v}
}

// statement reads the form of a statement; check judges what it says.
func (u use) statement(v value) (Statement, error) {
	if v.kind != objectKind {
		return Statement{}, malformed("%s", u.words.syntax)
	}
	s := Statement{Start: v.start, End: v.end}
	effect := ""
	for _, m := range v.members {
		var ok bool
		switch m.name {
		case "Sid":
			s.Sid, ok = m.text, m.kind == textKind
		case "Effect":
			effect, ok = m.text, m.kind == textKind
		case "Principal":
			s.Principal, ok = readPrincipals(m.value)
		case "NotPrincipal":
			s.NotPrincipal, ok = readPrincipals(m.value)
		case "Action":
			s.Action, ok = m.texts(false)
		case "NotAction":
			s.NotAction, ok = m.texts(false)
		case "Resource":
			s.Resource, ok = m.texts(false)
		case "NotResource":
			s.NotResource, ok = m.texts(false)
		case "Condition":
			s.Conditions, ok = readConditions(m.value)
		default:
			ok = false
		}
		if !ok {
			return Statement{}, malformed("%s", u.words.syntax)
		}
	}
	if both(s.Action, s.NotAction) || both(s.Resource, s.NotResource) || s.Principal != nil && s.NotPrincipal != nil {
		return Statement{}, malformed("%s", u.words.syntax)
	}
	for _, action := range append(s.Action[:len(s.Action):len(s.Action)], s.NotAction...) {
		s.actions = append(s.actions, compile(strings.ToLower(action)))
	}
	s.Deny = effect == "Deny"
	return s, u.checkEffect(effect)
}

func both(a, b []string) bool { return a != nil && b != nil }

// readPrincipals reads "*" or {"AWS": …, "Service": …, "Federated": …}.
func readPrincipals(v value) (*Principals, bool) {
	if v.kind == textKind {
		return &Principals{Everyone: true}, v.text == "*"
	}
	ps := &Principals{}
	for _, m := range v.members {
		names, ok := m.texts(false)
		if !ok {
			return nil, false
		}
		switch m.name {
		case "AWS":
			ps.AWS = names
		case "Service":
			ps.Service = names
		case "Federated":
			ps.Federated = names
		default:
			return nil, false
		}
	}
	return ps, v.kind == objectKind
}

// readConditions reads {operator: {key: value or values}}. The order does not matter:
// all must hold.
func readConditions(v value) ([]Condition, bool) {
	conditions := []Condition{}
	for _, operator := range v.members {
		for _, key := range operator.members {
			c, ok := newCondition(operator.name)
			c.Key = key.name
			values, isText := key.texts(true)
			if !ok || !isText {
				return nil, false
			}
			c.Values = values
			conditions = append(conditions, c)
		}
		if operator.kind != objectKind {
			return nil, false
		}
	}
	return conditions, v.kind == objectKind
}

// newCondition takes an operator's name apart. Names mind case.
func newCondition(operator string) (Condition, bool) {
	c := Condition{Operator: operator}
	name := operator
	if set, rest, found := strings.Cut(operator, ":"); found {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return c, false
		}
		c.set, name = set, rest
	}
	base, ifExists := strings.CutSuffix(name, "IfExists")
	t, known := tests[base]
	c.test, c.ifExists = t, ifExists
	return c, known && !(base == "Null" && (ifExists || c.set != ""))
}
