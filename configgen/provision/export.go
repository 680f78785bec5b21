package provision

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"github.com/secaws/secaws/configgen"
)

// Templates are a landing zone as CloudFormation has it. Both need the capability CAPABILITY_NAMED_IAM.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
type Templates struct {
	Identity string // a stack in the identity account
	Resource string // a StackSet over the resource accounts
}

// Export writes the blueprint as two templates that make what Plan and Apply make, but for the account password
// policy, for which CloudFormation has no resource: PasswordCommand sets it. Groups that reach more roles than an
// inline policy can name get managed policies. Every account needs its id.
func Export(b configgen.Blueprint) (Templates, error) {
	for _, a := range b.All() {
		if a.ID == "" {
			return Templates{}, &NoIDError{Account: a.Name}
		}
	}
	groups, err := exportGroups(b)
	if err != nil {
		return Templates{}, err
	}
	about := "secaws landing zone: groups and roles of the identity account " + b.Identity.Name
	if command := PasswordCommand(b.PasswordPolicy); command != "" {
		about += ". CloudFormation has no resource for its password policy: " + command
	}
	identity, err := exportText(about, nil, merged(groups, exportIdentityRoles(b)))
	if err != nil {
		return Templates{}, err
	}
	conditions, roles := exportResourceRoles(b)
	resource, err := exportText("secaws landing zone: roles of every resource account", conditions, roles)
	return Templates{Identity: identity, Resource: resource}, err
}

// part is a piece of a template.
type part = map[string]any

func exportText(description string, conditions, resources part) (string, error) {
	template := part{"AWSTemplateFormatVersion": "2010-09-09", "Description": description, "Resources": resources}
	if len(conditions) > 0 {
		template["Conditions"] = conditions
	}
	text, err := yaml.Marshal(template)
	return string(text), err
}

func exportIdentityRoles(b configgen.Blueprint) part {
	resources := part{}
	for _, role := range Wanted(b, b.Identity).Roles {
		resources[logical("Role", role.Name)] = resource("AWS::IAM::Role", exportRole(role, managedPart(role), inlinePart(role)))
	}
	return resources
}

func exportRole(r Role, managed, inline any) part {
	p := part{
		"RoleName": r.Name, "AssumeRolePolicyDocument": tree(r.Trust), "MaxSessionDuration": int(r.MaxSession), "Tags": exportTags(r.Tags),
	}
	if managed != nil {
		p["ManagedPolicyArns"] = managed
	}
	if inline != nil {
		p["Policies"] = inline
	}
	return p
}

// exportGroups writes the groups with their policies.
func exportGroups(b configgen.Blueprint) (part, error) {
	resources := part{}
	for _, g := range Wanted(b, b.Identity).Groups {
		properties := part{"GroupName": g.Name, "Path": g.Path}
		size := 0
		for _, document := range g.Inline {
			size += configgen.PolicySize(document)
		}
		id := logical("Group", g.Name)
		if size > configgen.MaxGroupInline {
			if err := exportManaged(b, resources, g, id); err != nil {
				return nil, err
			}
			delete(g.Inline, configgen.AssumePolicyName)
		}
		if len(g.Inline) > 0 {
			properties["Policies"] = policyParts(g.Inline)
		}
		resources[id] = resource("AWS::IAM::Group", properties)
	}
	return resources, nil
}

// exportManaged splits the right to assume many roles over managed policies, as many names in each as IAM takes.
func exportManaged(b configgen.Blueprint, resources part, g Group, group string) error {
	var arns []string
	for _, grant := range b.Grants(g.Name) {
		arns = append(arns, grant.ARN)
	}
	n := 0
	for len(arns) > 0 {
		fit := sort.Search(len(arns), func(i int) bool {
			return configgen.PolicySize(configgen.AssumeDocument(arns[:i+1])) > configgen.MaxManaged
		})
		n++
		name := fmt.Sprintf("%s-%s-%d", configgen.AssumePolicyName, g.Name, n)
		resources[fmt.Sprintf("%sAssume%d", group, n)] = resource("AWS::IAM::ManagedPolicy", part{
			"ManagedPolicyName": name, "Groups": []any{part{"Ref": group}}, "PolicyDocument": tree(configgen.AssumeDocument(arns[:fit])),
		})
		arns = arns[fit:]
	}
	if n > configgen.MaxGroupAttached {
		return &configgen.SizeError{What: "group " + g.Name, Has: n, Most: configgen.MaxGroupAttached, Unit: "managed policies"}
	}
	return nil
}

func managedPart(r Role) any {
	if len(r.Managed) == 0 {
		return nil
	}
	return r.Managed
}

func inlinePart(r Role) any {
	if len(r.Inline) == 0 {
		return nil
	}
	return policyParts(r.Inline)
}

func policyParts(inline map[string]string) []any {
	var list []any
	for _, name := range sortedKeys(inline) {
		list = append(list, part{"PolicyName": name, "PolicyDocument": tree(inline[name])})
	}
	return list
}

func exportTags(of map[string]string) []any {
	var list []any
	for _, key := range sortedKeys(of) {
		list = append(list, part{"Key": key, "Value": of[key]})
	}
	return list
}

func resource(kind string, properties part) part {
	return part{"Type": kind, "Properties": properties}
}

// tree is a document of ours as a value.
func tree(document string) any {
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		panic(err) // documents are made or checked by configgen
	}
	return v
}

func merged(parts ...part) part {
	all := part{}
	for _, p := range parts {
		for key, value := range p {
			all[key] = value
		}
	}
	return all
}

// logical is an id within a template: letters and digits only, so every other sign stands as its number.
func logical(kind, name string) string { return kind + plainWord(name, "X%02X") }

// PasswordCommand is the command of the AWS CLI that sets the blueprint's password policy, "" where it has none.
func PasswordCommand(p configgen.PasswordPolicy) string {
	flags := []string{"aws iam update-account-password-policy"}
	number := func(flag string, n *int) {
		if n != nil && *n > 0 {
			flags = append(flags, fmt.Sprintf("--%s %d", flag, *n))
		}
	}
	yes := func(flag string, set *bool) {
		if set != nil && *set {
			flags = append(flags, "--"+flag)
		}
	}
	number("minimum-password-length", p.MinimumLength)
	number("password-reuse-prevention", p.Remember)
	number("max-password-age", p.MaxAgeDays)
	yes("require-symbols", p.Symbols)
	yes("require-numbers", p.Numbers)
	yes("require-uppercase-characters", p.Uppercase)
	yes("require-lowercase-characters", p.Lowercase)
	yes("allow-users-to-change-password", p.UsersChange)
	yes("hard-expiry", p.HardExpiry)
	if len(flags) == 1 {
		return ""
	}
	return strings.Join(flags, " ")
}

// NoIDError is an account whose id a template would have to name.
type NoIDError struct{ Account string }

func (e *NoIDError) Error() string { return "account " + e.Account + " has no id in the blueprint" }

// Hint says where it comes from.
func (e *NoIDError) Hint() string {
	return "write it into the blueprint (id: \"…\"), or let secaws setup apply find it"
}
