package awslab

import "slices"

var groupActions = []action{
	{Name: "CreateGroup", Resource: onNew("group", "GroupName"), Run: createGroup},
	{Name: "GetGroup", Read: true, Resource: onHolder("Group"), Run: getGroup},
	{Name: "ListGroups", Read: true, Resource: onPath("group"), Run: listGroups},
	{Name: "UpdateGroup", Resource: onHolder("Group"), Run: updateGroup},
	{Name: "DeleteGroup", Resource: onHolder("Group"), Run: deleteGroup},
}

var membershipActions = []action{
	{Name: "AddUserToGroup", Resource: onHolder("Group"), Run: addUserToGroup},
	{Name: "RemoveUserFromGroup", Resource: onHolder("Group"), Run: removeUserFromGroup},
	{Name: "ListGroupsForUser", Read: true, Resource: onHolder("User"), Context: holderKeys("User"), Run: listGroupsForUser},
}

// groupsPerUser is how many groups a user may be in.
const groupsPerUser = 10

// groupXML is a group as IAM shows it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Group.html
type groupXML struct {
	Path       string
	GroupName  string
	GroupID    string `xml:"GroupId"`
	ARN        string `xml:"Arn"`
	CreateDate *string
}

func groupShown(a *Account, g *Group) groupXML {
	return groupXML{Path: g.Path, GroupName: g.Name, GroupID: g.ID, ARN: a.groupARN(g), CreateDate: stamp(g.Created)}
}

type groupsResult struct {
	Groups      list[groupXML]
	IsTruncated bool
	Marker      *string
}

// group returns the group a request names.
func (c *call) group() (*Group, error) {
	h, err := c.holder("Group")
	if err != nil {
		return nil, err
	}
	return c.account.Groups[fold(h.name)], nil
}

func createGroup(c *call) (any, error) {
	v := c.check()
	name := v.required("GroupName", nameMax, namePattern)
	path := v.optional("Path", "/", pathMax, pathPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if c.account.Groups[fold(name)] != nil {
		return nil, alreadyExists("Group with name %s already exists.", name)
	}
	g := &Group{ID: newID(prefixGroup, c.account.ID), Name: name, Path: path, Created: c.now, Inline: map[string]string{}}
	c.account.Groups[fold(name)] = g
	return struct{ Group groupXML }{groupShown(c.account, g)}, nil
}

func getGroup(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	members, marker, truncated, err := page(c, c.account.membersOf(g), func(u *User) string { return fold(u.Name) })
	if err != nil {
		return nil, err
	}
	return struct {
		Group       groupXML
		Users       list[userXML]
		IsTruncated bool
		Marker      *string
	}{groupShown(c.account, g), each(members, func(u *User) userXML { return userListed(c.account, u) }), truncated, marker}, nil
}

// membersOf returns the users in g, by name.
func (a *Account) membersOf(g *Group) []*User {
	var members []*User
	for _, u := range byName(a.Users) {
		if slices.Contains(g.Members, u.ID) {
			members = append(members, u)
		}
	}
	return members
}

func listGroups(c *call) (any, error) {
	prefix, err := c.pathPrefix()
	if err != nil {
		return nil, err
	}
	return c.groupPage(under(byName(c.account.Groups), prefix, func(g *Group) string { return g.Path }))
}

func listGroupsForUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.groupPage(c.account.groupsOf(u))
}

func (c *call) groupPage(groups []*Group) (any, error) {
	groups, marker, truncated, err := page(c, groups, func(g *Group) string { return fold(g.Name) })
	if err != nil {
		return nil, err
	}
	return groupsResult{each(groups, func(g *Group) groupXML { return groupShown(c.account, g) }), truncated, marker}, nil
}

func updateGroup(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	v := c.check()
	name := v.optional("NewGroupName", g.Name, nameMax, namePattern)
	path := v.optional("NewPath", g.Path, pathMax, pathPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if other := c.account.Groups[fold(name)]; other != nil && other != g {
		return nil, alreadyExists("Group with name %s already exists.", name)
	}
	delete(c.account.Groups, fold(g.Name))
	g.Name, g.Path = name, path
	c.account.Groups[fold(name)] = g
	return nil, nil
}

func deleteGroup(c *call) (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	if len(g.Members) > 0 {
		return nil, deleteConflict("Cannot delete entity, must remove users from group first.")
	}
	if err := g.holder().checkBare(); err != nil {
		return nil, err
	}
	delete(c.account.Groups, fold(g.Name))
	return nil, nil
}

func addUserToGroup(c *call) (any, error) {
	u, g, err := c.membership()
	if err != nil {
		return nil, err
	}
	if slices.Contains(g.Members, u.ID) {
		return nil, nil
	}
	if len(c.account.groupsOf(u)) >= groupsPerUser {
		return nil, limitExceeded("Cannot exceed quota for GroupsPerUser: %d", groupsPerUser)
	}
	g.Members = append(g.Members, u.ID)
	return nil, nil
}

// removeUserFromGroup succeeds, as AWS's does, when the user was not in the group.
func removeUserFromGroup(c *call) (any, error) {
	u, g, err := c.membership()
	if err != nil {
		return nil, err
	}
	g.Members = slices.DeleteFunc(g.Members, func(id string) bool { return id == u.ID })
	return nil, nil
}

func (c *call) membership() (*User, *Group, error) {
	u, err := c.user()
	if err != nil {
		return nil, nil, err
	}
	g, err := c.group()
	return u, g, err
}
