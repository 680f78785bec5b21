package configgen

import "encoding/json"

// statement is one statement of a policy document:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type statement struct {
	Sid       string                       `json:",omitempty"`
	Effect    string                       `json:",omitempty"`
	Principal map[string]string            `json:",omitempty"`
	Action    any                          `json:",omitempty"`
	Resource  any                          `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// document returns statements as compact JSON. Maps of strings come out in the order of their keys, so that equal
// statements give equal text.
func document(statements ...statement) string {
	text, err := json.Marshal(struct {
		Version   string
		Statement []statement
	}{policyVersion, statements})
	if err != nil {
		panic(err) // the type above has nothing that JSON cannot hold
	}
	return string(text)
}

// TrustPolicy lets the users of the identity account assume role, as far as their groups allow it: with MFA, and
// under their own name, so that every trail names the person and a person's live sessions can be revoked.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
func (b Blueprint) TrustPolicy(role Role) string {
	s := statement{
		Effect:    "Allow",
		Principal: map[string]string{"AWS": "arn:" + b.Partition() + ":iam::" + b.Identity.ID + ":root"},
		Action:    "sts:AssumeRole",
		Condition: map[string]map[string]string{"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
	}
	if role.MFA {
		s.Condition["Bool"] = mfaPresent()
	}
	if role.ExternalID != "" {
		s.Condition["StringEquals"]["sts:ExternalId"] = role.ExternalID
	}
	return document(s)
}

// AssumePolicy lets the members of group assume exactly its roles.
func (b Blueprint) AssumePolicy(group string) string {
	var arns []string
	for _, g := range b.Grants(group) {
		arns = append(arns, g.ARN)
	}
	return AssumeDocument(arns)
}

// AssumeDocument lets whoever holds it assume the roles of those ARNs.
func AssumeDocument(roleARNs []string) string {
	return document(statement{Effect: "Allow", Action: "sts:AssumeRole", Resource: roleARNs})
}

// SelfManagementPolicy lets a user, with MFA and never without, manage the own password, access keys and MFA device.
// The device must be named after the user. It allows no way to enrol a first device: a stolen key could enrol its own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
func (b Blueprint) SelfManagementPolicy() string {
	own := "arn:" + b.Partition() + ":iam::" + b.Identity.ID + ":"
	allow := func(sid string, resource string, actions ...string) statement {
		return statement{
			Sid: sid, Effect: "Allow", Action: actions, Resource: resource,
			Condition: map[string]map[string]string{"Bool": mfaPresent()},
		}
	}
	user := own + "user/${aws:username}"
	return document(
		allow("PasswordRules", "*", "iam:GetAccountPasswordPolicy"),
		allow("OwnPassword", user, "iam:ChangePassword", "iam:GetLoginProfile", "iam:GetUser"),
		allow("OwnKeys", user, "iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey"),
		allow("OwnDevice", user, "iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"),
		allow("OwnDeviceItself", own+"mfa/${aws:username}", "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"),
	)
}

// mfaPresent is the operand of a Bool condition. Bool, not BoolIfExists: a key's own calls carry no such value, and
// must not pass. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
func mfaPresent() map[string]string { return map[string]string{"aws:MultiFactorAuthPresent": "true"} }
