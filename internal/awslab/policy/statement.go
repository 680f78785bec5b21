package policy

import "strings"

// applies tells whether s is about what r asks, for whoever asks it.
func (s *Statement) applies(r Request, version string) bool {
	return s.coversAction(r.Action) && s.coversResource(r, version) && s.conditionsHold(r.Context, version)
}

// coversAction compares without regard to case.
func (s *Statement) coversAction(action string) bool {
	listed := anyMatches(s.actions, strings.ToLower(action))
	if s.NotAction != nil {
		return !listed
	}
	return listed
}

// coversResource minds case. A trust policy has no Resource: it is about its own role.
func (s *Statement) coversResource(r Request, version string) bool {
	switch {
	case s.NotResource != nil:
		return !resourceIn(s.NotResource, r, version)
	case s.Resource != nil:
		return resourceIn(s.Resource, r, version)
	}
	return true
}

func resourceIn(arns []string, r Request, version string) bool {
	for _, arn := range arns {
		p, ok := expand(completeARN(arn), version, r.Context)
		if ok && p.matches(r.Resource) {
			return true
		}
	}
	return false
}

// completeARN ends an ARN of fewer than six fields with a wildcard, as IAM does:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func completeARN(arn string) string {
	if arn != "*" && strings.Count(arn, ":") < 5 {
		return arn + ":*"
	}
	return arn
}

func (s *Statement) conditionsHold(c Context, version string) bool {
	for i := range s.Conditions {
		if !s.Conditions[i].holds(c, version) {
			return false
		}
	}
	return true
}

// grant is how closely a Principal element names a caller, the closest last.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
type grant int

const (
	toNobody   grant = iota
	toAccount        // its account: the caller's identity policies must agree
	toIdentity       // everyone, or the role or user behind a session: boundary and session policies still limit
	toCaller         // exactly the caller's ARN: nothing else is asked within the account
)

// names tells how closely s names p. A statement of an identity policy has no
// Principal: it is about whoever the policy is attached to.
func (s *Statement) names(p Principal) grant {
	switch {
	case s.Principal != nil:
		return s.Principal.closest(p)
	case s.NotPrincipal == nil || !s.NotPrincipal.exempts(p):
		return toAccount
	}
	return toNobody
}

func (ps *Principals) closest(p Principal) grant {
	best := toNobody
	if ps.Everyone {
		best = toIdentity
	}
	for _, name := range ps.AWS {
		best = max(best, nameGrants(name, p))
	}
	return best
}

// nameGrants judges one AWS principal. An account ID stands for the account's root
// ARN, and that for everyone in the account whom the account itself allows.
func nameGrants(name string, p Principal) grant {
	switch {
	case name == p.ARN, name == p.ID && p.ARN == p.Identity:
		return toCaller
	case name == "*", name == p.Identity, name == p.ID:
		return toIdentity
	case name == p.Account, name == "arn:aws:iam::"+p.Account+":root":
		return toAccount
	}
	return toNobody
}

// exempts tells whether a NotPrincipal lists p wholly: the session, the user or role
// behind it, and the account. With less than that AWS denies all the same:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (ps *Principals) exempts(p Principal) bool {
	if ps.Everyone {
		return true
	}
	listed := map[string]bool{}
	for _, name := range ps.AWS {
		listed[name] = true
	}
	account := listed[p.Account] || listed["arn:aws:iam::"+p.Account+":root"]
	return listed["*"] || account && listed[p.ARN] && listed[p.Identity]
}
