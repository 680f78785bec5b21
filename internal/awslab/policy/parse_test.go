package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	in := func(statements string) string { return `{"Version":"2012-10-17","Statement":[` + statements + `]}` }
	with := func(more string) string {
		return in(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*",` + more + `}`)
	}
	res := func(arn string) string {
		return in(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + arn + `"}`)
	}
	act := func(action string) string {
		return in(`{"Effect":"Allow","Action":` + action + `,"Resource":"*"}`)
	}
	const syntax = "Syntax errors in policy."
	tests := []struct{ name, document, want string }{
		{"empty", ``, syntax},
		{"no JSON", `{`, syntax},
		{"a list", `[]`, syntax},
		{"something behind it", in(allowAll) + `x`, syntax},
		{"null", `{"Version":"2012-10-17","Statement":null}`, syntax},
		{"no statement", `{"Version":"2012-10-17"}`, syntax},
		{"an empty list of statements", in(``), syntax},
		{"a statement that is text", in(`"Allow"`), syntax},
		{"an unknown element", `{"Version":"2012-10-17","Statement":[` + allowAll + `],"Comment":""}`, syntax},
		{"an unknown element of a statement", with(`"Actions":"x"`), syntax},
		{"element names mind case", in(`{"effect":"Allow","Action":"*","Resource":"*"}`), syntax},
		{"a member twice", `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[` + allowAll + `]}`, syntax},
		{"a member of a statement twice", with(`"Effect":"Deny"`), syntax},
		{"an unknown version", `{"Version":"2013-10-17","Statement":[` + allowAll + `]}`, syntax},
		{"a version that is a number", `{"Version":2012,"Statement":[` + allowAll + `]}`, syntax},
		{"no version", `{"Statement":[` + allowAll + `]}`, "Policy document must be version 2012-10-17 or greater."},
		{"the old version", `{"Version":"2008-10-17","Statement":[` + allowAll + `]}`, "Policy document must be version 2012-10-17 or greater."},
		{"no effect", in(`{"Action":"*","Resource":"*"}`), syntax},
		{"an unknown effect", in(`{"Effect":"Permit","Action":"*","Resource":"*"}`), syntax},
		{"effects mind case", in(`{"Effect":"allow","Action":"*","Resource":"*"}`), "The policy failed legacy parsing"},
		{"a Sid with a dash", with(`"Sid":"a-b"`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{"a Sid twice", in(`{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}`), "Statement IDs (SID) in a single policy must be unique."},
		{"a principal", with(`"Principal":"*"`), "Policy document should not specify a principal."},
		{"no action", in(`{"Effect":"Allow","Resource":"*"}`), "Policy statement must contain actions."},
		{"an empty list of actions", act(`[]`), "Policy statement must contain actions."},
		{"Action and NotAction", with(`"NotAction":"s3:*"`), syntax},
		{"an action that is a number", act(`1`), syntax},
		{"an action without a vendor", act(`"GetObject"`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"an action with two colons", act(`"s3:Get:Object"`), "Actions/Condition can contain only one colon."},
		{"a vendor with a star", act(`"s*:GetObject"`), "Vendor s* is not valid"},
		{"no resource", in(`{"Effect":"Allow","Action":"*"}`), "Policy statement must contain resources."},
		{"an empty list of resources", in(`{"Effect":"Allow","Action":"*","Resource":[]}`), "Policy statement must contain resources."},
		{"Resource and NotResource", with(`"NotResource":"*"`), syntax},
		{"a resource that is no ARN", res("bucket"), `Resource bucket must be in ARN format or "*".`},
		{"an unknown partition", res("arn:was:s3:::b"), `Partition "was" is not valid for resource "arn:was:s3:::b".`},
		{"an ARN that stops at its partition", res("arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."},
		{"an ARN without a vendor", res("arn:aws::::b"), "The policy failed legacy parsing"},
		{"an ARN with a field too few", res("arn:aws:s3::b"), "The policy failed legacy parsing"},
		{"IAM with a region", res("arn:aws:iam:us-east-1:111111111111:user/x"), "IAM resource arn:aws:iam:us-east-1:111111111111:user/x cannot contain region information."},
		{"S3 with a region", res("arn:aws:s3:us-east-1::b"), "Resource arn:aws:s3:us-east-1::b can not contain region information."},
		{"a kind IAM does not have", res("arn:aws:iam::111111111111:users/x"), `IAM resource path must either be "*", root, or start with ` + strings.Join(iamKinds, ", ") + `.`},
		{"an unknown operator", with(`"Condition":{"StringSame":{"aws:username":"x"}}`), syntax},
		{"operators mind case", with(`"Condition":{"stringEquals":{"aws:username":"x"}}`), syntax},
		{"an unknown set operator", with(`"Condition":{"ForSomeValues:StringEquals":{"aws:username":"x"}}`), syntax},
		{"NullIfExists", with(`"Condition":{"NullIfExists":{"aws:username":"x"}}`), syntax},
		{"a condition that is a list", with(`"Condition":[]`), syntax},
		{"a value that is an object", with(`"Condition":{"StringEquals":{"aws:username":{}}}`), syntax},
		{"a key without a vendor", with(`"Condition":{"StringEquals":{"username":"x"}}`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"a date that is none", with(`"Condition":{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`), "The policy failed legacy parsing"},
		{"a date of a thirteenth month", with(`"Condition":{"DateLessThan":{"aws:CurrentTime":"234-13"}}`), "The policy failed legacy parsing"},
		{"seconds past all counting", with(`"Condition":{"DateLessThan":{"aws:CurrentTime":"9223372036854775808"}}`), "The policy failed legacy parsing"},
		{"another scheme, shown as an ARN", res("a:bsdf"), `Partition "bsdf" is not valid for resource "arn:bsdf:*:*:*:*".`},
		{"resources are missed before actions are read", in(`{"Effect":"Allow","Action":"GetObject"}`), "Policy statement must contain resources."},
		{"resources are read before actions", in(`{"Effect":"Allow","Action":"GetObject","Resource":"b"}`), `Resource b must be in ARN format or "*".`},
		{"nested without end", strings.Repeat(`[`, 100000), syntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.document))
			var m *MalformedError
			if !errors.As(err, &m) || m.Message != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseTrustRefuses(t *testing.T) {
	in := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	principal := func(p string) string {
		return in(`{"Effect":"Allow","Principal":` + p + `,"Action":"sts:AssumeRole"}`)
	}
	tests := []struct{ name, document, want string }{
		{"no JSON", `{`, "This policy contains invalid Json"},
		{"no statements", in(``), "Could not parse the policy: Statement is empty!"},
		{"an unknown version", `{"Version":"1","Statement":[` + trustRoot + `]}`, "The policy must contain a valid version string"},
		{"no effect", in(`{"Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), "Missing required field Effect"},
		{"an unknown effect", in(`{"Effect":"allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), "Invalid effect: allow"},
		{"no principal", in(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "Missing required field Principal"},
		{"an empty principal", principal(`{}`), "Missing required field Principal cannot be empty!"},
		{"a bare star", principal(`"*"`), `AssumeRolepolicy contained an invalid principal: "STAR":"*".`},
		{"an unknown kind of principal", principal(`{"Azure":"x"}`), "Syntax error in policy."},
		{"a wildcard inside", principal(`{"AWS":"arn:aws:iam::111111111111:user/*"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/*"`},
		{"a group", principal(`{"AWS":"arn:aws:iam::111111111111:group/g"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"`},
		{"a name", principal(`{"AWS":"ops"}`), `Invalid principal in policy: "AWS":"ops"`},
		{"NotPrincipal that allows", in(`{"Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), "Allow with NotPrincipal is not allowed."},
		{"NotPrincipal that denies", in(`{"Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), "AssumeRole policy must not contain NotPrincipal field."},
		{"another service's action", in(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject"}`), "AssumeRole policy may only specify STS AssumeRole actions."},
		{"every action", in(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}`), "AssumeRole policy may only specify STS AssumeRole actions."},
		{"a resource", in(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"}`), "Has prohibited field Resource"},
		{"a NotResource", in(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","NotResource":"*"}`), "AssumeRole policy must not contain resources."},
		{"a Sid twice", in(strings.Replace(trustRoot, `{"E`, `{"Sid":"a","E`, 1) + `,` + strings.Replace(trustRoot, `{"E`, `{"Sid":"a","E`, 1)), "The Statement Ids in the policy are not unique"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTrust([]byte(tt.document))
			var m *MalformedError
			if !errors.As(err, &m) || m.Message != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	in := func(s string) string { return `{"Version":"2012-10-17","Id":"x","Statement":` + s + `}` }
	tests := []struct {
		name     string
		parse    func([]byte) (*Document, error)
		document string
	}{
		{"a lone statement", Parse, in(allowAll)},
		{"two without a Sid", Parse, in(`[` + allowAll + `,` + allowS3 + `]`)},
		{"empty Sids", Parse, in(`[{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}]`)},
		{"an empty condition", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}`)},
		{"an unfinished ARN", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3"}`)},
		{"an access point", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:us-east-1:111111111111:accesspoint/x"}`)},
		{"an ARN of three fields", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:fdsasf"}`)},
		{"IAM's root", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:root"}`)},
		{"odd dates", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"a:b":["01T","-292275054","2016-12-13t2:00:00.593194+23","2020-01-01T10:00Z","0"]}}}`)},
		{"an unknown operator without keys", Parse, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NoSuch":{}}}`)},
		{"white space around", Parse, "\n " + in(allowAll) + " \n"},
		{"a session policy without a version", ParseSession, `{"Statement":` + allowAll + `}`},
		{"a trust policy of the old version", ParseTrust, `{"Version":"2008-10-17","Statement":` + trustRoot + `}`},
		{"a trust in a service", ParseTrust, in(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Action":["sts:AssumeRole","sts:TagSession"]}`)},
		{"a trust in everyone", ParseTrust, in(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`)},
		{"a bucket's Sid with blanks", ParseResource, in(`{"Sid":"my own","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.parse([]byte(tt.document)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStatementsRememberTheirPlace(t *testing.T) {
	text := `{"Version":"2012-10-17","Statement":[` + allowS3 + `, ` + denyS3 + `]}`
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{allowS3, denyS3} {
		if got := text[d.Statements[i].Start:d.Statements[i].End]; got != want {
			t.Errorf("statement %d stands at %q, want %q", i, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	if got := Size("{ \"a\":\n\t\"ü\" }"); got != 9 {
		t.Errorf("got %d, want 9", got)
	}
}

func TestContextKeys(t *testing.T) {
	p := parsed(t, Parse, "p", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::111111111111:user/${aws:username}${*}",
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"AWS:UserName":"${aws:PrincipalTag/n, 'x'}"}}}`)
	want := []string{"aws:MultiFactorAuthPresent", "AWS:UserName", "aws:PrincipalTag/n"}
	if got := p.ContextKeys(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAWSPrincipals(t *testing.T) {
	trust := parsed(t, ParseTrust, "t", `{"Effect":"Allow","Principal":{"AWS":["`+opsARN+`","222222222222"]},"Action":"sts:AssumeRole"}`)
	if got, want := trust.AWSPrincipals(), []string{opsARN, "222222222222"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenamePrincipal(t *testing.T) {
	const other = "arn:aws:iam::111111111111:user/dev"
	tests := []struct{ name, document, want string }{
		{"one", `{"Statement" : {"Principal": {"AWS" : "OLD"}, "Action": "OLD"}}`, `{"Statement" : {"Principal": {"AWS" : "AIDAX"}, "Action": "OLD"}}`},
		{"several", `{"Statement":[{"Principal":{"AWS":["OLD","` + other + `", "OLD"]}},{"NotPrincipal":{"AWS":"OLD"}}]}`,
			`{"Statement":[{"Principal":{"AWS":["AIDAX","` + other + `", "AIDAX"]}},{"NotPrincipal":{"AWS":"AIDAX"}}]}`},
		{"escaped", `{"Statement":{"Principal":{"AWS":"` + strings.ReplaceAll(opsARN, "/", `\/`) + `"}}}`, `{"Statement":{"Principal":{"AWS":"AIDAX"}}}`},
		{"in a condition", `{"Statement":{"Principal":{"AWS":"*"},"Condition":{"ArnEquals":{"aws:PrincipalArn":"OLD"}}}}`, `{"Statement":{"Principal":{"AWS":"*"},"Condition":{"ArnEquals":{"aws:PrincipalArn":"OLD"}}}}`},
		{"a longer name", `{"Statement":{"Principal":{"AWS":"OLD2"}}}`, `{"Statement":{"Principal":{"AWS":"OLD2"}}}`},
		{"no document", `OLD`, `OLD`},
	}
	for _, tt := range tests {
		document, want := strings.ReplaceAll(tt.document, "OLD", opsARN), strings.ReplaceAll(tt.want, "OLD", opsARN)
		if got := RenamePrincipal(document, opsARN, "AIDAX"); got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
	}
}

// FuzzParse also holds that what is accepted can be evaluated, and that no document
// without the word Allow allows anything.
func FuzzParse(f *testing.F) {
	for _, s := range []string{allowAll, denyS3, trustRoot, assumeOps,
		`{"Effect":"Deny","NotAction":"s3:?et*","NotResource":"arn:aws:s3:::${aws:username, 'x'}","Condition":{"ForAnyValue:DateLessThanIfExists":{"a:b":["2020-01-01"]},"Null":{"a:b":true}}}`,
		`{"Effect":"Deny","NotPrincipal":{"AWS":["*"]},"Action":"s3:*","Resource":"*"}`} {
		f.Add(`{"Version":"2012-10-17","Statement":[` + s + `]}`)
	}
	r := Request{Principal: opsSession, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: prodAccount,
		Context: contextOf(map[string][]string{"aws:username": {"ops"}, "a:b": {"1", "x"}})}
	f.Fuzz(func(t *testing.T, text string) {
		RenamePrincipal(text, "*", "x")
		for _, parse := range []func([]byte) (*Document, error){Parse, ParseSession, ParseTrust, ParseResource} {
			d, err := parse([]byte(text))
			var m *MalformedError
			if err != nil && !errors.As(err, &m) {
				t.Fatalf("%T: %v", err, err)
			}
			if err != nil {
				continue
			}
			p := Policy{Name: "p", Document: d}
			d.ContextKeys()
			for _, policies := range []Policies{{Identity: []Policy{p}}, {Resource: &p}, {Resource: &p, Trust: true}} {
				if got := Evaluate(r, policies); got.Allowed && !strings.Contains(text, "Allow") && !strings.Contains(text, `\u`) {
					t.Fatalf("allowed by %s", text)
				}
			}
		}
	})
}

// FuzzPattern holds the matcher against a slow one that is plainly right.
func FuzzPattern(f *testing.F) {
	f.Add("s3:*Get?b*", "s3:GetOb")
	f.Fuzz(func(t *testing.T, glob, text string) {
		if len(glob)+len(text) > 40 {
			t.Skip()
		}
		if got, want := compile(glob).matches(text), slowMatch([]rune(glob), []rune(text)); got != want {
			t.Errorf("%q on %q: got %v, want %v", glob, text, got, want)
		}
	})
}

func slowMatch(glob, text []rune) bool {
	switch {
	case len(glob) == 0:
		return len(text) == 0
	case glob[0] == '*':
		return slowMatch(glob[1:], text) || len(text) > 0 && slowMatch(glob, text[1:])
	case len(text) == 0:
		return false
	}
	return (glob[0] == '?' || glob[0] == text[0]) && slowMatch(glob[1:], text[1:])
}
