package provision

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/configgen"
)

// roles plans every wanted role, and the removal of ours that are wanted no more.
func (p *planner) roles() {
	for _, want := range p.want.Roles {
		have, exists := named(p.have.Roles, want.Name, roleName)
		if !exists {
			p.createRole(want)
		} else if p.claim("role "+want.Name, want.Name, have.Name, have.ours()) {
			p.changeRole(want, have)
		}
	}
	for _, have := range p.have.Roles {
		if _, wanted := named(p.want.Roles, have.Name, roleName); !wanted && have.ours() {
			p.deleteRole(have)
		}
	}
}

func (p *planner) createRole(want Role) {
	p.add(Change{Op: Add, What: "role " + want.Name, After: want.Trust, Call: &iam.CreateRoleInput{
		RoleName: &want.Name, Path: &want.Path, AssumeRolePolicyDocument: &want.Trust,
		MaxSessionDuration: &want.MaxSession, Tags: tags(want.Tags),
	}})
	p.widenRole(want, Role{})
}

func (p *planner) changeRole(want, have Role) {
	if have.Path != want.Path {
		p.conflict("role "+want.Name, "it has the path "+have.Path+", which is part of its ARN; remove it first", false)
		return
	}
	if !have.ours() {
		mark := markAdopted
		if trial := *p; !trial.differences(want, have) { // one of ours that has lost its tag
			mark = configgen.MarkSetup
		}
		p.add(Change{Op: Modify, What: "role " + want.Name + ": tag", After: configgen.Mark + "=" + mark, Why: "adopted",
			Call: &iam.TagRoleInput{RoleName: &want.Name, Tags: tags(map[string]string{configgen.Mark: mark})}})
	}
	p.differences(want, have)
}

// differences plans what makes have into want, and tells whether that is anything.
func (p *planner) differences(want, have Role) bool {
	before := len(p.done.List)
	p.narrowRole(want, have)
	p.widenRole(want, have)
	return len(p.done.List) > before
}

// narrowRole takes away what the role has too much, and puts its trust policy right.
func (p *planner) narrowRole(want, have Role) {
	what := "role " + want.Name
	for _, arn := range missing(have.Managed, want.Managed) {
		p.add(detachRole(have.Name, arn))
	}
	for _, name := range sortedKeys(have.Inline) {
		if _, wanted := want.Inline[name]; !wanted && !revocationKept(have, name, p.options.Now) {
			c := deleteRolePolicy(have, name)
			if _, revoked := configgen.RevokedAt(c.Before); revoked {
				c.Why = "no session that it could stop is left"
			}
			p.add(c)
		}
	}
	if !sameDocument(want.Trust, have.Trust) {
		p.add(Change{Op: Modify, What: what + ": trust policy", Before: have.Trust, After: want.Trust,
			Call: &iam.UpdateAssumeRolePolicyInput{RoleName: &want.Name, PolicyDocument: &want.Trust}})
	}
	if want.MaxSession != have.MaxSession {
		p.add(Change{Op: Modify, What: what + ": longest session", Before: hours(have.MaxSession), After: hours(want.MaxSession),
			Call: &iam.UpdateRoleInput{RoleName: &want.Name, MaxSessionDuration: &want.MaxSession}})
	}
}

// widenRole gives the role what it lacks: last, but first for the role that the plan itself runs on.
func (p *planner) widenRole(want, have Role) {
	at := phaseWiden
	if p.standsOn(have) {
		at = phaseFirst
	}
	if have.Boundary != "" {
		p.add(Change{phase: at, Op: Remove, What: "role " + want.Name + ": permissions boundary", Before: shortARN(have.Boundary),
			Call: &iam.DeleteRolePermissionsBoundaryInput{RoleName: &want.Name}})
	}
	for _, name := range sortedKeys(want.Inline) {
		document, before := want.Inline[name], have.Inline[name]
		if sameDocument(document, before) {
			continue
		}
		p.add(Change{phase: at, Op: opFor(before), What: "role " + want.Name + ": policy " + name, Before: before, After: document,
			Call: &iam.PutRolePolicyInput{RoleName: &want.Name, PolicyName: &name, PolicyDocument: &document}})
	}
	for _, arn := range missing(want.Managed, have.Managed) {
		p.add(Change{phase: at, Op: Add, What: "role " + want.Name + ": policy " + shortARN(arn),
			Call: &iam.AttachRolePolicyInput{RoleName: &want.Name, PolicyArn: &arn}})
	}
}

func (p *planner) deleteRole(have Role) {
	if p.standsOn(have) {
		p.conflict("role "+have.Name, "it is the role this runs on; run on the bootstrap keys to remove it", false)
		return
	}
	if have.adopted() {
		p.releaseRole(have)
		return
	}
	for _, arn := range have.Managed {
		p.add(detachRole(have.Name, arn))
	}
	for _, name := range sortedKeys(have.Inline) {
		p.add(deleteRolePolicy(have, name))
	}
	p.add(Change{Op: Remove, What: "role " + have.Name, Before: have.Trust, Call: &iam.DeleteRoleInput{RoleName: &have.Name}})
}

// releaseRole leaves a role that others made to them, without the documents that secaws put into it.
func (p *planner) releaseRole(have Role) {
	for _, name := range sortedKeys(have.Inline) {
		if strings.HasPrefix(name, configgen.PolicyPrefix) {
			p.add(deleteRolePolicy(have, name))
		}
	}
	p.note("role " + have.Name + " was there before it was adopted, and stays: its trust and managed policies are the blueprint's")
}

// standsOn tells whether the plan runs on a session of this role.
func (p *planner) standsOn(r Role) bool {
	return r.Name != "" && strings.Contains(p.have.Caller, ":assumed-role/"+r.Name+"/")
}

func detachRole(role, arn string) Change {
	return Change{Op: Remove, What: "role " + role + ": policy " + shortARN(arn),
		Call: &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn}}
}

func deleteRolePolicy(role Role, name string) Change {
	return Change{Op: Remove, What: "role " + role.Name + ": policy " + name, Before: role.Inline[name],
		Call: &iam.DeleteRolePolicyInput{RoleName: &role.Name, PolicyName: &name}}
}

func opFor(before string) Op {
	if before == "" {
		return Add
	}
	return Modify
}

func hours(seconds int32) string {
	return strings.TrimSuffix(strings.TrimSuffix((time.Duration(seconds)*time.Second).String(), "0s"), "0m")
}

func tags(of map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range sortedKeys(of) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(of[key])})
	}
	return slices.Clip(list)
}
