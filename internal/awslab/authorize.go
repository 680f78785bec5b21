package awslab

import (
	"strconv"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// authorize asks every policy that bears on the caller whether it may do permission
// on resource; context adds to the global condition keys. The error is AccessDenied
// in AWS's words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (c *call) authorize(permission, resource string, context map[string][]string) error {
	r := c.policyRequest(permission, resource, context)
	if b := c.lab.buckets[c.bucket]; c.service == "s3" && b != nil {
		r.Owner = b.Account
	}
	d := policy.Evaluate(r, c.lab.policiesOf(c.principal))
	if d.Allowed {
		return nil
	}
	on := " on resource: " + resource
	switch {
	case c.service == "iam":
		on = " on resource: " + c.toldResource(resource)
	case c.service == "s3" && r.Owner != "" && r.Owner != c.principal.Account:
		return accessDenied("Access Denied") // S3 gives reasons within an account only
	case c.service == "s3" && resource == "*":
		on = ""
	case c.service == "s3":
		on = " on resource: " + strconv.Quote(resource)
	}
	return accessDenied("User: %s is not authorized to perform: %s%s %s", c.principal.ARN, permission, on, d.Because(permission))
}

// toldResource is a resource as IAM's denials name it: what is there by its kind and
// name, what is about to be made, and all of a path, by an ARN.
func (c *call) toldResource(resource string) string {
	kind, name, isEntity := strings.Cut(strings.TrimPrefix(resource, c.account.arn("", "", "")), "/")
	name = name[strings.LastIndex(name, "/")+1:]
	switch {
	case c.action == "GetAccessKeyLastUsed":
		return "access key " + c.params.str("AccessKeyId")
	case c.action == "CreatePolicy" && kind == "policy":
		return "policy " + name
	case strings.Contains(resource, ":policy/"):
		return "policy " + resource
	case !isEntity, name == "", c.action == "CreateUser", c.action == "CreateGroup", c.action == "CreateRole",
		strings.HasSuffix(c.action, "PrincipalPolicy"): // SimulatePrincipalPolicy and its sister
		return resource
	case kind == "user", kind == "group", kind == "role":
		return kind + " " + name
	}
	return resource
}

// policyRequest is what the policies are asked.
func (c *call) policyRequest(permission, resource string, context map[string][]string) policy.Request {
	all := c.globalContext()
	for key, values := range context {
		all.Set(key, values...)
	}
	p := c.principal
	account := c.lab.replicated().Accounts[p.Account]
	who := policy.Principal{ARN: p.ARN, Identity: p.identityARN(account), Account: p.Account}
	if p.Role != nil {
		who.ID = p.Role.ID
	} else {
		who.ID = p.User.ID
	}
	return policy.Request{Principal: who, Action: permission, Resource: resource, Context: all}
}

// policiesOf gathers the policies of p as IAM's readers know them. l.mu is held.
func (l *Lab) policiesOf(p *Principal) policy.Policies {
	s := l.replicated()
	a := s.Accounts[p.Account]
	var all policy.Policies
	switch {
	case p.Role != nil:
		all.Identity, all.Boundary = l.rolePolicies(s, p.Role), l.boundary(s, p.Role.Boundary)
	default:
		all.Identity, all.Boundary = l.userPolicies(s, a, p.User), l.boundary(s, p.User.Boundary)
	}
	if p.Session != nil {
		all.Scoped = p.Session.Policy != "" || len(p.Session.PolicyARNs) > 0 || p.Session.Kind == FederationToken
		all.Session = l.entityPolicies(s, nil, "", nil, p.Session.PolicyARNs)
		if p.Session.Policy != "" {
			all.Session = l.appendPolicy(all.Session, "session policy", p.Session.Policy)
		}
	}
	return all
}

// userPolicies are the identity policies of a user: its own, then its groups'.
func (l *Lab) userPolicies(s *State, a *Account, u *User) []policy.Policy {
	list := l.entityPolicies(s, nil, u.Name, u.Inline, u.Attached)
	for _, g := range a.groupsOf(u) {
		list = l.entityPolicies(s, list, g.Name, g.Inline, g.Attached)
	}
	return list
}

// rolePolicies are the identity policies of a role.
func (l *Lab) rolePolicies(s *State, r *Role) []policy.Policy {
	return l.entityPolicies(s, nil, r.Name, r.Inline, r.Attached)
}

// entityPolicies adds inline policies, named ENTITY/NAME, and managed ones, named by ARN.
func (l *Lab) entityPolicies(s *State, list []policy.Policy, entity string, inline map[string]string, attached []string) []policy.Policy {
	for name, text := range inline {
		list = l.appendPolicy(list, entity+"/"+name, text)
	}
	for _, arn := range attached {
		if p := s.managed(arn); p != nil {
			list = l.appendPolicy(list, arn, p.Document())
		}
	}
	return list
}

// boundary is a permissions boundary; nil when there is none. One that has gone allows nothing.
func (l *Lab) boundary(s *State, arn string) *policy.Policy {
	if arn == "" {
		return nil
	}
	p := s.managed(arn)
	if p == nil {
		return &policy.Policy{Name: arn, Document: &policy.Document{}}
	}
	return &l.appendPolicy(nil, arn, p.Document())[0]
}

func (l *Lab) appendPolicy(list []policy.Policy, name, text string) []policy.Policy {
	return append(list, policy.Policy{Name: name, Document: l.document(text, policy.ParseSession)})
}

// document parses a policy document once. All were judged when they were given; one
// that cannot be read all the same allows nothing.
func (l *Lab) document(text string, parse func([]byte) (*policy.Document, error)) *policy.Document {
	d := l.documents[text]
	if d == nil {
		var err error
		if d, err = parse([]byte(text)); err != nil {
			d = &policy.Document{}
		}
		l.documents[text] = d
	}
	return d
}

// globalContext holds the condition keys of AWS's own:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (c *call) globalContext() policy.Context {
	p, ctx := c.principal, policy.Context{}
	account := c.lab.replicated().Accounts[p.Account]
	ctx.Set("aws:CurrentTime", c.now.Format(time.RFC3339))
	ctx.Set("aws:EpochTime", strconv.FormatInt(c.now.Unix(), 10))
	ctx.Set("aws:SourceIp", c.sourceIP)
	ctx.Set("aws:SecureTransport", strconv.FormatBool(c.secure))
	ctx.Set("aws:UserAgent", c.request.UserAgent())
	ctx.Set("aws:RequestedRegion", c.region)
	ctx.Set("aws:userid", p.UserID)
	ctx.Set("aws:PrincipalAccount", p.Account)
	ctx.Set("aws:PrincipalIsAWSService", "false")
	ctx.Set("aws:PrincipalArn", p.identityARN(account))
	tags := map[string]Tag{}
	switch {
	case p.Role != nil:
		ctx.Set("aws:PrincipalType", "AssumedRole")
		addTags(tags, p.Role.Tags)
	case p.Session != nil && p.Session.Kind == FederationToken:
		ctx.Set("aws:PrincipalType", "FederatedUser")
		ctx.Set("aws:PrincipalArn", p.ARN)
	default:
		ctx.Set("aws:PrincipalType", "User")
		ctx.Set("aws:username", p.User.Name)
		addTags(tags, p.User.Tags)
	}
	c.sessionContext(ctx, tags)
	for _, t := range tags {
		ctx.Set("aws:PrincipalTag/"+t.Key, t.Value)
	}
	c.tagContext(ctx)
	return ctx
}

// sessionContext adds what only temporary credentials have. AssumeRole's do not carry
// MFA on: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func (c *call) sessionContext(ctx policy.Context, tags map[string]Tag) {
	s := c.principal.Session
	if s == nil {
		return
	}
	addTags(tags, s.Tags)
	ctx.Set("aws:TokenIssueTime", s.Issued.Format(time.RFC3339))
	ctx.Set("aws:MultiFactorAuthPresent", strconv.FormatBool(!s.MFA.IsZero()))
	if !s.MFA.IsZero() {
		ctx.Set("aws:MultiFactorAuthAge", mfaAge(c.now, s.MFA))
	}
	if s.SourceIdentity != "" {
		ctx.Set("aws:SourceIdentity", s.SourceIdentity)
	}
}

// mfaAge is a value of aws:MultiFactorAuthAge, in seconds.
func mfaAge(now, taken time.Time) string { return strconv.Itoa(int(now.Sub(taken).Seconds())) }

// addTags puts tags over those of the same key, which is compared without regard to case.
func addTags(all map[string]Tag, tags []Tag) {
	for _, t := range tags {
		all[fold(t.Key)] = t
	}
}

// tagContext adds the tags a request passes.
func (c *call) tagContext(ctx policy.Context) {
	var keys []string
	for _, t := range c.params.tags() {
		ctx.Set("aws:RequestTag/"+t.Key, t.Value)
		keys = append(keys, t.Key)
	}
	if keys != nil {
		ctx.Set("aws:TagKeys", keys...)
	}
}

// checkSessionKind refuses what some temporary credentials can never do:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func checkSessionKind(c *call) error {
	s := c.principal.Session
	if s == nil || c.service == "s3" || c.action == "GetCallerIdentity" {
		return nil
	}
	if c.service == "iam" {
		if s.Kind == FederationToken || s.Kind == SessionToken && s.MFA.IsZero() {
			return invalidClientToken()
		}
		return nil
	}
	switch {
	case s.Kind == AssumedRole && c.action != "GetSessionToken" && c.action != "GetFederationToken":
		return nil
	case s.Kind == SessionToken && c.action == "AssumeRole":
		return nil
	}
	return accessDenied("Cannot call %s with session credentials", c.action)
}
