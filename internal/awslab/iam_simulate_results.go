package awslab

import (
	"fmt"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// evaluationXML is one simulated request: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
type evaluationXML struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	MatchedStatements                 list[statementXML]
	MissingContextValues              list[string]
	PermissionsBoundaryDecisionDetail *boundaryDetailXML
}

type boundaryDetailXML struct{ AllowedByPermissionsBoundary bool }

// statementXML tells where a statement stands: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Statement.html
type statementXML struct {
	SourcePolicyID   string `xml:"SourcePolicyId"`
	SourcePolicyType string
	StartPosition    positionXML
	EndPosition      positionXML
}

type positionXML struct{ Line, Column int }

// simulate runs every action on every resource.
func (c *call) simulate(s *simulation) (any, error) {
	if err := s.addGiven(c); err != nil {
		return nil, err
	}
	actions, resources, err := c.simulatedActions()
	if err != nil {
		return nil, err
	}
	type numbered struct {
		evaluationXML
		at string
	}
	var results []numbered
	for _, name := range actions {
		for _, resource := range resources {
			results = append(results, numbered{s.evaluate(name, resource), fmt.Sprintf("%06d", len(results))})
		}
	}
	results, marker, truncated, err := page(c, results, func(r numbered) string { return r.at })
	if err != nil {
		return nil, err
	}
	return struct {
		EvaluationResults list[evaluationXML]
		IsTruncated       bool
		Marker            *string
	}{each(results, func(r numbered) evaluationXML { return r.evaluationXML }), truncated, marker}, nil
}

func (s *simulation) evaluate(name, resource string) evaluationXML {
	d := policy.Evaluate(policy.Request{
		Principal: s.principal, Action: name, Resource: resource, Owner: s.owner, Context: s.context,
	}, s.policies)
	x := evaluationXML{EvalActionName: name, EvalResourceName: resource, EvalDecision: decisionName(d)}
	x.MatchedStatements = each(d.Matched, s.statementShown)
	x.MissingContextValues = listOf(s.missing())
	if d.Bounded {
		x.PermissionsBoundaryDecisionDetail = &boundaryDetailXML{d.BoundaryAllows}
	}
	return x
}

// decisionName is one of the values of EvalDecision.
func decisionName(d policy.Decision) string {
	switch {
	case d.Allowed:
		return "allowed"
	case d.Explicit:
		return "explicitDeny"
	}
	return "implicitDeny"
}

// missing are the condition keys the policies ask for and the request does not give.
func (s *simulation) missing() []string {
	given := map[string]bool{}
	for key := range s.context {
		given[fold(key)] = true
	}
	var missing []string
	for _, key := range s.contextKeys() {
		if !given[fold(key)] {
			missing = append(missing, key)
		}
	}
	return missing
}

func (s *simulation) statementShown(m policy.Match) statementXML {
	x := statementXML{SourcePolicyID: m.Policy, SourcePolicyType: "IAM Policy"}
	if m.Layer == policy.ResourceLayer {
		x.SourcePolicyType = "resource"
	}
	x.StartPosition = position(s.texts[m.Policy], m.Statement.Start)
	x.EndPosition = position(s.texts[m.Policy], m.Statement.End)
	return x
}

// position is a byte offset as line and column, both counted from 1.
func position(text string, offset int) positionXML {
	before := text[:min(offset, len(text))]
	return positionXML{strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")}
}
