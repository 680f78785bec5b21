package provision

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// send makes one change. What is there already, or gone already, is as good as done: an earlier try may have got that
// far, or its answer have been lost.
func (a Applying) send(ctx context.Context, to Access, change Change) error {
	err := a.seen(ctx, change, func() error { return call(ctx, to.IAM, change.Call) })
	switch {
	case isCode(err, "EntityAlreadyExists"):
		return a.mustBeOurs(ctx, to.IAM, change.Call, err)
	case change.Op == Remove:
		return gone(err)
	}
	return err
}

// seen repeats a call about something that was made a moment ago and is not known everywhere yet.
func (a Applying) seen(ctx context.Context, change Change, do func() error) error {
	if change.Op == Remove {
		return do()
	}
	return a.Wait.Until(ctx, "IAM to know "+change.What, func(context.Context) (bool, error) {
		err := do()
		if isCode(err, "NoSuchEntity") {
			return false, nil
		}
		return true, err
	})
}

// mustBeOurs looks at what bears the name already: our own, from an answer that was lost, is what we wanted. Anything
// else came in between plan and apply.
func (a Applying) mustBeOurs(ctx context.Context, client *iam.Client, input any, exists error) error {
	ours := false
	err := a.Wait.Until(ctx, "IAM to show what was just made", func(ctx context.Context) (_ bool, err error) {
		switch in := input.(type) {
		case *iam.CreateRoleInput:
			var out *iam.GetRoleOutput
			if out, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: in.RoleName}); err == nil {
				ours = tagMap(out.Role.Tags)[configgen.Mark] == configgen.MarkSetup
			}
		case *iam.CreateGroupInput:
			var out *iam.GetGroupOutput
			if out, err = client.GetGroup(ctx, &iam.GetGroupInput{GroupName: in.GroupName}); err == nil {
				ours = *out.Group.Path == configgen.GroupPath
			}
		}
		if isCode(err, "NoSuchEntity") {
			return false, nil
		}
		return true, err
	})
	if err == nil && !ours {
		return exists
	}
	return err
}

// call makes the one call that input is for. The calls are named one by one, and no client is put into an interface,
// so that the linker leaves out the hundred and fifty others.
func call(ctx context.Context, c *iam.Client, input any) (err error) {
	switch in := input.(type) {
	case *iam.CreateRoleInput:
		_, err = c.CreateRole(ctx, in)
	case *iam.UpdateRoleInput:
		_, err = c.UpdateRole(ctx, in)
	case *iam.DeleteRoleInput:
		_, err = c.DeleteRole(ctx, in)
	case *iam.TagRoleInput:
		_, err = c.TagRole(ctx, in)
	case *iam.UpdateAssumeRolePolicyInput:
		_, err = c.UpdateAssumeRolePolicy(ctx, in)
	case *iam.DeleteRolePermissionsBoundaryInput:
		_, err = c.DeleteRolePermissionsBoundary(ctx, in)
	case *iam.PutRolePolicyInput:
		_, err = c.PutRolePolicy(ctx, in)
	case *iam.DeleteRolePolicyInput:
		_, err = c.DeleteRolePolicy(ctx, in)
	case *iam.AttachRolePolicyInput:
		_, err = c.AttachRolePolicy(ctx, in)
	case *iam.DetachRolePolicyInput:
		_, err = c.DetachRolePolicy(ctx, in)
	default:
		return callOther(ctx, c, input)
	}
	return err
}

// callOther is call for everything but roles.
func callOther(ctx context.Context, c *iam.Client, input any) (err error) {
	switch in := input.(type) {
	case *iam.CreateGroupInput:
		_, err = c.CreateGroup(ctx, in)
	case *iam.UpdateGroupInput:
		_, err = c.UpdateGroup(ctx, in)
	case *iam.DeleteGroupInput:
		_, err = c.DeleteGroup(ctx, in)
	case *iam.PutGroupPolicyInput:
		_, err = c.PutGroupPolicy(ctx, in)
	case *iam.DeleteGroupPolicyInput:
		_, err = c.DeleteGroupPolicy(ctx, in)
	case *iam.DetachGroupPolicyInput:
		_, err = c.DetachGroupPolicy(ctx, in)
	case *iam.RemoveUserFromGroupInput:
		_, err = c.RemoveUserFromGroup(ctx, in)
	case *iam.DetachUserPolicyInput:
		_, err = c.DetachUserPolicy(ctx, in)
	case *iam.DeleteUserPolicyInput:
		_, err = c.DeleteUserPolicy(ctx, in)
	case *iam.UpdateAccessKeyInput:
		_, err = c.UpdateAccessKey(ctx, in)
	case *iam.DeleteAccessKeyInput:
		_, err = c.DeleteAccessKey(ctx, in)
	case *iam.UpdateAccountPasswordPolicyInput:
		_, err = c.UpdateAccountPasswordPolicy(ctx, in)
	case *iam.DeleteAccountPasswordPolicyInput:
		_, err = c.DeleteAccountPasswordPolicy(ctx, in)
	default:
		return fmt.Errorf("no call takes %T", input)
	}
	return err
}
