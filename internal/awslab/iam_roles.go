package awslab

import (
	"regexp"
	"time"
)

var roleActions = []action{
	{Name: "CreateRole", Resource: onNew("role", "RoleName"), Context: boundaryKeys, Run: createRole},
	{Name: "GetRole", Read: true, Resource: onHolder("Role"), Context: holderKeys("Role"), Run: getRole},
	{Name: "ListRoles", Read: true, Resource: onPath("role"), Run: listRoles},
	{Name: "UpdateRole", Resource: onHolder("Role"), Context: holderKeys("Role"), Run: updateRole},
	{Name: "UpdateRoleDescription", Resource: onHolder("Role"), Context: holderKeys("Role"), Run: updateRoleDescription},
	{Name: "UpdateAssumeRolePolicy", Resource: onHolder("Role"), Context: holderKeys("Role"), Run: updateTrust},
	{Name: "DeleteRole", Resource: onHolder("Role"), Context: holderKeys("Role"), Run: deleteRole},
	{Name: "ListInstanceProfilesForRole", Read: true, Resource: onHolder("Role"), Context: holderKeys("Role"), Run: listNoProfiles},
}

// The session lengths a role may allow, in seconds.
const (
	sessionMin     = 3600
	sessionMax     = 43200
	sessionDefault = 3600
)

// prefixPattern is the form of a PathPrefix: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
var prefixPattern = regexp.MustCompile(`^/[\x21-\x7f]*$`)

// roleDescriptionPattern: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
var roleDescriptionPattern = regexp.MustCompile(`^[\x{0009}\x{000A}\x{000D}\x{0020}-\x{007E}\x{00A1}-\x{00FF}]*$`)

// roleXML is a role as IAM shows it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
type roleXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	ARN                      string `xml:"Arn"`
	CreateDate               *string
	AssumeRolePolicyDocument string
	Description              *string
	MaxSessionDuration       *int
	PermissionsBoundary      *boundaryXML
	RoleLastUsed             *roleUseXML
	Tags                     *list[Tag]
}

// roleUseXML is when and where a role was last used; empty for a role that never was.
type roleUseXML struct {
	LastUsedDate *string
	Region       *string
}

// roleNamed is a role as CreateRole and UpdateRoleDescription answer it: what does
// not depend on the settings that have defaults.
func roleNamed(a *Account, r *Role) roleXML {
	return roleXML{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: a.roleARN(r), CreateDate: stamp(r.Created),
		AssumeRolePolicyDocument: encodeDocument(r.Trust),
	}
}

// roleListed is a role in a list: without tags, boundary and use, which only GetRole tells.
func roleListed(a *Account, r *Role) roleXML {
	x := roleNamed(a, r)
	seconds := int(r.MaxSession / time.Second)
	x.Description, x.MaxSessionDuration = text(r.Description), &seconds
	return x
}

// roleShown is a role with all IAM tells of it.
func roleShown(c *call, r *Role) roleXML {
	x := roleListed(c.account, r)
	x.PermissionsBoundary, x.Tags, x.RoleLastUsed = boundaryShown(r.Boundary), tagsShown(r.Tags), roleUse(c, r)
	return x
}

func roleUse(c *call, r *Role) *roleUseXML {
	use := c.lab.roleUse[r.ID]
	return &roleUseXML{stamp(use.At), text(use.Region)}
}

type roleResult struct{ Role roleXML }

// role returns the role a request names.
func (c *call) role() (*Role, error) {
	h, err := c.holder("Role")
	if err != nil {
		return nil, err
	}
	return c.account.Roles[fold(h.name)], nil
}

func createRole(c *call) (any, error) {
	v := c.check()
	name := v.required("RoleName", newNameMax, namePattern)
	path := v.optional("Path", "/", pathMax, pathPattern)
	trust := v.required("AssumeRolePolicyDocument", documentMax, documentPattern)
	description := v.description()
	seconds := v.number("MaxSessionDuration", sessionDefault, sessionMin, sessionMax)
	boundary := boundaryParam(v)
	tags := v.newTags()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkNewTags("Role", c.account.arn("role", path, name), tags, true); err != nil {
		return nil, err
	}
	if err := c.checkTrustDocument(trust); err != nil {
		return nil, err
	}
	if c.account.Roles[fold(name)] != nil {
		return nil, alreadyExists("Role with name %s already exists.", name)
	}
	if err := c.checkBoundary(boundary); err != nil {
		return nil, err
	}
	r := &Role{
		ID: newID(prefixRole, c.account.ID), Name: name, Path: path, Description: description, Created: c.now, Trust: trust,
		MaxSession: time.Duration(seconds) * time.Second, Inline: map[string]string{}, Boundary: boundary, Tags: tags,
	}
	c.account.Roles[fold(name)] = r
	shown := roleNamed(c.account, r)
	shown.PermissionsBoundary, shown.Tags = boundaryShown(boundary), tagsShown(tags)
	return roleResult{shown}, nil
}

// description returns the Description of a role, "" when it was not given.
func (v *checker) description() string {
	if !v.params.has("Description") {
		return ""
	}
	return v.text("Description", 0, descriptionMax, roleDescriptionPattern)
}

func getRole(c *call) (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	return roleResult{roleShown(c, r)}, nil
}

func listRoles(c *call) (any, error) {
	prefix, err := c.pathPrefix()
	if err != nil {
		return nil, err
	}
	roles := under(byName(c.account.Roles), prefix, func(r *Role) string { return r.Path })
	roles, marker, truncated, err := page(c, roles, func(r *Role) string { return fold(r.Name) })
	if err != nil {
		return nil, err
	}
	return struct {
		Roles       list[roleXML]
		IsTruncated bool
		Marker      *string
	}{each(roles, func(r *Role) roleXML { return roleListed(c.account, r) }), truncated, marker}, nil
}

// updateRole leaves alone what it is not given.
func updateRole(c *call) (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	v := c.check()
	description := v.description()
	seconds := v.number("MaxSessionDuration", int(r.MaxSession/time.Second), sessionMin, sessionMax)
	if err := v.err(); err != nil {
		return nil, err
	}
	if c.params.has("Description") {
		r.Description = description
	}
	r.MaxSession = time.Duration(seconds) * time.Second
	return struct{}{}, nil
}

func updateRoleDescription(c *call) (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	v := c.check()
	v.text("Description", 0, descriptionMax, roleDescriptionPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	r.Description = c.params.str("Description")
	shown := roleNamed(c.account, r)
	shown.Description = text(r.Description)
	return roleResult{shown}, nil
}

func updateTrust(c *call) (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	v := c.check()
	trust := v.required("PolicyDocument", documentMax, documentPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkTrustDocument(trust); err != nil {
		return nil, err
	}
	r.Trust = trust
	return nil, nil
}

func deleteRole(c *call) (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	if err := r.holder().checkBare(); err != nil {
		return nil, err
	}
	delete(c.account.Roles, fold(r.Name))
	delete(c.lab.roleUse, r.ID)
	c.state.renamePrincipal(c.account.roleARN(r), r.ID)
	return nil, nil
}

func listNoProfiles(c *call) (any, error) {
	if _, err := c.role(); err != nil {
		return nil, err
	}
	return noProfiles{}, nil
}

// noProfiles is the list of instance profiles: the lab has none.
type noProfiles struct {
	InstanceProfiles list[struct{}]
	IsTruncated      bool
}
