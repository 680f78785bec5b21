package awslab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// evaluationXML is one simulated action, on all its resources together:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
type evaluationXML struct {
	EvalActionName                    string
	EvalResourceName                  *string // left out for several
	EvalDecision                      string
	MatchedStatements                 list[statementXML]
	MissingContextValues              list[string]
	EvalDecisionDetails               *mapOf                // there, and empty, where resources were given
	ResourceSpecificResults           *list[resourceResult] // likewise
	PermissionsBoundaryDecisionDetail *boundaryDetailXML
}

// resourceResult is one simulated action on one resource:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResourceSpecificResult.html
type resourceResult struct {
	EvalResourceName                  string
	EvalResourceDecision              string
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
		name, at string
	}
	var all []numbered
	for _, name := range actions {
		all = append(all, numbered{name, fmt.Sprintf("%06d", len(all))})
	}
	all, marker, truncated, err := page(c, all, func(n numbered) string { return n.at })
	if err != nil {
		return nil, err
	}
	return struct {
		EvaluationResults list[evaluationXML]
		IsTruncated       bool
		Marker            *string
	}{each(all, func(n numbered) evaluationXML { return s.evaluateAll(n.name, resources) }), truncated, marker}, nil
}

// evaluateAll simulates an action. Of the decisions on its resources the most
// restrictive counts; without resources it is about "*", and that is all there is to tell.
func (s *simulation) evaluateAll(name string, resources []string) evaluationXML {
	if len(resources) == 0 {
		r := s.evaluate(name, "*")
		return evaluationXML{
			EvalActionName: name, EvalResourceName: &r.EvalResourceName, EvalDecision: r.EvalResourceDecision,
			MatchedStatements: r.MatchedStatements, MissingContextValues: r.MissingContextValues,
			PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
		}
	}
	x := evaluationXML{EvalActionName: name, EvalDecision: decisions[0], EvalDecisionDetails: &mapOf{}}
	if len(resources) == 1 {
		x.EvalResourceName = &resources[0]
	}
	results := each(resources, func(resource string) resourceResult { return s.evaluate(name, resource) })
	for _, r := range results.Members {
		if slices.Index(decisions, r.EvalResourceDecision) > slices.Index(decisions, x.EvalDecision) {
			x.EvalDecision = r.EvalResourceDecision
		}
		x.MatchedStatements.addNew(r.MatchedStatements)
		x.MissingContextValues.addNew(r.MissingContextValues)
		if d := r.PermissionsBoundaryDecisionDetail; x.PermissionsBoundaryDecisionDetail == nil || d != nil && !d.AllowedByPermissionsBoundary {
			x.PermissionsBoundaryDecisionDetail = d
		}
	}
	x.ResourceSpecificResults = &results
	return x
}

// addNew adds the items of more that are not there yet.
func (l *list[T]) addNew(more list[T]) {
	for _, item := range more.Members {
		if !slices.ContainsFunc(l.Members, func(old T) bool { return any(old) == any(item) }) {
			l.Members = append(l.Members, item)
		}
	}
}

// evaluate simulates an action on one resource. What is missing is told only where it
// could have changed the decision, and beside a Deny no Allow is.
func (s *simulation) evaluate(name, resource string) resourceResult {
	d := policy.Evaluate(policy.Request{
		Principal: s.principal, Action: name, Resource: resource, Owner: s.owner, Context: s.context,
	}, s.policies)
	x := resourceResult{EvalResourceName: resource, EvalResourceDecision: decisionName(d)}
	for _, m := range d.Matched {
		if !d.Explicit || m.Statement.Deny {
			x.MatchedStatements.Members = append(x.MatchedStatements.Members, s.statementShown(m))
		}
	}
	if !d.Allowed && !d.Explicit {
		x.MissingContextValues = listOf(s.missing())
	}
	if d.Bounded {
		x.PermissionsBoundaryDecisionDetail = &boundaryDetailXML{d.BoundaryAllows}
	}
	return x
}

// decisions are the values of EvalDecision, the most restrictive last.
var decisions = []string{"allowed", "implicitDeny", "explicitDeny"}

func decisionName(d policy.Decision) string {
	switch {
	case d.Allowed:
		return decisions[0]
	case d.Explicit:
		return decisions[2]
	}
	return decisions[1]
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

// sourceTypes are the words of SourcePolicyType, which are not those of its documentation.
var sourceTypes = map[policy.Layer]string{
	policy.IdentityLayer: "IAM Policy", policy.BoundaryLayer: "Permissions Boundary Policy", policy.ResourceLayer: "Resource Policy",
}

func (s *simulation) statementShown(m policy.Match) statementXML {
	x := statementXML{SourcePolicyID: m.Policy, SourcePolicyType: sourceTypes[m.Layer]}
	x.StartPosition = position(s.texts[m.Policy], m.Statement.Start)
	x.EndPosition = position(s.texts[m.Policy], m.Statement.End)
	return x
}

// position is a byte offset as line and column, both counted from 1.
func position(text string, offset int) positionXML {
	before := text[:min(offset, len(text))]
	return positionXML{strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")}
}
