package policy

import "testing"

func TestStatementApplies(t *testing.T) {
	const bucket, object = "arn:aws:s3:::b", "arn:aws:s3:::b/a/k"
	tests := []struct {
		name, statement  string // its Action and Resource, without Effect
		action, resource string
		want             bool
	}{
		{"action", `"Action":"s3:GetObject","Resource":"*"`, "s3:GetObject", object, true},
		{"another action", `"Action":"s3:GetObject","Resource":"*"`, "s3:PutObject", object, false},
		{"actions ignore case", `"Action":"S3:getobject","Resource":"*"`, "s3:GetObject", object, true},
		{"a list of actions", `"Action":["s3:PutObject","s3:GetObject"],"Resource":"*"`, "s3:GetObject", object, true},
		{"star", `"Action":"s3:Get*","Resource":"*"`, "s3:GetObject", object, true},
		{"star, not at the start", `"Action":"s3:Get*","Resource":"*"`, "s3:ForgetObject", object, false},
		{"star in the middle", `"Action":"iam:*AccessKey*","Resource":"*"`, "iam:ListAccessKeys", "*", true},
		{"question mark", `"Action":"s3:?etObject","Resource":"*"`, "s3:GetObject", object, true},
		{"question mark is one character", `"Action":"s3:?GetObject","Resource":"*"`, "s3:GetObject", object, false},
		{"NotAction spares", `"NotAction":["iam:*","organizations:*"],"Resource":"*"`, "iam:ListUsers", "*", false},
		{"NotAction covers the rest", `"NotAction":["iam:*","organizations:*"],"Resource":"*"`, "s3:GetObject", object, true},
		{"resource", `"Action":"*","Resource":"arn:aws:s3:::b"`, "s3:ListBucket", bucket, true},
		{"another resource", `"Action":"*","Resource":"arn:aws:s3:::b"`, "s3:GetObject", object, false},
		{"resources mind case", `"Action":"*","Resource":"arn:aws:s3:::B"`, "s3:ListBucket", bucket, false},
		{"resource star spans slashes", `"Action":"*","Resource":"arn:aws:s3:::b/*"`, "s3:GetObject", object, true},
		{"resource star needs its prefix", `"Action":"*","Resource":"arn:aws:s3:::b/*"`, "s3:ListBucket", bucket, false},
		{"resource question mark", `"Action":"*","Resource":"arn:aws:s3:::b/?/k"`, "s3:GetObject", object, true},
		{"any account", `"Action":"*","Resource":"arn:aws:iam::*:role/Ops"`, "sts:AssumeRole", roleARN, true},
		{"an unfinished ARN ends in stars", `"Action":"*","Resource":"arn:aws:s3"`, "s3:ListBucket", bucket, true},
		{"an unfinished ARN of another service", `"Action":"*","Resource":"arn:aws:sqs"`, "s3:ListBucket", bucket, false},
		{"NotResource spares", `"Action":"*","NotResource":"arn:aws:s3:::b/*"`, "s3:GetObject", object, false},
		{"NotResource covers the rest", `"Action":"*","NotResource":"arn:aws:s3:::b/*"`, "s3:ListBucket", bucket, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Policies{Identity: []Policy{parsed(t, Parse, "p", `{"Effect":"Allow",`+tt.statement+`}`)}}
			got := Evaluate(Request{Principal: ops, Action: tt.action, Resource: tt.resource}, p)
			if got.Allowed != tt.want {
				t.Errorf("allowed=%v, want %v", got.Allowed, tt.want)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	tests := []struct {
		name, resource, version string
		context                 map[string][]string
		target                  string
		want                    bool
	}{
		{"the caller's own", "user/${aws:username}", version2012, map[string][]string{"aws:username": {"ops"}}, "user/ops", true},
		{"not another's", "user/${aws:username}", version2012, map[string][]string{"aws:username": {"ops"}}, "user/dev", false},
		{"keys ignore case", "user/${AWS:UserName}", version2012, map[string][]string{"aws:username": {"ops"}}, "user/ops", true},
		{"plain text under the old version", "user/${aws:username}", version2008, map[string][]string{"aws:username": {"ops"}}, "user/ops", false},
		{"plain text under the old version, literally", "user/${aws:username}", version2008, nil, "user/${aws:username}", true},
		{"a missing key matches nothing", "user/${aws:username}", version2012, nil, "user/", false},
		{"a default", "user/${aws:username, 'nobody'}", version2012, nil, "user/nobody", true},
		{"a default is not used when the key is there", "user/${aws:username, 'nobody'}", version2012, map[string][]string{"aws:username": {"ops"}}, "user/nobody", false},
		{"a default without quotes is none", "user/${aws:username, nobody}", version2012, nil, "user/nobody", false},
		{"several values are none", "user/${aws:username}", version2012, map[string][]string{"aws:username": {"ops", "dev"}}, "user/ops", false},
		{"a value is literal", "user/${aws:username}", version2012, map[string][]string{"aws:username": {"*"}}, "user/ops", false},
		{"a literal star", "user/${*}", version2012, nil, "user/*", true},
		{"a literal star is no wildcard", "user/${*}", version2012, nil, "user/ops", false},
		{"a literal question mark", "user/a${?}", version2012, nil, "user/ab", false},
		{"a literal dollar", "user/${$}{aws:username}", version2012, map[string][]string{"aws:username": {"ops"}}, "user/${aws:username}", true},
		{"a tag", "user/${aws:PrincipalTag/Team}-*", version2012, map[string][]string{"aws:PrincipalTag/team": {"red"}}, "user/red-7", true},
		{"never closed", "user/${aws:username", version2012, map[string][]string{"aws:username": {"ops"}}, "user/ops", false},
		{"two variables", "user/${aws:username}${aws:username}", version2012, map[string][]string{"aws:username": {"a"}}, "user/aa", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseSession([]byte(`{"Version":"` + tt.version + `","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::111111111111:` + tt.resource + `"}}`))
			if err != nil {
				t.Fatal(err)
			}
			r := Request{Principal: ops, Action: "iam:GetUser", Resource: "arn:aws:iam::111111111111:" + tt.target, Context: contextOf(tt.context)}
			got := Evaluate(r, Policies{Identity: []Policy{{Document: d}}})
			if got.Allowed != tt.want {
				t.Errorf("allowed=%v, want %v", got.Allowed, tt.want)
			}
		})
	}
}

func contextOf(m map[string][]string) Context {
	c := Context{}
	for key, values := range m {
		c.Set(key, values...)
	}
	return c
}

func TestPatternMatchesInGoodTime(t *testing.T) {
	p := compile("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b")
	text := make([]byte, 20000)
	for i := range text {
		text[i] = 'a'
	}
	if p.matches(string(text)) {
		t.Error("a text without b matched")
	}
}
