package provision

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// Revoke ends what a user's role sessions may do: they outlive the user and its keys. Each role gets a Deny for the
// sessions of that name made before now; setup apply removes it when the longest of them has run out. clients are the
// IAM clients by account name. Every role is tried; the error names those that could not be changed.
func Revoke(ctx context.Context, clients map[string]*iam.Client, grants []configgen.Grant, user string, now time.Time) error {
	var problems []string
	var last error
	document := configgen.RevokeDocument(user, now)
	policy := configgen.RevokePrefix + user
	for _, g := range grants {
		client := clients[g.Account.Name]
		if client == nil {
			return fmt.Errorf("revoke the sessions of %s: no credentials for account %s", user, g.Account.Name)
		}
		_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: &g.Role.Name, PolicyName: &policy, PolicyDocument: &document,
		})
		if gone(err) != nil { // a role that is not there has no sessions
			problems, last = append(problems, g.Account.Name+"/"+g.Role.Name), err
		}
	}
	if last == nil {
		return nil
	}
	sort.Strings(problems)
	return fmt.Errorf("revoke the sessions of %s on %v: %w", user, problems, last)
}
