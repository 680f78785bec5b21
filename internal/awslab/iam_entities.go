package awslab

import "strings"

// entityXML is a holder in ListEntitiesForPolicy; of the three kinds of names one is there.
type entityXML struct {
	UserName  *string
	UserID    *string `xml:"UserId"`
	GroupName *string
	GroupID   *string `xml:"GroupId"`
	RoleName  *string
	RoleID    *string `xml:"RoleId"`
}

func entityShown(h *holder) entityXML {
	switch h.kind {
	case "User":
		return entityXML{UserName: &h.name, UserID: &h.id}
	case "Group":
		return entityXML{GroupName: &h.name, GroupID: &h.id}
	}
	return entityXML{RoleName: &h.name, RoleID: &h.id}
}

// listEntities tells who holds a policy, as a permission or as a boundary:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func listEntities(c *call) (any, error) {
	v := c.check()
	kind := v.oneOf("EntityFilter", "Any", "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
	prefix := v.optional("PathPrefix", "/", pathMax, pathPattern)
	use := v.oneOf("PolicyUsageFilter", "Any", "PermissionsPolicy", "PermissionsBoundary")
	if err := v.err(); err != nil {
		return nil, err
	}
	arn, err := c.policyARN()
	if err != nil {
		return nil, err
	}
	if c.account.managed(arn) == nil {
		return nil, noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	usage := c.account.usage(arn)
	entities := map[string][]*holder{"Any": append(usage.attached, usage.bounded...), "PermissionsPolicy": usage.attached, "PermissionsBoundary": usage.bounded}[use]
	var wanted []*holder
	seen := map[string]bool{}
	for _, h := range entities {
		if !seen[h.id] && (kind == "Any" || kind == h.kind) && strings.HasPrefix(h.path, prefix) {
			wanted = append(wanted, h)
		}
		seen[h.id] = true
	}
	return entitiesPage(c, wanted)
}

func entitiesPage(c *call, entities []*holder) (any, error) {
	entities = sortedHolders(entities)
	entities, marker, truncated, err := page(c, entities, holderKey)
	if err != nil {
		return nil, err
	}
	byKind := map[string][]entityXML{}
	for _, h := range entities {
		byKind[h.kind] = append(byKind[h.kind], entityShown(h))
	}
	return struct {
		PolicyGroups list[entityXML]
		PolicyUsers  list[entityXML]
		PolicyRoles  list[entityXML]
		IsTruncated  bool
		Marker       *string
	}{listOf(byKind["Group"]), listOf(byKind["User"]), listOf(byKind["Role"]), truncated, marker}, nil
}
