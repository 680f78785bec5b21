package provision

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// groups plans every wanted group, and the removal of ours that are wanted no more.
func (p *planner) groups() {
	for _, have := range p.have.Groups {
		if _, wanted := named(p.want.Groups, have.Name, groupName); !wanted && have.ours() {
			p.deleteGroup(have)
		}
	}
	for _, want := range p.want.Groups {
		have, exists := named(p.have.Groups, want.Name, groupName)
		switch {
		case !exists:
			p.add(Change{Op: Add, What: "group " + want.Name, Call: &iam.CreateGroupInput{GroupName: &want.Name, Path: &want.Path}})
			p.changeGroup(want, Group{})
		case p.claim("group "+want.Name, want.Name, have.Name, have.ours()):
			if !have.ours() {
				p.add(Change{Op: Modify, What: "group " + want.Name + ": path", Before: have.Path, After: want.Path, Why: "adopted",
					Call: &iam.UpdateGroupInput{GroupName: &want.Name, NewPath: &want.Path}})
			}
			p.changeGroup(want, have)
		}
	}
}

// changeGroup narrows, then widens.
func (p *planner) changeGroup(want, have Group) {
	what := "group " + want.Name
	for _, arn := range missing(have.Managed, want.Managed) {
		p.add(detachGroup(want.Name, arn))
	}
	for _, name := range sortedKeys(have.Inline) {
		if _, wanted := want.Inline[name]; !wanted {
			p.add(deleteGroupPolicy(have, name))
		}
	}
	for _, name := range sortedKeys(want.Inline) {
		document, before := want.Inline[name], have.Inline[name]
		if sameDocument(document, before) {
			continue
		}
		p.add(Change{Op: opFor(before), What: what + ": policy " + name, Before: before, After: document,
			Call: &iam.PutGroupPolicyInput{GroupName: &want.Name, PolicyName: &name, PolicyDocument: &document}})
	}
}

// deleteGroup takes the members out first: IAM deletes no group that has any.
func (p *planner) deleteGroup(have Group) {
	for _, user := range p.have.Users {
		if slices.Contains(user.Groups, have.Name) {
			p.add(leaveGroup(user.Name, have.Name))
		}
	}
	for _, arn := range have.Managed {
		p.add(detachGroup(have.Name, arn))
	}
	for _, name := range sortedKeys(have.Inline) {
		p.add(deleteGroupPolicy(have, name))
	}
	p.add(Change{Op: Remove, What: "group " + have.Name, Call: &iam.DeleteGroupInput{GroupName: &have.Name}})
}

// users plans the removal of rights that members of our groups have beside their groups'. Groups of others are told
// and left alone; so is the user that the plan runs on.
func (p *planner) users() {
	groups := p.blueprint.Groups()
	for _, user := range p.have.Users {
		if !slices.ContainsFunc(user.Groups, func(g string) bool { return slices.Contains(groups, g) }) || p.isCaller(user) {
			continue
		}
		for _, arn := range user.Managed {
			p.add(Change{Op: Remove, What: "user " + user.Name + ": policy " + shortARN(arn), Why: "members have their groups' rights only",
				Call: &iam.DetachUserPolicyInput{UserName: &user.Name, PolicyArn: &arn}})
		}
		for _, name := range sortedKeys(user.Inline) {
			if !personalKept(p.blueprint, user, name, p.options.Now) {
				p.add(Change{Op: Remove, What: "user " + user.Name + ": policy " + name, Before: user.Inline[name],
					Why:  "members have their groups' rights only",
					Call: &iam.DeleteUserPolicyInput{UserName: &user.Name, PolicyName: &name}})
			}
		}
		for _, group := range missing(user.Groups, groups) {
			p.note("user " + user.Name + " is also in group " + group + ", which is not the blueprint's")
		}
	}
}

func (p *planner) isCaller(u User) bool {
	return strings.HasSuffix(p.have.Caller, ":user"+u.Path+u.Name)
}

func detachGroup(group, arn string) Change {
	return Change{Op: Remove, What: "group " + group + ": policy " + shortARN(arn),
		Call: &iam.DetachGroupPolicyInput{GroupName: &group, PolicyArn: &arn}}
}

func deleteGroupPolicy(group Group, name string) Change {
	return Change{Op: Remove, What: "group " + group.Name + ": policy " + name, Before: group.Inline[name],
		Call: &iam.DeleteGroupPolicyInput{GroupName: aws.String(group.Name), PolicyName: &name}}
}

func leaveGroup(user, group string) Change {
	return Change{Op: Remove, What: "user " + user + ": membership of " + group,
		Call: &iam.RemoveUserFromGroupInput{UserName: &user, GroupName: &group}}
}
