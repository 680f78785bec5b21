package awslab

import (
	"fmt"
	"strings"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// checkIdentityDocument refuses a document no user, group or role can hold.
func checkIdentityDocument(document string) error {
	if _, err := policy.Parse([]byte(document)); err != nil {
		return malformedPolicy(err.Error())
	}
	return nil
}

// trustQuota is how many characters, white space aside, a trust policy may have.
const trustQuota = 2048

// checkTrustDocument refuses a document that cannot say who may assume a role.
func (c *call) checkTrustDocument(document string) error {
	d, err := policy.ParseTrust([]byte(document))
	if err != nil {
		return malformedPolicy(err.Error())
	}
	if policy.Size(document) > trustQuota {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", trustQuota)
	}
	// Principals are looked up where they may not have arrived yet, as in AWS:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
	seen := c.lab.replicated()
	for _, name := range d.AWSPrincipals() {
		if !seen.mayBePrincipal(name) {
			return malformedPolicy(fmt.Sprintf("Invalid principal in policy: %q:%q", "AWS", name))
		}
	}
	return nil
}

// mayBePrincipal tells whether a trust policy may name somebody: whether that user or
// role exists. Accounts outside the lab are taken on trust, with all that is in them.
func (s *State) mayBePrincipal(name string) bool {
	parts := strings.SplitN(name, ":", 6)
	if len(parts) < 6 { // an account ID or "*", whose form the parser has judged
		return !strings.HasPrefix(name, prefixUser) && !strings.HasPrefix(name, prefixRole) || s.hasID(name)
	}
	account := s.Accounts[parts[4]]
	if account == nil || parts[5] == "root" || parts[2] == "sts" {
		return true
	}
	for _, h := range account.holders() {
		if h.kind != "Group" && h.arn(account) == name {
			return true
		}
	}
	return false
}

// hasID tells whether a user or role has that unique ID.
func (s *State) hasID(id string) bool {
	for _, a := range s.Accounts {
		if a.userByID(id) != nil || a.roleByID(id) != nil {
			return true
		}
	}
	return false
}
