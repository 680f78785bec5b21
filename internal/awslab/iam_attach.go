package awslab

import (
	"net/http"
	"slices"
	"strings"
)

// attachQuota is how many managed policies a user, group or role may have.
const attachQuota = 10

// attachActions are the actions on the managed policies of users, groups or roles.
func attachActions(kind string) []action {
	on, keys := onHolder(kind), holderKeys(kind)
	return []action{
		{Name: "Attach" + kind + "Policy", Resource: on, Context: keys, Run: ofHolder(kind, attachPolicy)},
		{Name: "Detach" + kind + "Policy", Resource: on, Context: keys, Run: ofHolder(kind, detachPolicy)},
		{Name: "ListAttached" + kind + "Policies", Read: true, Resource: on, Context: keys, Run: ofHolder(kind, listAttached)},
	}
}

// attachedXML is a managed policy as it is attached:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPolicy.html
type attachedXML struct {
	PolicyName string
	PolicyARN  string `xml:"PolicyArn"`
}

func attachPolicy(c *call, h *holder) (any, error) {
	arn, err := c.policyARN()
	if err != nil {
		return nil, err
	}
	if c.account.managed(arn) == nil {
		return nil, noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	if slices.Contains(*h.attached, arn) {
		return nil, nil
	}
	if len(*h.attached) >= attachQuota {
		return nil, limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", h.kind, attachQuota)
	}
	*h.attached = append(*h.attached, arn)
	return nil, nil
}

func detachPolicy(c *call, h *holder) (any, error) {
	arn, err := c.policyARN()
	if err != nil {
		return nil, err
	}
	at := slices.Index(*h.attached, arn)
	if at < 0 {
		return nil, noSuchPolicy(arn)
	}
	*h.attached = slices.Delete(*h.attached, at, at+1)
	return nil, nil
}

func listAttached(c *call, h *holder) (any, error) {
	v := c.check()
	prefix := v.optional("PathPrefix", "/", pathMax, prefixPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	attached := slices.DeleteFunc(h.attachedXML(), func(p attachedXML) bool {
		_, path, _ := strings.Cut(p.PolicyARN, ":policy")
		return !strings.HasPrefix(path, prefix)
	})
	attached, marker, truncated, err := page(c, attached, func(p attachedXML) string { return p.PolicyARN })
	if err != nil {
		return nil, err
	}
	return struct {
		AttachedPolicies list[attachedXML]
		IsTruncated      bool
		Marker           *string
	}{listOf(attached), truncated, marker}, nil
}

// attachedXML returns the attached policies of h, by ARN.
func (h *holder) attachedXML() []attachedXML {
	var attached []attachedXML
	for _, arn := range slices.Sorted(slices.Values(*h.attached)) {
		attached = append(attached, attachedXML{arn[strings.LastIndex(arn, "/")+1:], arn})
	}
	return attached
}

// boundaryActions are the actions on the permissions boundaries of users or roles.
func boundaryActions(kind string) []action {
	on := onHolder(kind)
	return []action{
		{Name: "Put" + kind + "PermissionsBoundary", Resource: on, Context: boundaryKeys, Run: ofHolder(kind, putBoundary)},
		{Name: "Delete" + kind + "PermissionsBoundary", Resource: on, Context: holderKeys(kind), Run: ofHolder(kind, deleteBoundary)},
	}
}

// boundaryXML is a permissions boundary: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPermissionsBoundary.html
type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryARN  string `xml:"PermissionsBoundaryArn"`
}

func boundaryShown(arn string) *boundaryXML {
	if arn == "" {
		return nil
	}
	return &boundaryXML{"Policy", arn}
}

func putBoundary(c *call, h *holder) (any, error) {
	v := c.check()
	arn := v.required("PermissionsBoundary", arnMax, nil)
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkBoundary(arn); err != nil {
		return nil, err
	}
	*h.boundary = arn
	return nil, nil
}

func deleteBoundary(c *call, h *holder) (any, error) {
	if *h.boundary == "" {
		return nil, noSuchEntity("%s %s does not have a permissions boundary.", h.kind, h.name)
	}
	*h.boundary = ""
	return nil, nil
}

// boundaryParam is the boundary a new user or role is to have, "" for none.
func boundaryParam(v *checker) string {
	return v.optional("PermissionsBoundary", "", arnMax, nil)
}

// checkBoundary refuses what cannot be a boundary; "" is none.
func (c *call) checkBoundary(arn string) error {
	switch {
	case arn == "":
		return nil
	case !isPolicyARN(arn):
		return invalidInput("ARN %s is not valid.", arn)
	case c.account.managed(arn) == nil:
		return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
	}
	return nil
}

// isPolicyARN tells whether arn has the form of a managed policy's.
func isPolicyARN(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[3] == "" &&
		strings.HasPrefix(parts[5], "policy/") && !strings.HasSuffix(arn, "/")
}

// Lengths of an ARN in a request.
const (
	arnMin = 20
	arnMax = 2048
)

// policyARN returns the PolicyArn of a request.
func (c *call) policyARN() (string, error) {
	v := c.check()
	arn := v.required("PolicyArn", arnMax, nil)
	if len(arn) < arnMin && len(arn) > 0 {
		v.must("PolicyArn", "have length greater than or equal to %d", arnMin)
	}
	if err := v.err(); err != nil {
		return "", err
	}
	if !isPolicyARN(arn) {
		return "", refuse(http.StatusBadRequest, "ValidationError", "ARN %s is not valid.", arn)
	}
	return arn, nil
}

func noSuchPolicy(arn string) *apiError { return noSuchEntity("Policy %s was not found.", arn) }
