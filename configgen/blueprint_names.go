package configgen

import "strings"

// What AWS, or we, take as names, in plain code: patterns compiled at start would cost every call of an SDK a
// millisecond. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names

func isRoleName(s string) bool     { return madeOf(s, "_+=,.@-", 1, 64) }
func isGroupName(s string) bool    { return madeOf(s, "_+=,.@-", 1, 128) }
func isDocumentName(s string) bool { return madeOf(s, "_+=,.@-", 1, 128-len(PolicyPrefix)) }
func isExternalID(s string) bool   { return madeOf(s, "_+=,.@:/-", 2, 1224) }
func isAccountName(s string) bool {
	return madeOf(s, "_.-", 1, 32) && !strings.ContainsAny(s[:1], ".-")
}
func isProfileName(s string) bool { return madeOf(s, "._@+=,-", 1, 128) && s[0] != '-' }

func isAccountID(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// isManagedName takes the name of an AWS managed policy, with its path where it has one.
func isManagedName(s string) bool {
	for part := range strings.SplitSeq(s, "/") {
		if !madeOf(part, "_+=,.@-", 1, 128) {
			return false
		}
	}
	return true
}

// isRegion takes what has the form of a region: "us-west-2", "us-gov-east-1".
func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	last := len(parts) - 1
	for _, word := range parts[:last] {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return last >= 2 && parts[last] != "" && len(parts[last]) <= 2 && strings.Trim(parts[last], "0123456789") == ""
}

// isAction takes "*" and "service:Name" with * and ? in the name.
func isAction(s string) bool {
	service, name, found := strings.Cut(s, ":")
	return s == "*" || found && madeOf(service, "-", 1, 64) && madeOf(name, "*?", 1, 256)
}

// isResource takes "*" and ARNs.
func isResource(s string) bool {
	return s == "*" || strings.HasPrefix(s, "arn:") && len(strings.SplitN(s, ":", 6)) == 6 && !strings.HasSuffix(s, ":")
}

// madeOf tells whether s is of least to most ASCII letters, digits and signs.
func madeOf(s, signs string, least, most int) bool {
	for _, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !letter && !strings.ContainsRune(signs, r) {
			return false
		}
	}
	return least <= len(s) && len(s) <= most
}
