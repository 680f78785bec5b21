package provision

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// send makes one change. What is there already, or gone already, is as good as done: an earlier try may have got that
// far, or its answer have been lost.
func (a Applying) send(ctx context.Context, to Access, change Change) error {
	err := a.seen(ctx, change, func() error { return change.Call.send(ctx, to.IAM) })
	switch {
	case isCode(err, "EntityAlreadyExists"):
		return a.mustBeOurs(ctx, to.IAM, change.Call.Input, err)
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
