package awslab

import (
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

var userActions = []action{
	{Name: "CreateUser", Resource: onNew("user", "UserName"), Context: boundaryKeys, Run: createUser},
	{Name: "GetUser", Read: true, Resource: onHolder("User"), Context: holderKeys("User"), Run: getUser},
	{Name: "ListUsers", Read: true, Resource: onPath("user"), Run: listUsers},
	{Name: "UpdateUser", Resource: onHolder("User"), Context: holderKeys("User"), Run: updateUser},
	{Name: "DeleteUser", Resource: onHolder("User"), Context: holderKeys("User"), Run: deleteUser},
}

// userXML is a user as IAM shows it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html
type userXML struct {
	Path                string
	UserName            string
	UserID              string `xml:"UserId"`
	ARN                 string `xml:"Arn"`
	CreateDate          *string
	PasswordLastUsed    *string
	PermissionsBoundary *boundaryXML
	Tags                *list[Tag]
}

// userListed is a user in a list: without tags and boundary, which only GetUser tells.
func userListed(a *Account, u *User) userXML {
	return userXML{
		Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: a.userARN(u),
		CreateDate: stamp(u.Created), PasswordLastUsed: stamp(u.PasswordLastUsed),
	}
}

// userShown is a user with all IAM tells of it.
func userShown(a *Account, u *User) userXML {
	x := userListed(a, u)
	x.PermissionsBoundary = boundaryShown(u.Boundary)
	x.Tags = tagsShown(u.Tags)
	return x
}

type userResult struct{ User userXML }

// selfOr returns the user a request names, or else the caller.
// Most actions on one's own credentials leave the name out.
func (c *call) selfOr() (*User, error) {
	if c.params.has("UserName") {
		return c.user()
	}
	if c.principal.User != nil {
		if u := c.account.userByID(c.principal.User.ID); u != nil {
			return u, nil
		}
	}
	return nil, validationError("Must specify userName when calling with non-User credentials")
}

// user returns the user a request names.
func (c *call) user() (*User, error) {
	h, err := c.holder("User")
	if err != nil {
		return nil, err
	}
	return c.account.Users[fold(h.name)], nil
}

func createUser(c *call) (any, error) {
	v := c.check()
	name := v.required("UserName", newNameMax, namePattern)
	path := v.optional("Path", "/", pathMax, pathPattern)
	boundary := boundaryParam(v)
	tags := v.newTags()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkNewTags("User", c.account.arn("user", path, name), tags, true); err != nil {
		return nil, err
	}
	if c.account.Users[fold(name)] != nil {
		return nil, alreadyExists("User with name %s already exists.", name)
	}
	if err := c.checkBoundary(boundary); err != nil {
		return nil, err
	}
	u := &User{
		ID: newID(prefixUser, c.account.ID), Name: name, Path: path, Created: c.now,
		Inline: map[string]string{}, Boundary: boundary, Tags: tags,
	}
	c.account.Users[fold(name)] = u
	return userResult{userShown(c.account, u)}, nil
}

func getUser(c *call) (any, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	return userResult{userShown(c.account, u)}, nil
}

func listUsers(c *call) (any, error) {
	prefix, err := c.pathPrefix()
	if err != nil {
		return nil, err
	}
	users := under(byName(c.account.Users), prefix, func(u *User) string { return u.Path })
	users, marker, truncated, err := page(c, users, func(u *User) string { return fold(u.Name) })
	if err != nil {
		return nil, err
	}
	return struct {
		Users       list[userXML]
		IsTruncated bool
		Marker      *string
	}{each(users, func(u *User) userXML { return userListed(c.account, u) }), truncated, marker}, nil
}

func updateUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	v := c.check()
	name := v.optional("NewUserName", u.Name, newNameMax, namePattern)
	path := v.optional("NewPath", u.Path, pathMax, pathPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if other := c.account.Users[fold(name)]; other != nil && other != u {
		return nil, alreadyExists("User with name %s already exists.", name)
	}
	delete(c.account.Users, fold(u.Name))
	before := c.account.userARN(u)
	u.Name, u.Path = name, path
	c.account.Users[fold(name)] = u
	c.state.renamePrincipal(before, c.account.userARN(u))
	return nil, nil
}

// deleteUser refuses while anything hangs on the user, in the order in which AWS
// tells people to take it away: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func deleteUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	switch {
	case u.Login != nil:
		return nil, deleteConflict("Cannot delete entity, must delete login profile first.")
	case len(u.Keys) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete access keys first.")
	case len(c.account.devicesOf(u)) > 0:
		return nil, deleteConflict("Cannot delete entity, must remove tokens from principal first.")
	case len(c.account.groupsOf(u)) > 0:
		return nil, deleteConflict("Cannot delete entity, must remove users from group first.")
	}
	if err := u.holder().checkBare(); err != nil {
		return nil, err
	}
	delete(c.account.Users, fold(u.Name))
	c.state.renamePrincipal(c.account.userARN(u), u.ID)
	return nil, nil
}

// checkBare refuses to delete what still holds policies.
func (h *holder) checkBare() error {
	switch {
	case len(*h.inline) > 0:
		return deleteConflict("Cannot delete entity, must delete policies first.")
	case len(*h.attached) > 0:
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	return nil
}

// pathPrefix returns the PathPrefix of a List action, "/" when it has none.
func (c *call) pathPrefix() (string, error) {
	v := c.check()
	prefix := v.optional("PathPrefix", "/", pathMax, prefixPattern)
	return prefix, v.err()
}

// renamePrincipal puts a user's or role's new ARN, or the ID it leaves when deleted, into
// every trust policy that names it.
func (s *State) renamePrincipal(old, new string) {
	for _, a := range s.Accounts {
		for _, r := range a.Roles {
			r.Trust = policy.RenamePrincipal(r.Trust, old, new)
		}
	}
}

// under returns the items whose path begins with prefix.
func under[T any](items []T, prefix string, path func(T) string) []T {
	var in []T
	for _, item := range items {
		if strings.HasPrefix(path(item), prefix) {
			in = append(in, item)
		}
	}
	return in
}

// each returns the list of what show makes of items.
func each[T, X any](items []T, show func(T) X) list[X] {
	var shown []X
	for _, item := range items {
		shown = append(shown, show(item))
	}
	return listOf(shown)
}
