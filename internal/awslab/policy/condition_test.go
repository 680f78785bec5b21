package policy

import "testing"

func TestConditions(t *testing.T) {
	type ctx = map[string][]string
	mfa := ctx{"aws:MultiFactorAuthPresent": {"true"}}
	age := ctx{"aws:MultiFactorAuthAge": {"300"}}
	team := ctx{"aws:PrincipalTag/team": {"red"}}
	at := ctx{"aws:CurrentTime": {"2026-05-01T12:00:00Z"}}
	ip := ctx{"aws:SourceIp": {"203.0.113.7"}}
	arn := ctx{"aws:PrincipalArn": {"arn:aws:iam::111111111111:user/team/ops"}}
	keys := func(v ...string) ctx { return ctx{"aws:TagKeys": v} }
	tests := []struct {
		name, condition string
		context         ctx
		want            bool
	}{
		{"StringEquals", `"StringEquals":{"aws:PrincipalTag/team":"red"}`, team, true},
		{"StringEquals minds case", `"StringEquals":{"aws:PrincipalTag/team":"Red"}`, team, false},
		{"StringEquals has no wildcards", `"StringEquals":{"aws:PrincipalTag/team":"r*"}`, team, false},
		{"keys ignore case", `"StringEquals":{"AWS:principaltag/TEAM":"red"}`, team, true},
		{"values are alternatives", `"StringEquals":{"aws:PrincipalTag/team":["blue","red"]}`, team, true},
		{"no values match nothing", `"StringEquals":{"aws:PrincipalTag/team":[]}`, team, false},
		{"StringEquals, missing", `"StringEquals":{"aws:PrincipalTag/team":"red"}`, nil, false},
		{"StringNotEquals", `"StringNotEquals":{"aws:PrincipalTag/team":"blue"}`, team, true},
		{"StringNotEquals, equal", `"StringNotEquals":{"aws:PrincipalTag/team":["blue","red"]}`, team, false},
		{"StringNotEquals, missing", `"StringNotEquals":{"aws:PrincipalTag/team":"red"}`, nil, true},
		{"StringEqualsIgnoreCase", `"StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"RED"}`, team, true},
		{"StringNotEqualsIgnoreCase", `"StringNotEqualsIgnoreCase":{"aws:PrincipalTag/team":"RED"}`, team, false},
		{"StringLike", `"StringLike":{"aws:PrincipalTag/team":"r?d*"}`, team, true},
		{"StringLike, unlike", `"StringLike":{"aws:PrincipalTag/team":"b*"}`, team, false},
		{"StringNotLike", `"StringNotLike":{"aws:PrincipalTag/team":"b*"}`, team, true},
		{"StringNotLike, like", `"StringNotLike":{"aws:PrincipalTag/team":"r*"}`, team, false},
		{"a variable as value", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, ctx{"sts:RoleSessionName": {"ops"}, "aws:username": {"ops"}}, true},
		{"a variable as value, other", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, ctx{"sts:RoleSessionName": {"dev"}, "aws:username": {"ops"}}, false},
		{"a variable as value, unknown", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, ctx{"sts:RoleSessionName": {"ops"}}, false},
		{"ArnLike", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*/ops"}`, arn, true},
		{"ArnLike stays in its field", `"ArnLike":{"aws:PrincipalArn":"arn:*:user/team/ops"}`, arn, false},
		{"ArnEquals has wildcards too", `"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/*"}`, arn, true},
		{"ArnNotLike", `"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}`, arn, true},
		{"ArnNotEquals", `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/team/ops"}`, arn, false},
		{"ArnLike of no ARN", `"ArnLike":{"aws:PrincipalArn":"*"}`, ctx{"aws:PrincipalArn": {"ops"}}, false},
		{"Bool", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, mfa, true},
		{"Bool written as one", `"Bool":{"aws:MultiFactorAuthPresent":true}`, mfa, true},
		{"Bool, other", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, ctx{"aws:MultiFactorAuthPresent": {"false"}}, false},
		{"Bool, missing", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, nil, false},
		{"Bool false, missing", `"Bool":{"aws:MultiFactorAuthPresent":"false"}`, nil, false},
		{"BoolIfExists, missing", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, nil, true},
		{"BoolIfExists, there", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, mfa, false},
		{"Null true, missing", `"Null":{"aws:MultiFactorAuthAge":"true"}`, nil, true},
		{"Null true, there", `"Null":{"aws:MultiFactorAuthAge":"true"}`, age, false},
		{"Null false, missing", `"Null":{"aws:MultiFactorAuthAge":"false"}`, nil, false},
		{"Null false, there", `"Null":{"aws:MultiFactorAuthAge":false}`, age, true},
		{"NumericLessThan", `"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}`, age, true},
		{"NumericLessThan, equal", `"NumericLessThan":{"aws:MultiFactorAuthAge":300}`, age, false},
		{"NumericLessThanEquals, equal", `"NumericLessThanEquals":{"aws:MultiFactorAuthAge":300}`, age, true},
		{"NumericGreaterThan", `"NumericGreaterThan":{"aws:MultiFactorAuthAge":"299.5"}`, age, true},
		{"NumericGreaterThan, more", `"NumericGreaterThan":{"aws:MultiFactorAuthAge":"301"}`, age, false},
		{"NumericGreaterThanEquals", `"NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":"300"}`, age, true},
		{"NumericEquals", `"NumericEquals":{"aws:MultiFactorAuthAge":"300.0"}`, age, true},
		{"NumericNotEquals", `"NumericNotEquals":{"aws:MultiFactorAuthAge":"300"}`, age, false},
		{"Numeric of no number", `"NumericLessThan":{"aws:MultiFactorAuthAge":"soon"}`, age, false},
		{"Numeric of NaN", `"NumericLessThan":{"aws:MultiFactorAuthAge":"NaN"}`, age, false},
		{"NumericIfExists, missing", `"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"1"}`, nil, true},
		{"DateLessThan", `"DateLessThan":{"aws:CurrentTime":"2026-05-01T12:00:01Z"}`, at, true},
		{"DateLessThan, later", `"DateLessThan":{"aws:CurrentTime":"2026-05-01T12:00:00Z"}`, at, false},
		{"DateLessThanEquals", `"DateLessThanEquals":{"aws:CurrentTime":"2026-05-01T14:00:00+02:00"}`, at, true},
		{"DateGreaterThan a day", `"DateGreaterThan":{"aws:CurrentTime":"2026-05-01"}`, at, true},
		{"DateGreaterThan seconds", `"DateGreaterThan":{"aws:CurrentTime":"1777636800"}`, at, false},
		{"DateGreaterThanEquals seconds", `"DateGreaterThanEquals":{"aws:CurrentTime":1777636800}`, at, true},
		{"DateEquals", `"DateEquals":{"aws:CurrentTime":"2026-05-01T12:00:00Z"}`, at, true},
		{"DateNotEquals", `"DateNotEquals":{"aws:CurrentTime":"2026-05-01T12:00:00Z"}`, at, false},
		{"IpAddress", `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, ip, true},
		{"IpAddress, alone", `"IpAddress":{"aws:SourceIp":"203.0.113.7"}`, ip, true},
		{"IpAddress, outside", `"IpAddress":{"aws:SourceIp":["198.51.100.0/24","2001:db8::/32"]}`, ip, false},
		{"IpAddress, version 6", `"IpAddress":{"aws:SourceIp":"2001:db8::/32"}`, ctx{"aws:SourceIp": {"2001:db8::1"}}, true},
		{"NotIpAddress", `"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}`, ip, true},
		{"NotIpAddress, inside", `"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, ip, false},
		{"BinaryEquals", `"BinaryEquals":{"x:k":"QmluYXJ5"}`, ctx{"x:k": {"QmluYXJ5"}}, true},
		{"BinaryEquals, other", `"BinaryEquals":{"x:k":"QmluYXJ6"}`, ctx{"x:k": {"QmluYXJ5"}}, false},
		{"ForAllValues", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, keys("a", "b"), true},
		{"ForAllValues, one too many", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, keys("a", "c"), false},
		{"ForAllValues, none", `"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}`, nil, true},
		{"ForAllValues negated", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["a"]}`, keys("b", "c"), true},
		{"ForAllValues negated, one", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["a"]}`, keys("a", "c"), false},
		{"ForAnyValue", `"ForAnyValue:StringLike":{"aws:TagKeys":"a*"}`, keys("x", "ab"), true},
		{"ForAnyValue, none of them", `"ForAnyValue:StringLike":{"aws:TagKeys":"a*"}`, keys("x", "y"), false},
		{"ForAnyValue, missing", `"ForAnyValue:StringLike":{"aws:TagKeys":"*"}`, nil, false},
		{"ForAnyValue negated", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}`, keys("a", "b"), true},
		{"ForAnyValue negated, all equal", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}`, keys("a"), false},
		{"ForAnyValue negated, missing", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}`, nil, false},
		{"ForAnyValue IfExists, missing", `"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":["a"]}`, nil, true},
		{"two operators must both hold", `"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"aws:username":"ops"}`, ctx{"aws:MultiFactorAuthPresent": {"true"}, "aws:username": {"dev"}}, false},
		{"two keys must both hold", `"StringEquals":{"aws:username":"ops","sts:ExternalId":"x"}`, ctx{"aws:username": {"ops"}, "sts:ExternalId": {"x"}}, true},
		{"no condition at all", ``, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parsed(t, Parse, "p", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+tt.condition+`}}`)
			got := Evaluate(Request{Principal: ops, Action: "s3:GetObject", Resource: "*", Context: contextOf(tt.context)}, Policies{Identity: []Policy{p}})
			if got.Allowed != tt.want {
				t.Errorf("holds=%v, want %v", got.Allowed, tt.want)
			}
		})
	}
}

func TestVariablesOnlyWhereTheyBelong(t *testing.T) {
	p := parsed(t, Parse, "p", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"${aws:MultiFactorAuthPresent}"}}}`)
	c := contextOf(map[string][]string{"aws:SecureTransport": {"true"}, "aws:MultiFactorAuthPresent": {"true"}})
	if Evaluate(Request{Principal: ops, Action: "s3:GetObject", Resource: "*", Context: c}, Policies{Identity: []Policy{p}}).Allowed {
		t.Error("a variable was read as the value of Bool")
	}
}
