package provision

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/configgen"
)

// pageSize is the most that IAM's lists give at once.
const pageSize = 1000

// ReadAll reads every account, several at a time, and calls done after each.
func ReadAll(ctx context.Context, b configgen.Blueprint, open []Access, done func(Access)) ([]State, error) {
	states := make([]State, len(open))
	err := parallel(ctx, len(open), func(ctx context.Context, i int) (err error) {
		if states[i], err = Read(ctx, b, open[i]); err == nil && done != nil {
			done(open[i])
		}
		return err
	})
	return states, err
}

// Read reads what plans need to know of one account, in one call for all its roles, groups and users (or one for each
// 1000 of them), one for the longest sessions, which that does not tell, and one for the password policy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func Read(ctx context.Context, b configgen.Blueprint, a Access) (State, error) {
	state, err := readDetails(ctx, b, a)
	if err == nil && len(state.Roles) > 0 {
		err = readLongestSessions(ctx, a, state.Roles)
	}
	return state, err
}

// readDetails is Read without the roles' longest sessions.
func readDetails(ctx context.Context, b configgen.Blueprint, a Access) (State, error) {
	want := Wanted(b, a.Account)
	state := State{Account: a.Account.Name, ID: a.Account.ID, Caller: a.Caller, Identity: want.Identity}
	in := &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole}, MaxItems: aws.Int32(pageSize)}
	if want.Identity {
		in.Filter = append(in.Filter, types.EntityTypeGroup, types.EntityTypeUser)
	}
	err := pages(ctx, in, a.IAM.GetAccountAuthorizationDetails, func(page *iam.GetAccountAuthorizationDetailsOutput) error {
		state.take(want, page)
		return nil
	}, func(in *iam.GetAccountAuthorizationDetailsInput, page *iam.GetAccountAuthorizationDetailsOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return state, fmt.Errorf("account %s: read its roles and groups: %w", a.Account.Name, err)
	}
	if !want.Identity {
		return state, nil
	}
	state.dropStrangers()
	if state.Password, err = readPassword(ctx, a.IAM); err != nil {
		err = fmt.Errorf("account %s: read the password policy: %w", a.Account.Name, err)
	}
	return state, err
}

// take keeps of a page what a plan could be about, so that an account with thousands of roles costs no memory.
func (s *State) take(want State, page *iam.GetAccountAuthorizationDetailsOutput) {
	for _, d := range page.RoleDetailList {
		r := Role{
			Name: aws.ToString(d.RoleName), Path: aws.ToString(d.Path), Trust: decoded(aws.ToString(d.AssumeRolePolicyDocument)),
			Managed: arns(d.AttachedManagedPolicies), Inline: documents(d.RolePolicyList), Tags: tagMap(d.Tags),
		}
		if d.PermissionsBoundary != nil {
			r.Boundary = aws.ToString(d.PermissionsBoundary.PermissionsBoundaryArn)
		}
		if _, wanted := named(want.Roles, r.Name, roleName); wanted || r.ours() {
			s.Roles = append(s.Roles, r)
		}
	}
	for _, d := range page.GroupDetailList {
		g := Group{Name: aws.ToString(d.GroupName), Path: aws.ToString(d.Path), Managed: arns(d.AttachedManagedPolicies), Inline: documents(d.GroupPolicyList)}
		if _, wanted := named(want.Groups, g.Name, groupName); wanted || g.ours() {
			s.Groups = append(s.Groups, g)
		}
	}
	for _, d := range page.UserDetailList {
		s.Users = append(s.Users, User{
			Name: aws.ToString(d.UserName), Path: aws.ToString(d.Path), Groups: d.GroupList,
			Managed: arns(d.AttachedManagedPolicies), Inline: documents(d.UserPolicyList), Tags: tagMap(d.Tags),
		})
	}
}

// dropStrangers forgets users who are neither in a group of ours nor made by us.
func (s *State) dropStrangers() {
	ours := func(name string) bool {
		_, found := named(s.Groups, name, groupName)
		return found
	}
	s.Users = slices.DeleteFunc(s.Users, func(u User) bool {
		return u.Tags[configgen.Mark] == "" && !slices.ContainsFunc(u.Groups, ours)
	})
}

// readLongestSessions fills in what the details do not tell.
func readLongestSessions(ctx context.Context, a Access, roles []Role) error {
	in := &iam.ListRolesInput{MaxItems: aws.Int32(pageSize)}
	err := pages(ctx, in, a.IAM.ListRoles, func(page *iam.ListRolesOutput) error {
		for _, r := range page.Roles {
			for i := range roles {
				if roles[i].Name == aws.ToString(r.RoleName) {
					roles[i].MaxSession = aws.ToInt32(r.MaxSessionDuration)
				}
			}
		}
		return nil
	}, func(in *iam.ListRolesInput, page *iam.ListRolesOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return fmt.Errorf("account %s: list its roles: %w", a.Account.Name, err)
	}
	return nil
}

func readPassword(ctx context.Context, client *iam.Client) (*Password, error) {
	out, err := client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if isCode(err, "NoSuchEntity") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := out.PasswordPolicy
	return &Password{
		MinimumLength: aws.ToInt32(p.MinimumPasswordLength), MaxAgeDays: aws.ToInt32(p.MaxPasswordAge), Remember: aws.ToInt32(p.PasswordReusePrevention),
		Symbols: p.RequireSymbols, Numbers: p.RequireNumbers, Uppercase: p.RequireUppercaseCharacters, Lowercase: p.RequireLowercaseCharacters,
		UsersChange: p.AllowUsersToChangePassword, HardExpiry: aws.ToBool(p.HardExpiry),
	}, nil
}

func arns(attached []types.AttachedPolicy) []string {
	var list []string
	for _, p := range attached {
		list = append(list, aws.ToString(p.PolicyArn))
	}
	return list
}

func documents(inline []types.PolicyDetail) map[string]string {
	m := map[string]string{}
	for _, p := range inline {
		m[aws.ToString(p.PolicyName)] = decoded(aws.ToString(p.PolicyDocument))
	}
	return m
}

func tagMap(list []types.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}
