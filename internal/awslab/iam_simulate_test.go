package awslab

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func resultText(results []types.EvaluationResult) string {
	var all []string
	for _, r := range results {
		text := fmt.Sprintf("%s %s %s", *r.EvalActionName, aws.ToString(r.EvalResourceName), r.EvalDecision)
		text += matchedText(r.MatchedStatements)
		if len(r.MissingContextValues) > 0 {
			text += " without " + strings.Join(r.MissingContextValues, "+")
		}
		if d := r.PermissionsBoundaryDecisionDetail; d != nil {
			text += fmt.Sprintf(" bounded %v", d.AllowedByPermissionsBoundary)
		}
		for _, one := range r.ResourceSpecificResults {
			text += fmt.Sprintf("; %s %s", *one.EvalResourceName, one.EvalResourceDecision) + matchedText(one.MatchedStatements)
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

func matchedText(statements []types.Statement) string {
	text := ""
	for _, m := range statements {
		text += fmt.Sprintf(" by %s %d:%d-%d:%d", *m.SourcePolicyId, m.StartPosition.Line, m.StartPosition.Column, m.EndPosition.Line, m.EndPosition.Column)
		if m.SourcePolicyType != "IAM Policy" {
			text += " of a " + string(m.SourcePolicyType)
		}
	}
	return text
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	const mfa = "{\"Version\":\"2012-10-17\",\"Statement\":[\n {\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::${aws:username}\",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}]}"
	s.newUser("ops", mfa)
	must(t, one(a.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g")})))
	must(t, one(a.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: aws.String("g"), PolicyName: aws.String("no"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:*","Resource":"*"}}`)})))
	must(t, one(a.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: aws.String("ops")})))
	in := iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::111111111111:user/ops"), ActionNames: []string{"s3:CreateBucket", "ec2:RunInstances"}, ResourceArns: []string{"arn:aws:s3:::ops"},
	}
	simulate := func(want string) {
		t.Helper()
		var results []types.EvaluationResult
		in.MaxItems = aws.Int32(1)
		for pages := iam.NewSimulatePrincipalPolicyPaginator(a, &in); pages.HasMorePages(); {
			out, err := pages.NextPage(ctx)
			must(t, err)
			results = append(results, out.EvaluationResults...)
		}
		if got := resultText(results); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	denied := "ec2:RunInstances arn:aws:s3:::ops explicitDeny by group_g_no 1:37-1:86; arn:aws:s3:::ops explicitDeny by group_g_no 1:37-1:86"
	simulate("s3:CreateBucket arn:aws:s3:::ops implicitDeny without aws:MultiFactorAuthPresent; arn:aws:s3:::ops implicitDeny\n" + denied)
	in.ContextEntries = []types.ContextEntry{{ContextKeyName: aws.String("aws:MultiFactorAuthPresent"), ContextKeyType: types.ContextKeyTypeEnumBoolean, ContextKeyValues: []string{"true"}}}
	allowed := "s3:CreateBucket arn:aws:s3:::ops allowed by user_ops_p 2:2-2:137; arn:aws:s3:::ops allowed by user_ops_p 2:2-2:137\n"
	simulate(allowed + denied)

	arn := s.newPolicy("limit", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`)
	must(t, one(a.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: aws.String("ops"), PermissionsBoundary: &arn})))
	in.ActionNames = in.ActionNames[:1]
	simulate("s3:CreateBucket arn:aws:s3:::ops implicitDeny by user_ops_p 2:2-2:137 bounded false; arn:aws:s3:::ops implicitDeny by user_ops_p 2:2-2:137")

	keys, err := a.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: in.PolicySourceArn})
	must(t, err)
	if got, want := strings.Join(keys.ContextKeyNames, " "), "aws:MultiFactorAuthPresent aws:username"; got != want {
		t.Errorf("context keys %q, want %q", got, want)
	}
	in.PolicySourceArn = aws.String("arn:aws:iam::111111111111:user/none")
	if err := one(a.SimulatePrincipalPolicy(ctx, &in)); err == nil || !strings.Contains(err.Error(), "NoSuchEntity") {
		t.Errorf("nobody's policies: %v", err)
	}
}

func TestSimulateCustomPolicy(t *testing.T) {
	s := newIAMStage(t, Options{})
	out, err := s.admin.SimulateCustomPolicy(ctx, &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{allowS3}, ActionNames: []string{"s3:GetObject", "iam:CreateUser"},
	})
	must(t, err)
	if got, want := resultText(out.EvaluationResults), "s3:GetObject * allowed by PolicyInputList.1 1:38-1:87\niam:CreateUser * implicitDeny"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, params := range map[string]url.Values{
		"no policy":      {"ActionNames.member.1": {"s3:*"}},
		"no action":      {"PolicyInputList.member.1": {allowS3}},
		"no such policy": {"PolicyInputList.member.1": {"{"}, "ActionNames.member.1": {"s3:*"}},
		"no such action": {"PolicyInputList.member.1": {allowS3}, "ActionNames.member.1": {"s3"}},
	} {
		if got := s.ask(s.profile("secure-aws-admin"), "SimulateCustomPolicy", params); got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// One result an action, however many resources: the most restrictive decision counts,
// and beside a Deny no Allow is told.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func TestSimulatedResourcesAreToldOneByOne(t *testing.T) {
	s := newIAMStage(t, Options{})
	statements := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a"}`
	tests := []struct {
		name, policy, boundary string
		resources              []string
		want                   string
	}{
		{"no resource", statements + `]}`, "", nil, "s3:GetObject * implicitDeny"},
		{"all", statements + `]}`, "", []string{"*"}, "s3:GetObject * implicitDeny"},
		{"two, one allowed", statements + `]}`, "", []string{"arn:aws:s3:::a", "arn:aws:s3:::b"},
			"s3:GetObject  implicitDeny by PolicyInputList.1 1:38-1:100; arn:aws:s3:::a allowed by PolicyInputList.1 1:38-1:100; arn:aws:s3:::b implicitDeny"},
		{"denied", statements + `,{"Effect":"Deny","Action":"*","Resource":"*"}]}`, "", []string{"arn:aws:s3:::a"},
			"s3:GetObject arn:aws:s3:::a explicitDeny by PolicyInputList.1 1:101-1:146; arn:aws:s3:::a explicitDeny by PolicyInputList.1 1:101-1:146"},
		{"denied by a boundary", statements + `]}`, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`, nil,
			"s3:GetObject * explicitDeny by PermissionsBoundaryPolicyInputList.1 1:38-1:83 of a Permissions Boundary Policy bounded false"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := &iam.SimulateCustomPolicyInput{PolicyInputList: []string{test.policy}, ActionNames: []string{"s3:GetObject"}, ResourceArns: test.resources}
			if test.boundary != "" {
				in.PermissionsBoundaryPolicyInputList = []string{test.boundary}
			}
			out, err := s.admin.SimulateCustomPolicy(ctx, in)
			must(t, err)
			if got := resultText(out.EvaluationResults); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// The example of AWS's own: a statement from line 3, column 16, to line 7, column 4.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func TestPositionsCountAsAWSDoes(t *testing.T) {
	const document = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:ListBucket\",\n    \"Resource\": \"*\"\n  }\n}"
	start, end := strings.LastIndex(document, "{"), strings.Index(document, "}")+1
	if got := [2]positionXML{position(document, start), position(document, end)}; got != [2]positionXML{{3, 16}, {7, 4}} {
		t.Errorf("the statement stands at %v", got)
	}
}
