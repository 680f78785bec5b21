package configgen

import (
	"encoding/json"
	"time"
)

// InvitationLife is how long an invited colleague has to enrol.
const InvitationLife = 24 * time.Hour

// EnrolDocument lets a user without MFA make and enable one device, named after the user, until a moment; nothing else.
// It gives no right to take a device off, so a key that leaks later cannot replace it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_mfa-selfmanage.html
func EnrolDocument(partition, account, user string, until time.Time) string {
	own := "arn:" + partition + ":iam::" + account + ":"
	before := map[string]map[string]string{"DateLessThan": {"aws:CurrentTime": policyTime(until)}}
	return document(
		statement{
			Sid: "OwnDeviceItself", Effect: "Allow", Resource: own + "mfa/" + user, Condition: before,
			Action: []string{"iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", "iam:TagMFADevice"},
		},
		statement{
			Sid: "OwnDevice", Effect: "Allow", Resource: own + "user/" + user, Condition: before,
			Action: []string{"iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"},
		},
		statement{
			Sid: "FindOwnDevice", Effect: "Allow", Resource: "*", Condition: before,
			Action: []string{"iam:ListVirtualMFADevices"},
		},
	)
}

// DenyAllDocument denies everything.
func DenyAllDocument() string {
	return document(statement{Sid: "Disabled", Effect: "Deny", Action: "*", Resource: "*"})
}

// RevokeDocument denies everything to the sessions of a role that user opened before a moment; the trust policy makes
// the session's name the user's.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
func RevokeDocument(user string, before time.Time) string {
	return document(statement{
		Sid: "Revoked", Effect: "Deny", Action: "*", Resource: "*",
		Condition: map[string]map[string]string{
			"DateLessThan": {"aws:TokenIssueTime": policyTime(before)},
			"StringLike":   {"aws:userid": "*:" + user},
		},
	})
}

// RevokedAt returns the moment that RevokeDocument was made with, false for any other document.
func RevokedAt(document string) (time.Time, bool) {
	var d struct {
		Statement []struct {
			Sid       string
			Condition map[string]map[string]string
		}
	}
	if json.Unmarshal([]byte(document), &d) != nil || len(d.Statement) != 1 || d.Statement[0].Sid != "Revoked" {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, d.Statement[0].Condition["DateLessThan"]["aws:TokenIssueTime"])
	return at, err == nil
}

// policyTime is a moment as policies have it, in whole seconds:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
func policyTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
