package awslab

import (
	"regexp"
	"slices"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

var managedPolicyActions = []action{
	{Name: "CreatePolicy", Resource: onNew("policy", "PolicyName"), Run: createPolicy},
	{Name: "GetPolicy", Read: true, Resource: onParam("PolicyArn"), Context: policyKeys, Run: getPolicy},
	{Name: "ListPolicies", Read: true, Resource: onPolicyPath, Run: listPolicies},
	{Name: "DeletePolicy", Resource: onParam("PolicyArn"), Context: policyKeys, Run: deletePolicy},
	{Name: "ListEntitiesForPolicy", Read: true, Resource: onParam("PolicyArn"), Context: policyKeys, Run: listEntities},
}

// managedQuota is how many characters, white space aside, a managed policy may have.
const managedQuota = 6144

// policyPathPattern is narrower than that of other paths:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
var policyPathPattern = regexp.MustCompile(`^((/[A-Za-z0-9\.,\+@=_-]+)*)/$`)

// policyXML is a managed policy as IAM shows it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
type policyXML struct {
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	ARN                           string `xml:"Arn"`
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   *string
	CreateDate                    *string
	UpdateDate                    *string
	Tags                          *list[Tag]
}

// policyListed is a policy in a list: without description and tags.
func policyListed(a *Account, p *ManagedPolicy) policyXML {
	u := a.usage(p.ARN)
	return policyXML{
		PolicyName: p.Name, PolicyID: p.ID, ARN: p.ARN, Path: p.Path, DefaultVersionID: p.Default,
		AttachmentCount: len(u.attached), PermissionsBoundaryUsageCount: len(u.bounded), IsAttachable: true,
		CreateDate: stamp(p.Created), UpdateDate: stamp(p.Updated),
	}
}

// usage is who holds a managed policy, in the order of holders.
type usage struct{ attached, bounded []*holder }

func (a *Account) usage(arn string) usage {
	var u usage
	for _, h := range a.holders() {
		if slices.Contains(*h.attached, arn) {
			u.attached = append(u.attached, h)
		}
		if h.boundary != nil && *h.boundary == arn {
			u.bounded = append(u.bounded, h)
		}
	}
	return u
}

// customerPolicy returns the account's own policy of that ARN, or nil.
func (a *Account) customerPolicy(arn string) *ManagedPolicy {
	p := a.Policies[fold(arn[strings.LastIndex(arn, "/")+1:])]
	if p == nil || p.ARN != arn {
		return nil
	}
	return p
}

// managed returns the managed policy of that ARN, the account's own or one of AWS's, or nil.
func (a *Account) managed(arn string) *ManagedPolicy {
	if p := a.customerPolicy(arn); p != nil {
		return p
	}
	return awsManaged(arn)
}

// namedPolicy returns the managed policy a request names.
func (c *call) namedPolicy() (*ManagedPolicy, error) {
	arn, err := c.policyARN()
	if err != nil {
		return nil, err
	}
	if p := c.account.managed(arn); p != nil {
		return p, nil
	}
	return nil, noSuchPolicy(arn)
}

// ownPolicy returns the policy a request is going to change: never one of AWS's.
func (c *call) ownPolicy() (*ManagedPolicy, error) {
	p, err := c.namedPolicy()
	if err != nil {
		return nil, err
	}
	if c.account.customerPolicy(p.ARN) == nil {
		return nil, accessDenied("User: %s is not authorized to perform: iam:%s on resource: policy %s", c.principal.ARN, c.action, p.ARN)
	}
	return p, nil
}

func policyKeys(c *call) map[string][]string {
	keys := map[string][]string{}
	if p := c.account.customerPolicy(c.params.str("PolicyArn")); p != nil {
		addResourceTags(keys, p.Tags)
	}
	addTagKeys(c, keys)
	return keys
}

func createPolicy(c *call) (any, error) {
	v := c.check()
	name := v.required("PolicyName", nameMax, namePattern)
	path := v.optional("Path", "/", pathMax, policyPathPattern)
	document := v.required("PolicyDocument", documentMax, documentPattern)
	description := c.params.str("Description")
	if len(description) > descriptionMax {
		v.must("Description", "have length less than or equal to %d", descriptionMax)
	}
	tags := v.newTags()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkNewTags("Policy", c.account.arn("policy", path, name), tags, false); err != nil {
		return nil, err
	}
	if err := checkManagedDocument(document); err != nil {
		return nil, err
	}
	if c.account.Policies[fold(name)] != nil {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", name)
	}
	p := &ManagedPolicy{
		ID: newID(prefixPolicy, c.account.ID), Name: name, Path: path, ARN: c.account.arn("policy", path, name),
		Description: description, Created: c.now, Updated: c.now, Default: "v1", NextVersion: 2, Tags: tags,
		Versions: []PolicyVersion{{ID: "v1", Document: document, Created: c.now}},
	}
	c.account.Policies[fold(name)] = p
	shown := policyListed(c.account, p)
	shown.Tags = tagsShown(tags)
	return struct{ Policy policyXML }{shown}, nil
}

// descriptionMax is the length of a description of a policy or a role.
const descriptionMax = 1000

// checkManagedDocument refuses what cannot be a version of a managed policy.
func checkManagedDocument(document string) error {
	if err := checkIdentityDocument(document); err != nil {
		return err
	}
	if policy.Size(document) > managedQuota {
		return limitExceeded("Cannot exceed quota for PolicySize: %d", managedQuota)
	}
	return nil
}

func getPolicy(c *call) (any, error) {
	p, err := c.namedPolicy()
	if err != nil {
		return nil, err
	}
	shown := policyListed(c.account, p)
	shown.Description = text(p.Description)
	tags := listOf(p.Tags)
	shown.Tags = &tags // GetPolicy tells an empty list too
	return struct{ Policy policyXML }{shown}, nil
}

func listPolicies(c *call) (any, error) {
	v := c.check()
	scope := v.oneOf("Scope", "All", "All", "AWS", "Local")
	attached := v.flag("OnlyAttached", false)
	prefix := v.optional("PathPrefix", "/", pathMax, policyPathPattern)
	use := v.oneOf("PolicyUsageFilter", "Any", "PermissionsPolicy", "PermissionsBoundary")
	if err := v.err(); err != nil {
		return nil, err
	}
	var shown []policyXML
	for _, p := range c.account.policiesOf(scope) {
		x := policyListed(c.account, p)
		if strings.HasPrefix(p.Path, prefix) && (!attached || x.used(use) > 0) {
			shown = append(shown, x)
		}
	}
	shown, marker, truncated, err := page(c, shown, func(x policyXML) string { return x.ARN })
	if err != nil {
		return nil, err
	}
	return struct {
		Policies    list[policyXML]
		IsTruncated bool
		Marker      *string
	}{listOf(shown), truncated, marker}, nil
}

// used is how often a policy is in use. ListPolicies asks for a kind of use only among
// those attached, though its documentation does not say so.
func (x policyXML) used(as string) int {
	switch as {
	case "PermissionsPolicy":
		return x.AttachmentCount
	case "PermissionsBoundary":
		return x.PermissionsBoundaryUsageCount
	}
	return x.AttachmentCount + x.PermissionsBoundaryUsageCount
}

// policiesOf returns the managed policies of a scope (All, AWS, Local), by ARN.
func (a *Account) policiesOf(scope string) []*ManagedPolicy {
	var all []*ManagedPolicy
	if scope != "AWS" {
		all = append(all, byName(a.Policies)...)
	}
	if scope != "Local" {
		all = append(all, awsPolicies...)
	}
	slices.SortFunc(all, func(p, q *ManagedPolicy) int { return strings.Compare(p.ARN, q.ARN) })
	return all
}

func deletePolicy(c *call) (any, error) {
	p, err := c.ownPolicy()
	if err != nil {
		return nil, err
	}
	u := c.account.usage(p.ARN)
	switch {
	case len(u.attached)+len(u.bounded) > 0:
		return nil, deleteConflict("Cannot delete a policy attached to entities.")
	case len(p.Versions) > 1:
		return nil, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	delete(c.account.Policies, fold(p.Name))
	return nil, nil
}
