//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/internal/awslab"
)

// opsSerial and opsRole are of the landing zone that the lab is seeded with.
const (
	opsSerial = "arn:aws:iam::111111111111:mfa/ops"
	opsRole   = "arn:aws:iam::333333333333:role/Ops"
)

// labStep is how long a code lasts in tests: short, so that a second code need not be waited for long.
const labStep = 4 * time.Second

// stage is a sandbox with a lab for its AWS.
type stage struct {
	*sandbox
	lab *awslab.Lab
	url string
	dir string // the lab's own folder, which counts as outside the person's machine
}

// raise starts a lab for a sandbox. stop ends it.
func raise(s *sandbox, o awslab.Options) (st *stage, stop func(), err error) {
	if o.TOTPStep == 0 {
		o.TOTPStep = labStep
	}
	if o.Seed == "" {
		o.Seed = awslab.SeedLandingZone
	}
	o.Dir = filepath.Join(s.root, ".lab")
	lab, err := awslab.New(o)
	if err != nil {
		return nil, nil, err
	}
	server, err := lab.Start("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	st = &stage{sandbox: s, lab: lab, url: server.URL, dir: o.Dir}
	st.set("AWS_ENDPOINT_URL", server.URL)
	st.set("LAB", o.Dir)
	return st, func() { _ = server.Close() }, nil
}

// newStage is a sandbox with a lab, for one test.
func newStage(t testing.TB, o awslab.Options) *stage {
	t.Helper()
	s, err := newSandbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	st, stop, err := raise(s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return st
}

// key is the long-lived key of a seeded user.
func (st *stage) key(user string) (awslab.Profile, error) {
	for _, p := range st.lab.Profiles() {
		if p.Name == user {
			return p, nil
		}
	}
	return awslab.Profile{}, fmt.Errorf("the lab has no key of %q", user)
}

// created is what aws iam create-access-key would have printed for a seeded user.
func (st *stage) created(user string) (string, error) {
	p, err := st.key(user)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"AccessKey": map[string]string{
		"UserName": p.User, "AccessKeyId": p.AccessKeyID, "Status": "Active", "SecretAccessKey": p.Secret, "CreateDate": "2026-01-02T03:04:05+00:00",
	}})
	return string(data), err
}

// settle stores the key of a seeded user and writes the profiles that tests use: NAME (key and MFA), Ops (role and
// MFA), plain (key alone), auto (role, MFA and a program for the phone).
func (st *stage) settle(user string) error {
	document, err := st.created(user)
	if err != nil {
		return err
	}
	cmd := st.command("secaws", "add", user, "--stdin", "--no-profile", "--no-verify")
	cmd.Stdin = strings.NewReader(document)
	if _, stderr, code := collect(cmd); code != 0 {
		return fmt.Errorf("secaws add %s: exit code %d: %s", user, code, stderr)
	}
	serial := strings.Replace(opsSerial, "/ops", "/"+user, 1)
	served := func(name, more string) string {
		return fmt.Sprintf("[profile %s]\nregion = us-west-2\ncredential_process = %s credential-process %s\nsecaws_key = %s\n%s\n",
			name, filepath.Join(bin, "secaws"), name, user, more)
	}
	text := served(user, "secaws_mfa_serial = "+serial+"\n") +
		served("Ops", "secaws_mfa_serial = "+serial+"\nsecaws_role_arn = "+opsRole+"\n") +
		served("plain", "") +
		served("auto", "secaws_mfa_serial = "+serial+"\nsecaws_role_arn = "+opsRole+"\n"+
			"secaws_mfa_process = "+filepath.Join(bin, "awslab")+" totp --dir "+st.dir+" --fresh "+user+"\n")
	return os.WriteFile(filepath.Join(st.home(), ".aws", "config"), []byte(text), 0o600)
}

// setKey makes the key of a seeded user Active or Inactive, as an administrator would.
func (st *stage) setKey(ctx context.Context, user string, status types.StatusType) error {
	target, err := st.key(user)
	if err != nil {
		return err
	}
	client, err := st.iam("secure-aws-admin")
	if err != nil {
		return err
	}
	_, err = client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: &target.User, AccessKeyId: &target.AccessKeyID, Status: status})
	return err
}

// role makes a role in the account of a seeded user, as that user, and returns its ARN.
func (st *stage) role(ctx context.Context, by, name, trust string) (string, error) {
	client, err := st.iam(by)
	if err != nil {
		return "", err
	}
	out, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		return "", err
	}
	return *out.Role.Arn, nil
}

// iam is the lab's IAM for a seeded user.
func (st *stage) iam(user string) (*iam.Client, error) {
	p, err := st.key(user)
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(st.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.Secret}, nil
		}),
	}), err
}

// code is a code of user's phone that the lab has not taken yet.
func (st *stage) code(user string) (string, error) {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		code, err := st.lab.TOTP(user)
		if err != nil || !code.Used {
			return code.Digits, err
		}
		<-time.After(code.Left + time.Millisecond)
	}
	return "", fmt.Errorf("no fresh code of %s within %s", user, patience)
}

// calls counts the lab's calls of an action.
func (st *stage) calls(action string) int {
	n := 0
	for _, c := range st.lab.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
