package awslab

import (
	"regexp"
	"slices"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// assumption is what an AssumeRole call asks for.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
type assumption struct {
	roleARN, name, externalID, sourceIdentity string
	serial, code                              string
	duration                                  int
	scope                                     scope
}

func readAssumption(c *call) (assumption, error) {
	v := c.check()
	a := assumption{
		roleARN:        v.required("RoleArn", 2048, nil),
		name:           v.required("RoleSessionName", 64, stsNamePattern),
		externalID:     v.optional("ExternalId", "", 1224, externalIDPattern),
		sourceIdentity: v.optional("SourceIdentity", "", 64, stsNamePattern),
		duration:       v.number("DurationSeconds", 3600, 900, 43200),
	}
	v.atLeast("RoleArn", 20)
	v.atLeast("RoleSessionName", 2)
	v.atLeast("ExternalId", 2)
	v.atLeast("SourceIdentity", 2)
	a.serial, a.code = v.mfa()
	a.scope = v.scope()
	if err := v.err(); err != nil {
		return a, err
	}
	switch {
	case !strings.HasPrefix(a.roleARN, "arn:"):
		return a, validationError("%s is invalid", a.roleARN)
	case !roleARNPattern.MatchString(a.roleARN):
		return a, validationError("Request ARN is invalid")
	}
	return a, nil
}

var roleARNPattern = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/.`)

func assumeRole(c *call) (any, error) {
	a, err := readAssumption(c)
	if err != nil {
		return nil, err
	}
	caller := c.principal.Session
	if caller != nil {
		if err := a.inherit(caller); err != nil {
			return nil, err
		}
	} else if err := a.scope.checkTags(nil); err != nil {
		return nil, err
	}
	if err := a.scope.checkPacked(); err != nil {
		return nil, err
	}
	taken, err := c.takeCode(a.serial, a.code)
	if err != nil {
		return nil, err
	}
	owner, role := c.state.role(a.roleARN)
	if err := c.authorizeAssumption(a, owner, role, a.context(role, !taken.IsZero())); err != nil {
		return nil, err
	}
	if int64(a.duration) > int64(role.MaxSession.Seconds()) {
		return nil, validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if err := c.checkPolicies(a.scope, owner); err != nil {
		return nil, err
	}
	s := &Session{
		Kind: AssumedRole, Account: owner.ID, RoleID: role.ID, Name: a.name, Policy: a.scope.document, PolicyARNs: a.scope.arns,
		Tags: a.scope.tags, Transitive: a.scope.transitive, SourceIdentity: a.sourceIdentity,
	}
	return a.result(c, s, role), nil
}

func (a assumption) result(c *call, s *Session, role *Role) any {
	type user struct {
		ID  string `xml:"AssumedRoleId"`
		ARN string `xml:"Arn"`
	}
	type result struct {
		Credentials     credentials
		AssumedRoleUser user
		Packed          *int    `xml:"PackedPolicySize"`
		SourceIdentity  *string `xml:"SourceIdentity"`
	}
	return result{
		c.issue(s, a.duration),
		user{role.ID + ":" + s.Name, "arn:aws:sts::" + s.Account + ":assumed-role/" + role.Name + "/" + s.Name},
		a.scope.packed(), text(a.sourceIdentity),
	}
}

// inherit takes on what a chained session keeps: at most an hour, the source identity
// for good, and the transitive tags.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
func (a *assumption) inherit(from *Session) error {
	if a.duration > 3600 {
		return validationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if err := a.scope.checkTags(from.Transitive); err != nil {
		return err
	}
	if from.SourceIdentity != "" {
		if a.sourceIdentity != "" && a.sourceIdentity != from.SourceIdentity {
			return validationError("The source identity is already set for this assume role session.")
		}
		a.sourceIdentity = from.SourceIdentity
	}
	for _, t := range from.Tags {
		if slices.Contains(from.Transitive, t.Key) {
			a.scope.tags = append(a.scope.tags, t)
			a.scope.transitive = append(a.scope.transitive, t.Key)
		}
	}
	return nil
}

// context holds the condition keys of the call. MFA counts when its code came with the
// call, or when the caller's own session was made with one.
func (a assumption) context(role *Role, mfa bool) map[string][]string {
	ctx := map[string][]string{"sts:RoleSessionName": {a.name}}
	if mfa {
		ctx["aws:MultiFactorAuthPresent"] = []string{"true"}
		ctx["aws:MultiFactorAuthAge"] = []string{"0"}
	}
	if a.externalID != "" {
		ctx["sts:ExternalId"] = []string{a.externalID}
	}
	if a.sourceIdentity != "" {
		ctx["sts:SourceIdentity"] = []string{a.sourceIdentity}
	}
	if a.scope.transitive != nil {
		ctx["sts:TransitiveTagKeys"] = a.scope.transitive
	}
	var keys []string
	for _, t := range a.scope.tags {
		ctx["aws:RequestTag/"+t.Key] = []string{t.Value}
		keys = append(keys, t.Key)
	}
	if keys != nil {
		ctx["aws:TagKeys"] = keys
	}
	if role != nil {
		for _, t := range role.Tags {
			ctx["iam:ResourceTag/"+t.Key] = []string{t.Value}
			ctx["aws:ResourceTag/"+t.Key] = []string{t.Value}
		}
	}
	return ctx
}

// authorizeAssumption asks the caller's policies and the role's trust policy, for each
// permission the call needs. That a role is not there is not told: it is not allowed.
func (c *call) authorizeAssumption(a assumption, owner *Account, role *Role, context map[string][]string) error {
	permissions := []string{"sts:AssumeRole"}
	if len(a.scope.tags) > 0 {
		permissions = append(permissions, "sts:TagSession")
	}
	if a.sourceIdentity != "" {
		permissions = append(permissions, "sts:SetSourceIdentity")
	}
	policies := c.lab.policiesOf(c.principal)
	policies.Trust = true
	for _, permission := range permissions {
		allowed := false
		if role != nil {
			r := c.policyRequest(permission, a.roleARN, context)
			r.Owner = owner.ID
			policies.Resource = c.lab.trust(role)
			allowed = policy.Evaluate(r, policies).Allowed
		}
		if !allowed {
			return accessDenied("User: %s is not authorized to perform: %s on resource: %s", c.principal.ARN, permission, a.roleARN)
		}
	}
	return nil
}
