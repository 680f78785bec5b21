package provision

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/configgen"
)

// Joined returns the users who were invited and have joined since, with a device of theirs and another key than the
// invitation's: what only the invitation needed can go.
func Joined(ctx context.Context, client *iam.Client) ([]Person, error) {
	var joined []Person
	in := &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeUser}}
	err := pages(ctx, in, client.GetAccountAuthorizationDetails, func(page *iam.GetAccountAuthorizationDetailsOutput) error {
		for _, u := range page.UserDetailList {
			if !invited(u) {
				continue
			}
			p, err := readPerson(ctx, client, aws.ToString(u.UserName), readKeys, readDevices, readPolicies)
			if err != nil {
				return err
			}
			if len(p.Devices) > 0 && !p.HasKey(p.Invited) {
				joined = append(joined, p)
			}
		}
		return nil
	}, func(in *iam.GetAccountAuthorizationDetailsInput, page *iam.GetAccountAuthorizationDetailsOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return nil, fmt.Errorf("look for invitations taken up: %w", err)
	}
	return joined, nil
}

func invited(u types.UserDetail) bool {
	for _, policy := range u.UserPolicyList {
		if aws.ToString(policy.PolicyName) == configgen.EnrolPolicyName {
			return true
		}
	}
	return false
}
