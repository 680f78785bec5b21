package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	yaml "go.yaml.in/yaml/v3"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awslab"
)

// stack reads a template as CloudFormation would in one account: as much of the language as Export writes. It shares
// no code with it.
type stack struct {
	account    string
	conditions map[string]any
}

// resolve evaluates intrinsic functions. ok is false for AWS::NoValue.
func (s stack) resolve(v any) (value any, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		if ref, is := v["Ref"]; is && len(v) == 1 {
			if ref == "AWS::NoValue" {
				return nil, false
			}
			return s.ref(ref.(string)), true
		}
		if args, is := v["Fn::If"].([]any); is {
			if s.holds(s.conditions[args[0].(string)]) {
				return s.resolve(args[1])
			}
			return s.resolve(args[2])
		}
		out := map[string]any{}
		for key, inner := range v {
			if value, ok := s.resolve(inner); ok {
				out[key] = value
			}
		}
		return out, true
	case []any:
		var out []any
		for _, inner := range v {
			if value, ok := s.resolve(inner); ok {
				out = append(out, value)
			}
		}
		return out, true
	}
	return v, true
}

func (s stack) ref(name string) any {
	if name == "AWS::AccountId" {
		return s.account
	}
	return "ref:" + name
}

func (s stack) holds(condition any) bool {
	c := condition.(map[string]any)
	if args, is := c["Fn::Equals"].([]any); is {
		a, _ := s.resolve(args[0])
		b, _ := s.resolve(args[1])
		return a == b
	}
	if args, is := c["Fn::Or"].([]any); is {
		if len(args) < 2 || len(args) > 10 {
			panic(fmt.Sprintf("Fn::Or of %d", len(args)))
		}
		return slices.ContainsFunc(args, s.holds)
	}
	return !s.holds(c["Fn::Not"].([]any)[0])
}

// deploy makes the resources of a template in an account, groups before what refers to them.
func deploy(ctx context.Context, a Access, template string) error {
	var t struct {
		Conditions map[string]any
		Resources  map[string]struct {
			Type, Condition string
			Properties      map[string]any
		}
	}
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(template), &tree); err != nil {
		return err
	}
	text, err := json.Marshal(tree)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		return err
	}
	s := stack{a.Account.ID, t.Conditions}
	groups := map[string]string{}
	for _, kind := range []string{"AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"} {
		for _, id := range sortedKeys(t.Resources) {
			r := t.Resources[id]
			if r.Type != kind || r.Condition != "" && !s.holds(t.Conditions[r.Condition]) {
				continue
			}
			resolved, _ := s.resolve(r.Properties)
			p := resolved.(map[string]any)
			if name, ok := p["GroupName"].(string); ok {
				groups["ref:"+id] = name
			}
			if err := deployOne(ctx, a.IAM, kind, p, groups); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
	}
	return nil
}

func deployOne(ctx context.Context, c *iam.Client, kind string, p map[string]any, groups map[string]string) error {
	text := func(key string) *string {
		if v, ok := p[key].(string); ok {
			return &v
		}
		return nil
	}
	document := func(v any) *string {
		out, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		s := string(out)
		return &s
	}
	var errs []error
	switch kind {
	case "AWS::IAM::Group":
		_, err := c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: text("GroupName"), Path: text("Path")})
		errs = append(errs, err)
		for _, policy := range list(p["Policies"]) {
			name := policy["PolicyName"].(string)
			_, err := c.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: text("GroupName"), PolicyName: &name, PolicyDocument: document(policy["PolicyDocument"])})
			errs = append(errs, err)
		}
	case "AWS::IAM::Role":
		var tags []types.Tag
		for _, tag := range list(p["Tags"]) {
			key, value := tag["Key"].(string), tag["Value"].(string)
			tags = append(tags, types.Tag{Key: &key, Value: &value})
		}
		longest := int32(p["MaxSessionDuration"].(float64))
		_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: text("RoleName"), AssumeRolePolicyDocument: document(p["AssumeRolePolicyDocument"]), MaxSessionDuration: &longest, Tags: tags})
		errs = append(errs, err)
		managed, _ := p["ManagedPolicyArns"].([]any)
		for _, arn := range managed {
			of := arn.(string)
			_, err := c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: text("RoleName"), PolicyArn: &of})
			errs = append(errs, err)
		}
		for _, policy := range list(p["Policies"]) {
			name := policy["PolicyName"].(string)
			_, err := c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: text("RoleName"), PolicyName: &name, PolicyDocument: document(policy["PolicyDocument"])})
			errs = append(errs, err)
		}
	case "AWS::IAM::ManagedPolicy":
		out, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: text("ManagedPolicyName"), PolicyDocument: document(p["PolicyDocument"])})
		if err != nil {
			return err
		}
		for _, g := range p["Groups"].([]any) {
			name := groups[g.(string)]
			_, err := c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: &name, PolicyArn: out.Policy.Arn})
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func list(v any) []map[string]any {
	var out []map[string]any
	items, _ := v.([]any)
	for _, item := range items {
		out = append(out, item.(map[string]any))
	}
	return out
}

func deployAll(t *testing.T, z *zone) {
	t.Helper()
	ctx := context.Background()
	open, err := z.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	templates, err := Export(z.b)
	if err != nil {
		t.Fatal(err)
	}
	if err := deploy(ctx, open[0], templates.Identity); err != nil {
		t.Fatal(err)
	}
	for _, a := range open[1:] {
		if err := deploy(ctx, a, templates.Resource); err != nil {
			t.Fatal(err)
		}
	}
}

// The templates make what apply makes, but for the password policy and its tag.
func TestExportIsWhatApplyMakes(t *testing.T) {
	odd := func(b configgen.Blueprint) configgen.Blueprint {
		b.Roles = slices.Clone(b.Roles)
		b.Roles[0].In = map[string][]configgen.Policy{"prod": {}, "infra": b.Roles[0].In["prod"]} // nowhere in prod
		b.Roles[1].Policies = nil                                                                 // only where it is named
		b.Roles[1].MFA, b.Roles[1].ExternalID = false, "ticket-7"
		return b
	}
	for name, change := range map[string]func(configgen.Blueprint) configgen.Blueprint{
		"the reference": func(b configgen.Blueprint) configgen.Blueprint { return b },
		"exceptions":    odd,
	} {
		t.Run(name, func(t *testing.T) {
			applied, exported := newZone(t, awslab.Options{}), newZone(t, awslab.Options{})
			applied.b, exported.b = change(applied.b), change(exported.b)
			applied.mustApply()
			deployAll(t, exported)
			for _, line := range essence(exported.lab.Snapshot()).Diff(essence(applied.lab.Snapshot())) {
				if !strings.Contains(line, ".PasswordPolicy.") && !strings.Contains(line, "Roles.admin.Tags.1.") {
					t.Errorf("apply beside export: %s", line)
				}
			}
			exported.mustApply()
			exported.unlike(essence(applied.lab.Snapshot()))
		})
	}
}

func manyAccounts(n int) configgen.Blueprint {
	answers := configgen.DefaultAnswers()
	answers.Identity.ID = "111111111111"
	answers.Accounts = nil
	for i := range n {
		answers.Accounts = append(answers.Accounts, configgen.Account{Name: fmt.Sprintf("env%d", i), Bootstrap: fmt.Sprintf("b%d", i), ID: fmt.Sprintf("%012d", 200000000000+i)})
	}
	answers.DefaultAccount = "env0"
	text, err := configgen.BlueprintText(answers)
	if err != nil {
		panic(err)
	}
	b, err := configgen.ParseBlueprint("b", []byte(text))
	if err != nil {
		panic(err)
	}
	return b
}

// Hundreds of accounts are too much for an inline policy, and not for the templates.
func TestExportOfHundredsOfAccounts(t *testing.T) {
	b := manyAccounts(400)
	if err := b.CheckSizes(); err == nil {
		t.Fatal("400 accounts fit an inline policy")
	}
	templates, err := Export(b)
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, awslab.Options{})
	open, _ := z.open(context.Background())
	if err := deploy(context.Background(), open[0], templates.Identity); err != nil {
		t.Fatal(err)
	}
	reached := 0
	for path, value := range z.lab.Snapshot() {
		if strings.Contains(path, "Policies.secaws-assume-operators-") && strings.HasSuffix(path, ".Document") {
			reached += strings.Count(value, ":role/Ops")
		}
	}
	if reached != 400 {
		t.Errorf("Operators reach %d accounts", reached)
	}
	var size *configgen.SizeError
	if _, err := Export(manyAccounts(2000)); !errors.As(err, &size) {
		t.Errorf("2000 accounts: %v", err)
	}
}

func TestExportNeedsIDs(t *testing.T) {
	var none *NoIDError
	if _, err := Export(configgen.DefaultBlueprint()); !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
}

func TestExportPassesCfnLint(t *testing.T) {
	lint, err := exec.LookPath("cfn-lint")
	if err == nil {
		err = exec.Command(lint, "--version").Run()
	}
	if err != nil { // no package of Debian's has it, so CI has not either
		t.Skip("cfn-lint is not on this machine")
	}
	dir := t.TempDir()
	for name, b := range map[string]configgen.Blueprint{"reference": pinned(), "many": manyAccounts(150)} {
		templates, err := Export(b)
		if err != nil {
			t.Fatal(err)
		}
		for kind, text := range map[string]string{"identity": templates.Identity, "resource": templates.Resource} {
			path := filepath.Join(dir, name+"-"+kind+".yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(lint, path).CombinedOutput(); err != nil {
				t.Errorf("cfn-lint %s %s: %v\n%s", name, kind, err, out)
			}
		}
	}
}

// The command that export names sets the very policy that apply would.
func TestPasswordCommandSetsThePolicy(t *testing.T) {
	yes, eight := true, 8
	policy := configgen.PasswordPolicy{MinimumLength: &eight, Symbols: &yes, HardExpiry: &yes}
	if got, want := PasswordCommand(policy), "aws iam update-account-password-policy --minimum-password-length 8 --require-symbols --hard-expiry"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := PasswordCommand(configgen.PasswordPolicy{}); got != "" {
		t.Errorf("without a policy: %s", got)
	}
}

// needs skips a test for what the machine lacks, by name, and fails it where a skip is a failure.
func needs(t *testing.T, ok bool, what string) {
	t.Helper()
	switch {
	case ok:
	case os.Getenv("SECAWS_TEST_NO_SKIP") == "1":
		t.Fatalf("this machine lacks %s, and SECAWS_TEST_NO_SKIP=1", what)
	default:
		t.Skipf("this machine lacks %s", what)
	}
}
