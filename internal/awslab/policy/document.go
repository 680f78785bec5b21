// Package policy reads AWS policy documents and decides requests by them.
//
// Evaluate is a pure function of a request and the policies that bear on it; its
// Decision tells the reason. To judge the package, read evaluate.go for the order
// of the layers, statement.go for when a statement applies, condition.go for the
// operators and pattern.go for wildcards and variables; parse.go and check.go only
// decide which documents are refused.
//
// The language: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package policy

import "unicode"

// Document is a policy document that Parse or one of its sisters accepted.
type Document struct {
	Version    string // "2012-10-17" or "2008-10-17"
	Statements []Statement
}

// Statement is one statement of a Document. Of each pair X and NotX one is nil.
type Statement struct {
	Sid          string
	Deny         bool
	Principal    *Principals // nil in identity policies
	NotPrincipal *Principals
	Action       []string
	NotAction    []string
	Resource     []string
	NotResource  []string
	Conditions   []Condition
	Start, End   int // where it stands in the text, in bytes

	actions []pattern // of Action or NotAction, in lower case
}

// Principals is the content of a Principal or NotPrincipal element.
type Principals struct {
	Everyone  bool     // "*"
	AWS       []string // ARNs, account IDs, unique IDs, "*"
	Service   []string // "ec2.amazonaws.com"
	Federated []string
}

// Condition is one operator and key with the values they are compared with.
type Condition struct {
	Operator string // as written: "ForAnyValue:StringLikeIfExists"
	Key      string // as written: "aws:PrincipalTag/team"
	Values   []string

	test     test
	ifExists bool
	set      string // "", "ForAllValues" or "ForAnyValue"
}

// The versions of the language. Variables exist in the newer one only.
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Size returns the characters of a document that count against IAM's limits,
// which leave out white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func Size(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// ContextKeys returns the condition keys a document asks for, in its conditions
// and as variables, each once and as written: what SimulatePrincipalPolicy tells
// as MissingContextValues when the caller gave none.
func (d *Document) ContextKeys() []string {
	var keys []string
	seen := map[string]bool{}
	add := func(key string) {
		if !seen[foldKey(key)] {
			seen[foldKey(key)] = true
			keys = append(keys, key)
		}
	}
	for _, s := range d.Statements {
		for _, c := range s.Conditions {
			add(c.Key)
			addVariables(d.Version, c.Values, add)
		}
		addVariables(d.Version, s.Resource, add)
		addVariables(d.Version, s.NotResource, add)
	}
	return keys
}

func addVariables(version string, texts []string, add func(string)) {
	if version != version2012 {
		return
	}
	for _, text := range texts {
		for _, key := range variables(text) {
			add(key)
		}
	}
}

// AWSPrincipals returns the values of all AWS principals of a document, so that
// whoever stores a trust policy can refuse those that do not exist.
func (d *Document) AWSPrincipals() []string {
	var names []string
	for _, s := range d.Statements {
		for _, p := range []*Principals{s.Principal, s.NotPrincipal} {
			if p != nil {
				names = append(names, p.AWS...)
			}
		}
	}
	return names
}
