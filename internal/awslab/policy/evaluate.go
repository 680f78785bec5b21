package policy

import "strings"

// Request is what somebody asks to do.
type Request struct {
	Principal Principal
	Action    string  // "s3:CreateBucket"
	Resource  string  // its ARN; "*" for actions that have none
	Owner     string  // account of the resource; "" means the caller's own
	Context   Context // condition keys
}

// Principal is who asks.
type Principal struct {
	ARN      string // of the user, or of the role or federated session
	Identity string // ARN of the user or role whose policies count; ARN itself for a user
	ID       string // its unique ID, "AIDA…" or "AROA…": what a deleted principal leaves in a trust policy
	Account  string
}

// Context holds the condition keys of a request. Make it with Set: names of keys are
// case-insensitive. A key that AWS would not send must be absent, not "".
type Context map[string][]string

// Set gives a key its values.
func (c Context) Set(key string, values ...string) { c[foldKey(key)] = values }

func (c Context) lookup(key string) []string { return c[foldKey(key)] }

// Policy is a document with the name it is known by in a Decision.
type Policy struct {
	Name string
	*Document
}

// Policies are all those that bear on a request.
type Policies struct {
	Identity []Policy // of the user and its groups, or of the role
	Boundary *Policy  // permissions boundary; nil: none
	Scoped   bool     // the session was made with session policies (always so for GetFederationToken)…
	Session  []Policy // …which are these; Scoped with none allows nothing of its own
	Resource *Policy  // of the resource, or the trust policy of the role to be assumed; nil: none
	Trust    bool     // Resource is a trust policy, which must always allow
}

// Layer is a kind of policy.
type Layer int

// The layers, in the order they are asked for an Allow.
const (
	ResourceLayer Layer = iota + 1
	TrustLayer
	IdentityLayer
	BoundaryLayer
	SessionLayer
)

// Decision is the answer to a request and the reason for it.
type Decision struct {
	Allowed        bool
	Explicit       bool    // not allowed because a statement denies; else because none allows
	Layer          Layer   // whose Allow was enough, whose Deny counted, or whose Allow is missing
	Statement      *Match  // the deciding one; nil when it is an Allow that is missing
	Matched        []Match // every statement that applied, for SimulatePrincipalPolicy
	Bounded        bool    // a boundary is in force; BoundaryAllows tells what it says
	BoundaryAllows bool
}

// Match is a statement that applied.
type Match struct {
	Policy    string
	Layer     Layer
	Statement *Statement
}

// Because returns the decision as AWS's access-denied messages end:
// "because no identity-based policy allows the s3:CreateBucket action", or
// "with an explicit deny in an identity-based policy: arn:aws:iam::111111111111:policy/x".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (d Decision) Because(action string) string {
	if d.Allowed {
		return ""
	}
	if d.Explicit {
		return "with an explicit deny in " + article[d.Layer] + " " + d.Layer.String() + d.culprit()
	}
	return "because no " + d.Layer.String() + " allows the " + action + " action"
}

// culprit names the policy that denies by its ARN; AWS names none that has no ARN.
func (d Decision) culprit() string {
	if !strings.HasPrefix(d.Statement.Policy, "arn:") {
		return ""
	}
	return ": " + d.Statement.Policy
}

func (l Layer) String() string {
	return [...]string{"", "resource-based policy", "role trust policy", "identity-based policy", "permissions boundary", "session policy"}[l]
}

var article = map[Layer]string{ResourceLayer: "a", TrustLayer: "the", IdentityLayer: "an", BoundaryLayer: "a", SessionLayer: "a"}

// Evaluate decides r. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
//
// A Deny that applies, in any layer, ends it. Then each layer in force must allow:
// the identity policies, the boundary, the session policies, and the resource's
// policy when it is a trust policy or belongs to another account. Within one account,
// a resource's policy that names the caller spares it the layers that grant says.
func Evaluate(r Request, p Policies) Decision {
	resource := judgeResource(r, p)
	identity := judge(IdentityLayer, p.Identity, r)
	boundary := judge(BoundaryLayer, optional(p.Boundary), r)
	session := judge(SessionLayer, p.Session, r)
	layers := []verdict{resource, identity, boundary, session}

	d := Decision{Bounded: p.Boundary != nil, BoundaryAllows: boundary.allow != nil && boundary.deny == nil}
	for _, v := range layers {
		d.Matched = append(d.Matched, v.matched...)
	}
	for _, v := range layers {
		if v.deny != nil {
			return d.end(false, true, v.layer, v.deny)
		}
	}

	foreign := r.Owner != "" && r.Owner != r.Principal.Account
	granted := resource.grant
	if granted == toNobody && (foreign || p.Trust) {
		return d.end(false, false, resource.layer, nil)
	}
	if foreign {
		granted = toAccount // the caller's account must agree in full
	}
	if granted == toCaller {
		return d.end(true, false, resource.layer, resource.allow)
	}
	decided := identity
	switch {
	case granted == toIdentity:
		decided = resource
	case identity.allow == nil:
		return d.end(false, false, IdentityLayer, nil)
	}
	if p.Boundary != nil && boundary.allow == nil {
		return d.end(false, false, BoundaryLayer, nil)
	}
	if p.Scoped && session.allow == nil {
		return d.end(false, false, SessionLayer, nil)
	}
	return d.end(true, false, decided.layer, decided.allow)
}

func (d Decision) end(allowed, explicit bool, layer Layer, by *Match) Decision {
	d.Allowed, d.Explicit, d.Layer, d.Statement = allowed, explicit, layer, by
	return d
}

// verdict is what one layer says.
type verdict struct {
	layer       Layer
	allow, deny *Match // the first statement of either effect that applies
	matched     []Match
	grant       grant // how closely the allowing statements name the caller (resource policies)
}

// judge asks the policies of one layer.
func judge(layer Layer, policies []Policy, r Request) verdict {
	v := verdict{layer: layer}
	for _, p := range policies {
		for i := range p.Statements {
			s := &p.Statements[i]
			named := s.names(r.Principal)
			if named == toNobody || !s.applies(r, p.Version) {
				continue
			}
			m := Match{Policy: p.Name, Layer: layer, Statement: s}
			v.matched = append(v.matched, m)
			switch {
			case s.Deny && v.deny == nil:
				v.deny = &m
			case !s.Deny && named > v.grant:
				v.allow, v.grant = &m, named
			}
		}
	}
	return v
}

func judgeResource(r Request, p Policies) verdict {
	if p.Trust {
		return judge(TrustLayer, optional(p.Resource), r)
	}
	return judge(ResourceLayer, optional(p.Resource), r)
}

func optional(p *Policy) []Policy {
	if p == nil {
		return nil
	}
	return []Policy{*p}
}
