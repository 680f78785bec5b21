package awslab

import "strings"

// What IAM's actions are authorised on, and the condition keys they bring:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html

// onHolder is the user, group or role a request names. Without a name it is the caller's own user.
func onHolder(kind string) func(*call) string {
	return func(c *call) string {
		name := c.params.str(kind + "Name")
		if name == "" {
			if kind == "User" && c.principal.User != nil {
				return c.account.userARN(c.principal.User)
			}
			return "*"
		}
		if h := c.account.holderOf(kind, name); h != nil {
			return h.arn(c.account)
		}
		return c.account.arn(strings.ToLower(kind), "/", name)
	}
}

// onNew is the ARN an entity is about to get: kind "user" from UserName and Path.
func onNew(kind, param string) func(*call) string {
	return func(c *call) string {
		path := c.params.str("Path")
		if !pathPattern.MatchString(path) {
			path = "/"
		}
		return c.account.arn(kind, path, c.params.str(param))
	}
}

// onPath is what a list of all entities of a kind is authorised on: the path asked for,
// "arn:aws:iam::111111111111:user/". AWS tells it so when it denies.
func onPath(kind string) func(*call) string {
	return func(c *call) string { return c.account.arn(kind, c.prefixOrRoot(), "") }
}

// onPolicyPath is the same of ListPolicies, in words of its own.
func onPolicyPath(c *call) string { return "policy path " + c.prefixOrRoot() }

func (c *call) prefixOrRoot() string {
	if prefix := c.params.str("PathPrefix"); prefix != "" {
		return prefix
	}
	return "/"
}

// onParam is the ARN a request gives itself: PolicyArn, SerialNumber, PolicySourceArn.
func onParam(name string) func(*call) string {
	return func(c *call) string { return c.params.str(name) }
}

// holderKeys are the condition keys of an action on the policies or tags of an
// existing user, group or role.
func holderKeys(kind string) func(*call) map[string][]string {
	return func(c *call) map[string][]string {
		keys := map[string][]string{}
		if arn := c.params.str("PolicyArn"); arn != "" {
			keys["iam:PolicyARN"] = []string{arn}
		}
		h := c.account.holderOf(kind, c.params.str(kind+"Name"))
		if h == nil && kind == "User" && c.params.str("UserName") == "" && c.principal.User != nil {
			h = c.principal.User.holder()
		}
		if h == nil {
			return keys
		}
		if h.boundary != nil && *h.boundary != "" {
			keys["iam:PermissionsBoundary"] = []string{*h.boundary}
		}
		addResourceTags(keys, h.tags)
		addTagKeys(c, keys)
		return keys
	}
}

// boundaryKeys are the condition keys of an action that sets a boundary: the one asked for.
func boundaryKeys(c *call) map[string][]string {
	keys := map[string][]string{}
	if arn := c.params.str("PermissionsBoundary"); arn != "" {
		keys["iam:PermissionsBoundary"] = []string{arn}
	}
	return keys
}

func addResourceTags(keys map[string][]string, tags []Tag) {
	for _, t := range tags {
		keys["aws:ResourceTag/"+t.Key] = []string{t.Value}
		keys["iam:ResourceTag/"+t.Key] = []string{t.Value}
	}
}

// addTagKeys adds the keys an Untag action names; those of Tags are the server's concern.
func addTagKeys(c *call, keys map[string][]string) {
	if named := c.params.list("TagKeys"); len(named) > 0 {
		keys["aws:TagKeys"] = named
	}
}
