package awslab

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Without a policy a user may call nothing at all.
func TestEveryActionIsAuthorised(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("nobody", "")
	nobody := s.newKey("nobody")
	params := url.Values{
		"UserName": {"bootstrap"}, "OldPassword": {"x"}, "NewPassword": {"y"}, "PolicyArn": {readOnlyARN},
		"SerialNumber": {"arn:aws:iam::111111111111:mfa/x"}, "AccessKeyId": {"AKIAIOSFODNN7EXAMPLE"},
	}
	for _, a := range iamActions() {
		got := s.ask(nobody, a.Name, params)
		if got.status != 403 || got.code != "AccessDenied" || !strings.Contains(got.message, "user/nobody is not authorized to perform: iam:"+a.Name+" on resource: ") {
			t.Errorf("%s: %d %s %s", a.Name, got.status, got.code, got.message)
		}
	}
}

// With every permission, no action answers a request without parameters, or with
// empty ones, with a failure of its own.
func TestNoActionBreaks(t *testing.T) {
	s := newIAMStage(t, Options{})
	empty := url.Values{}
	for _, name := range []string{
		"UserName", "GroupName", "RoleName", "PolicyName", "PolicyArn", "SerialNumber", "AccessKeyId", "PolicyDocument", "Path", "Marker", "MaxItems",
		"AssumeRolePolicyDocument", "VirtualMFADeviceName", "Tags.member.1.Key", "TagKeys.member.1", "ActionNames.member.1", "PolicySourceArn", "PermissionsBoundary",
	} {
		empty.Set(name, "")
	}
	for _, a := range iamActions() {
		if a.Name == "DeleteUser" || a.Name == "DeleteAccessKey" {
			continue // of oneself, in the middle of the test
		}
		for _, params := range []url.Values{nil, empty} {
			if got := s.ask(s.profile("secure-aws-admin"), a.Name, params); got.status >= 500 {
				t.Errorf("%s: %d %s %s", a.Name, got.status, got.code, got.message)
			}
		}
	}
}

// conditionCase is a permission, with a call it covers and one it does not.
type conditionCase struct {
	name, document string
	yes, no        func(*iam.Client) error
}

const boundaryARN = "arn:aws:iam::aws:policy/PowerUserAccess"

func allowing(action, resource, condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `","Condition":` + condition + `}}`
}

func resourceCases() []conditionCase {
	readOnly, admin := aws.String(readOnlyARN), aws.String("arn:aws:iam::aws:policy/AdministratorAccess")
	return []conditionCase{
		{"resource with the path", allowing("iam:CreateUser", "arn:aws:iam::*:user/people/*", `{}`),
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x"), Path: aws.String("/people/")}))
			},
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("y")}))
			}},
		{"oneself", allowing("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}", `{}`),
			func(c *iam.Client) error { return one(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{})) },
			func(c *iam.Client) error {
				return one(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("target")}))
			}},
		{"own device", allowing("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/${aws:username}", `{}`),
			func(c *iam.Client) error {
				return one(c.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("me")}))
			},
			func(c *iam.Client) error {
				return one(c.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("other")}))
			}},
		{"iam:PolicyARN", allowing("iam:AttachUserPolicy", "*", `{"ArnEquals":{"iam:PolicyARN":"`+readOnlyARN+`"}}`),
			func(c *iam.Client) error {
				return one(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("target"), PolicyArn: readOnly}))
			},
			func(c *iam.Client) error {
				return one(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("target"), PolicyArn: admin}))
			}},
		{"iam:PermissionsBoundary, asked for", allowing("iam:CreateUser", "*", `{"StringEquals":{"iam:PermissionsBoundary":"`+boundaryARN+`"}}`),
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x"), PermissionsBoundary: aws.String(boundaryARN)}))
			},
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("y")}))
			}},
		{"iam:PermissionsBoundary, there", allowing("iam:PutUserPolicy", "*", `{"StringEquals":{"iam:PermissionsBoundary":"`+boundaryARN+`"}}`),
			func(c *iam.Client) error {
				return one(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("bounded"), PolicyName: aws.String("p"), PolicyDocument: aws.String(allowS3)}))
			},
			func(c *iam.Client) error {
				return one(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("target"), PolicyName: aws.String("p"), PolicyDocument: aws.String(allowS3)}))
			}},
	}
}

func tagCases() []conditionCase {
	return []conditionCase{
		{"aws:RequestTag", allowing("iam:TagUser", "*", `{"StringEquals":{"aws:RequestTag/team":"a"}}`),
			func(c *iam.Client) error {
				return one(c.TagUser(ctx, &iam.TagUserInput{UserName: aws.String("target"), Tags: tagsOf("team", "a")}))
			},
			func(c *iam.Client) error {
				return one(c.TagUser(ctx, &iam.TagUserInput{UserName: aws.String("target"), Tags: tagsOf("team", "b")}))
			}},
		{"tags of something new", allowing("iam:CreateUser", "*", `{}`),
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x")}))
			},
			func(c *iam.Client) error {
				return one(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("y"), Tags: tagsOf("team", "a")}))
			}},
		{"aws:TagKeys", allowing("iam:UntagUser", "*", `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`),
			func(c *iam.Client) error {
				return one(c.UntagUser(ctx, &iam.UntagUserInput{UserName: aws.String("target"), TagKeys: []string{"team"}}))
			},
			func(c *iam.Client) error {
				return one(c.UntagUser(ctx, &iam.UntagUserInput{UserName: aws.String("target"), TagKeys: []string{"team", "owner"}}))
			}},
		{"aws:ResourceTag", allowing("iam:DeleteUserPermissionsBoundary", "*", `{"StringEquals":{"aws:ResourceTag/free":"yes"}}`),
			func(c *iam.Client) error {
				return one(c.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("bounded")}))
			},
			func(c *iam.Client) error {
				return one(c.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("target")}))
			}},
	}
}

// Policies may speak of the user, the policy, the boundary and the tags a request names.
func TestConditionKeysOfActions(t *testing.T) {
	for _, test := range append(resourceCases(), tagCases()...) {
		t.Run(test.name, func(t *testing.T) {
			s := newIAMStage(t, Options{})
			must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("target")})))
			must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("bounded"), PermissionsBoundary: aws.String(boundaryARN), Tags: tagsOf("free", "yes")})))
			me := s.newUser("me", test.document)
			if err := test.yes(me); err != nil {
				t.Errorf("what is allowed: %v", err)
			}
			if err := test.no(me); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
				t.Errorf("what is not allowed: %v", err)
			}
		})
	}
}

// Those who call with a role have no user of their own.
func TestOneselfNeedsAUser(t *testing.T) {
	c := &call{principal: &Principal{Role: &Role{}}, account: newAccount("111111111111"), params: params{}}
	for name, run := range map[string]func(*call) (any, error){"GetUser": getUser, "CreateAccessKey": createKey, "ListMFADevices": listDevicesOf, "CreateLoginProfile": getLogin} {
		_, err := run(c)
		var e *apiError
		if !errors.As(err, &e) || e.Code != "ValidationError" || e.Message != "Must specify userName when calling with non-User credentials" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
