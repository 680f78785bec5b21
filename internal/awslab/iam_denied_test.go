package awslab

import (
	"net/url"
	"strings"
	"testing"
)

// What is there IAM names by kind and name when it denies; what is not there yet, and
// what a list is of, by an ARN.
func TestDenialsNameTheirResource(t *testing.T) {
	s := newIAMStage(t, Options{Seed: SeedLandingZone})
	s.newUser("Nobody", "")
	key := s.newKey("Nobody")
	const arn = "arn:aws:iam::111111111111:"
	tests := []struct {
		action string
		params url.Values
		want   string
	}{
		{"GetUser", nil, "user Nobody"},
		{"GetUser", url.Values{"UserName": {"ops"}}, "user ops"},
		{"GetUser", url.Values{"UserName": {"none"}}, "user none"},
		{"CreateAccessKey", url.Values{"UserName": {"ops"}}, "user ops"},
		{"GetGroup", url.Values{"GroupName": {"Operators"}}, "group Operators"},
		{"GetRole", url.Values{"RoleName": {"Admin"}}, "role Admin"},
		{"AttachUserPolicy", url.Values{"UserName": {"ops"}, "PolicyArn": {readOnlyARN}}, "user ops"},
		{"EnableMFADevice", url.Values{"UserName": {"ops"}, "SerialNumber": {arn + "mfa/ops"}}, "user ops"},
		{"GetPolicy", url.Values{"PolicyArn": {readOnlyARN}}, "policy " + readOnlyARN},
		{"CreatePolicyVersion", url.Values{"PolicyArn": {arn + "policy/x"}}, "policy " + arn + "policy/x"},
		{"CreatePolicy", url.Values{"PolicyName": {"x"}, "Path": {"/team/"}}, "policy x"},
		{"CreateUser", url.Values{"UserName": {"x"}, "Path": {"/team/"}}, arn + "user/team/x"},
		{"CreateGroup", url.Values{"GroupName": {"x"}}, arn + "group/x"},
		{"CreateRole", url.Values{"RoleName": {"x"}}, arn + "role/x"},
		{"CreateVirtualMFADevice", url.Values{"VirtualMFADeviceName": {"x"}}, arn + "mfa/x"},
		{"DeleteVirtualMFADevice", url.Values{"SerialNumber": {arn + "mfa/ops"}}, arn + "mfa/ops"},
		{"ListUsers", nil, arn + "user/"},
		{"ListRoles", url.Values{"PathPrefix": {"/team/"}}, arn + "role/team/"},
		{"ListPolicies", nil, "policy path /"},
		{"GetAccountSummary", nil, "*"},
		{"SimulatePrincipalPolicy", url.Values{"PolicySourceArn": {arn + "user/ops"}}, arn + "user/ops"},
		{"GetAccessKeyLastUsed", url.Values{"AccessKeyId": {key.AccessKeyID}}, "access key " + key.AccessKeyID},
	}
	for _, test := range tests {
		got := s.ask(key, test.action, test.params)
		want := "User: arn:aws:iam::111111111111:user/Nobody is not authorized to perform: iam:" + test.action + " on resource: " + test.want +
			" because no identity-based policy allows the iam:" + test.action + " action"
		if got.status != 403 || got.code != "AccessDenied" || got.message != want {
			t.Errorf("%s %v:\n got %d %s\nwant %s", test.action, test.params, got.status, strings.TrimPrefix(got.message, "User: arn:aws:iam::111111111111:user/"), want)
		}
	}
}
