package awslab

import "slices"

// iamActions is the table of IAM's actions. Each entity brings its own rows.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
func iamActions() []action {
	return slices.Concat(
		userActions, groupActions, roleActions, membershipActions,
		inlineActions("User"), inlineActions("Group"), inlineActions("Role"),
		attachActions("User"), attachActions("Group"), attachActions("Role"),
		boundaryActions("User"), boundaryActions("Role"),
		managedPolicyActions, versionActions,
		tagActions("User"), tagActions("Role"), tagActions("Policy"), tagActions("MFADevice"),
		accessKeyActions, mfaActions, loginActions, passwordPolicyActions,
		accountActions, reportActions, simulateActions, absentActions,
	)
}
