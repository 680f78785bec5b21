package awslab

import (
	"maps"
	"slices"
	"strings"
)

// policyDetailXML is an inline policy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyDetail.html
type policyDetailXML struct {
	PolicyName     string
	PolicyDocument string
}

// userDetailXML: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html
type userDetailXML struct {
	Path                    string
	UserName                string
	UserID                  string `xml:"UserId"`
	ARN                     string `xml:"Arn"`
	CreateDate              *string
	UserPolicyList          list[policyDetailXML]
	GroupList               list[string]
	AttachedManagedPolicies list[attachedXML]
	PermissionsBoundary     *boundaryXML
	Tags                    list[Tag]
}

// groupDetailXML: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GroupDetail.html
type groupDetailXML struct {
	groupXML
	GroupPolicyList         list[policyDetailXML]
	AttachedManagedPolicies list[attachedXML]
}

// roleDetailXML: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html
type roleDetailXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	ARN                      string `xml:"Arn"`
	CreateDate               *string
	AssumeRolePolicyDocument string
	InstanceProfileList      list[struct{}]
	RolePolicyList           list[policyDetailXML]
	AttachedManagedPolicies  list[attachedXML]
	PermissionsBoundary      *boundaryXML
	RoleLastUsed             *roleUseXML
	Tags                     list[Tag]
}

// managedDetailXML: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html
type managedDetailXML struct {
	policyXML
	PolicyVersionList list[versionXML]
}

// detailsXML is a page of GetAccountAuthorizationDetails.
type detailsXML struct {
	UserDetailList  list[userDetailXML]
	GroupDetailList list[groupDetailXML]
	RoleDetailList  list[roleDetailXML]
	Policies        list[managedDetailXML]
	IsTruncated     bool
	Marker          *string
}

// detail is one entity on its way into a page: its sort key and how it is put there.
type detail struct {
	key string
	put func(*detailsXML)
}

// detailFilters are the kinds a request may restrict itself to.
var detailFilters = []string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}

// getDetails tells all there is of users, groups, roles and policies, in pages that
// run through all four: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func getDetails(c *call) (any, error) {
	v := c.check()
	filter := c.params.list("Filter")
	for _, kind := range filter {
		if !slices.Contains(detailFilters, kind) {
			v.must("Filter", "satisfy constraint: [Member must satisfy enum value set: [%s]]", strings.Join(detailFilters, ", "))
			break
		}
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	wanted := func(kind string) bool { return len(filter) == 0 || slices.Contains(filter, kind) }
	details, marker, truncated, err := page(c, c.details(wanted), func(d detail) string { return d.key })
	if err != nil {
		return nil, err
	}
	shown := detailsXML{IsTruncated: truncated, Marker: marker}
	for _, d := range details {
		d.put(&shown)
	}
	return shown, nil
}

// details returns every entity of the kinds wanted, users first, by name.
func (c *call) details(wanted func(string) bool) []detail {
	a := c.account
	var all []detail
	add := func(order, name string, put func(*detailsXML)) { all = append(all, detail{order + "/" + name, put}) }
	if wanted("User") {
		for _, u := range byName(a.Users) {
			add("1", fold(u.Name), func(x *detailsXML) { addTo(&x.UserDetailList, userDetail(a, u)) })
		}
	}
	if wanted("Group") {
		for _, g := range byName(a.Groups) {
			add("2", fold(g.Name), func(x *detailsXML) { addTo(&x.GroupDetailList, groupDetail(a, g)) })
		}
	}
	if wanted("Role") {
		for _, r := range byName(a.Roles) {
			add("3", fold(r.Name), func(x *detailsXML) { addTo(&x.RoleDetailList, roleDetail(c, r)) })
		}
	}
	for _, p := range a.policiesOf("All") {
		own := a.customerPolicy(p.ARN) != nil
		// Of AWS's own policies only those in use are told.
		if own && wanted("LocalManagedPolicy") || !own && wanted("AWSManagedPolicy") && a.usage(p.ARN).any() {
			add("4", p.ARN, func(x *detailsXML) { addTo(&x.Policies, managedDetail(a, p)) })
		}
	}
	return all
}

func (u usage) any() bool { return len(u.attached)+len(u.bounded) > 0 }

func addTo[T any](l *list[T], item T) { l.Members = append(l.Members, item) }

func (h *holder) inlineDetails() list[policyDetailXML] {
	return each(slices.Sorted(maps.Keys(*h.inline)), func(name string) policyDetailXML {
		return policyDetailXML{name, encodeDocument((*h.inline)[name])}
	})
}

func userDetail(a *Account, u *User) userDetailXML {
	return userDetailXML{
		Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: a.userARN(u), CreateDate: stamp(u.Created),
		UserPolicyList:          u.holder().inlineDetails(),
		GroupList:               each(a.groupsOf(u), func(g *Group) string { return g.Name }),
		AttachedManagedPolicies: listOf(u.holder().attachedXML()),
		PermissionsBoundary:     boundaryShown(u.Boundary), Tags: listOf(u.Tags),
	}
}

func groupDetail(a *Account, g *Group) groupDetailXML {
	return groupDetailXML{groupShown(a, g), g.holder().inlineDetails(), listOf(g.holder().attachedXML())}
}

func roleDetail(c *call, r *Role) roleDetailXML {
	x := roleNamed(c.account, r)
	return roleDetailXML{
		Path: x.Path, RoleName: x.RoleName, RoleID: x.RoleID, ARN: x.ARN, CreateDate: x.CreateDate,
		AssumeRolePolicyDocument: x.AssumeRolePolicyDocument,
		RolePolicyList:           r.holder().inlineDetails(),
		AttachedManagedPolicies:  listOf(r.holder().attachedXML()),
		PermissionsBoundary:      boundaryShown(r.Boundary), RoleLastUsed: roleUse(c, r), Tags: listOf(r.Tags),
	}
}

func managedDetail(a *Account, p *ManagedPolicy) managedDetailXML {
	x := policyListed(a, p)
	x.Description = text(p.Description)
	return managedDetailXML{x, each(p.Versions, func(v PolicyVersion) versionXML { return versionWithDocument(p, v) })}
}
