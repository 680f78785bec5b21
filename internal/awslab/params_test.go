package awslab

import (
	"net/url"
	"strings"
	"testing"
)

func TestParametersMustBeOfTheirType(t *testing.T) {
	s := newIAMStage(t, Options{})
	for _, test := range []struct{ action, name, value, want string }{
		{"ListUsers", "MaxItems", "1", ""},
		{"ListUsers", "MaxItems", "+01", ""},
		{"ListUsers", "MaxItems", "0", "ValidationError"},
		{"ListUsers", "MaxItems", "1001", "ValidationError"},
		{"ListUsers", "MaxItems", " 1 ", "MalformedInput"},
		{"ListUsers", "MaxItems", "1.0", "MalformedInput"},
		{"ListUsers", "MaxItems", "2147483648", "MalformedInput"},
		{"ListPolicies", "OnlyAttached", "true", ""},
		{"ListPolicies", "OnlyAttached", "0", ""},
		{"ListPolicies", "OnlyAttached", "True", "MalformedInput"},
		{"ListPolicies", "OnlyAttached", "", "MalformedInput"},
	} {
		got := s.ask(s.profile("secure-aws-admin"), test.action, url.Values{test.name: {test.value}})
		if got.code != test.want || (got.status == 400) != (test.want != "") {
			t.Errorf("%s %s=%q: %d %s, want %q", test.action, test.name, test.value, got.status, got.code, test.want)
		}
	}
}

func TestAnErrorWithoutWordsHasNoMessage(t *testing.T) {
	s := newIAMStage(t, Options{})
	got := s.ask(s.profile("secure-aws-admin"), "GetCredentialReport", nil)
	if got.code != "ReportNotPresent" || strings.Contains(got.body, "Message") {
		t.Errorf("%s", got.body)
	}
}
