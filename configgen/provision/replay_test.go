package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/internal/awslab"
)

// Every call of apply, verify, destroy and disable-bootstrap is one that AWS's own models take.
func TestEveryCallIsOneThatBotocoreKnows(t *testing.T) {
	err := exec.Command("python3", "-c", "import botocore").Run()
	needs(t, err == nil, "python3 with botocore")
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	z.mustApply()
	open, err := z.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	drift := sequence(member("eve"),
		later((*iam.Client).UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: ptr("Admin"), PolicyDocument: ptr(openTrust)}),
		later((*iam.Client).UpdateRole, &iam.UpdateRoleInput{RoleName: ptr("Admin"), MaxSessionDuration: ptr(int32(7200))}),
		later((*iam.Client).UntagRole, &iam.UntagRoleInput{RoleName: ptr("Admin"), TagKeys: []string{"secaws"}}),
		later((*iam.Client).PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: ptr("Admin"), PermissionsBoundary: ptr(administrator)}),
		later((*iam.Client).PutRolePolicy, &iam.PutRolePolicyInput{RoleName: ptr("Admin"), PolicyName: ptr("x"), PolicyDocument: ptr(everything)}),
		later((*iam.Client).AttachGroupPolicy, &iam.AttachGroupPolicyInput{GroupName: ptr("Operators"), PolicyArn: ptr(administrator)}),
		later((*iam.Client).PutGroupPolicy, &iam.PutGroupPolicyInput{GroupName: ptr("Operators"), PolicyName: ptr("x"), PolicyDocument: ptr(everything)}),
		later((*iam.Client).UpdateGroup, &iam.UpdateGroupInput{GroupName: ptr("Administrators"), NewPath: ptr("/")}),
		later((*iam.Client).AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: ptr("eve"), PolicyArn: ptr(administrator)}),
		later((*iam.Client).PutUserPolicy, &iam.PutUserPolicyInput{UserName: ptr("eve"), PolicyName: ptr("x"), PolicyDocument: ptr(everything)}),
	)
	if err := drift(ctx, open[0].IAM); err != nil {
		t.Fatal(err)
	}
	var sent []string
	record := func(run func() error) {
		t.Helper()
		z.wire.reset(place{}, faultNone)
		if err := run(); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, z.wire.bodies...)
	}
	record(func() error { return z.apply(ctx, true) })
	record(func() error { _, err := z.verify(ctx); return err })
	record(func() error { return z.destroy(ctx) })
	record(func() error { return z.apply(ctx, false) })
	z = newZone(t, awslab.Options{Seed: awslab.SeedLandingZone})
	record(func() error { return z.disable(ctx, true) })

	judged := replay(t, sent)
	for _, action := range []string{
		"CreateRole", "DeleteRole", "UpdateRole", "TagRole", "UpdateAssumeRolePolicy", "DeleteRolePermissionsBoundary", "PutRolePolicy",
		"DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "CreateGroup", "UpdateGroup", "DeleteGroup", "PutGroupPolicy",
		"DeleteGroupPolicy", "DetachGroupPolicy", "RemoveUserFromGroup", "DetachUserPolicy", "DeleteUserPolicy",
		"UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy", "UpdateAccessKey", "DeleteAccessKey", "CreateUser", "DeleteUser",
		"CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken", "AssumeRole", "GetAccountAuthorizationDetails", "ListRoles",
	} {
		if judged[action] == 0 {
			t.Errorf("%s was never called", action)
		}
	}
}

// replay gives bodies of the query protocol to botocore and returns how often each action was among them.
func replay(t *testing.T, bodies []string) map[string]int {
	t.Helper()
	type sentCall struct {
		Service string `json:"service"`
		Body    string `json:"body"`
	}
	var calls []sentCall
	for _, body := range bodies {
		switch {
		case strings.Contains(body, "Version=2010-05-08"):
			calls = append(calls, sentCall{"iam", body})
		case strings.Contains(body, "Version=2011-06-15"):
			calls = append(calls, sentCall{"sts", body})
		}
	}
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "testdata/replay.py")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("botocore: %v\n%s", err, stderrOf(err))
	}
	judged := map[string]int{}
	if err := json.Unmarshal(out, &judged); err != nil {
		t.Fatal(err)
	}
	return judged
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

func ptr[T any](v T) *T { return &v }
