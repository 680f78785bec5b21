package provision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// revokeAhead is how far after now Revoke still stops new sessions: the rights that opened them were taken away a moment
// ago, and IAM needs its time to tell all its replicas.
const revokeAhead = 10 * time.Second

// Revoke ends what a user's role sessions may do: they outlive the user and its keys. Each role gets a Deny for the
// sessions of that name made before now, by AWS's clock; setup apply removes it when the longest of them has run out.
// Every role is tried; the error names those that could not be changed.
func Revoke(ctx context.Context, open []Access, grants []configgen.Grant, user string, now time.Time) error {
	var problems []string
	var last error
	document := configgen.RevokeDocument(user, now.Add(revokeAhead))
	policy := configgen.RevokePrefix + user
	for _, g := range grants {
		i := slices.IndexFunc(open, func(a Access) bool { return a.Account.Name == g.Account.Name })
		if i < 0 {
			return fmt.Errorf("revoke the sessions of %s: account %s is not open", user, g.Account.Name)
		}
		_, err := open[i].IAM.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: &g.Role.Name, PolicyName: &policy, PolicyDocument: &document,
		})
		if gone(err) != nil { // a role that is not there has no sessions
			problems, last = append(problems, g.Account.Name+"/"+g.Role.Name), err
		}
	}
	if last == nil {
		return nil
	}
	slices.Sort(problems)
	return fmt.Errorf("revoke the sessions of %s on %v: %w", user, problems, last)
}
