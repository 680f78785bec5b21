package provision

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/secaws/secaws/configgen"
)

// personalKept tells whether an inline policy of a user is one that user commands put there, as they put it, and still
// of use. Anything else under such a name is drift.
func personalKept(b configgen.Blueprint, u User, policy string, now time.Time) bool {
	document := u.Inline[policy]
	switch policy {
	case configgen.DenyPolicyName:
		return sameDocument(document, configgen.DenyAllDocument())
	case configgen.EnrolPolicyName:
		until, ok := enrolledUntil(document)
		ours := configgen.EnrolDocument(b.Partition(), b.Identity.ID, u.Name, until)
		return ok && now.Before(until) && sameDocument(document, ours)
	}
	return false
}

// enrolledUntil returns the end that an EnrolDocument sets.
func enrolledUntil(document string) (time.Time, bool) {
	var d struct {
		Statement []struct {
			Condition map[string]map[string]string
		}
	}
	if json.Unmarshal([]byte(document), &d) != nil || len(d.Statement) == 0 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, d.Statement[0].Condition["DateLessThan"]["aws:CurrentTime"])
	return t, err == nil
}

// revocationKept tells whether an inline policy of a role revokes a person's sessions, as Revoke wrote it, and the
// longest session it could stop has not run out.
func revocationKept(role Role, policy string, now time.Time) bool {
	user, named := strings.CutPrefix(policy, configgen.RevokePrefix)
	before, ok := configgen.RevokedAt(role.Inline[policy])
	longest := time.Duration(role.MaxSession) * time.Second
	return named && ok && now.Before(before.Add(longest)) && sameDocument(role.Inline[policy], configgen.RevokeDocument(user, before))
}
