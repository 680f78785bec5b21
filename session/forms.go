package session

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// made reports whether s is min to max characters long, all ASCII letters, digits
// or in extra. (Compiling patterns would cost every start of the program.)
func made(s string, min, max int, extra string) bool {
	if len(s) < min || len(s) > max {
		return false
	}
	for _, c := range s {
		if !isAlnum(c) && !strings.ContainsRune(extra, c) {
			return false
		}
	}
	return true
}

func isAlnum(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isDigits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

func isSessionName(s string) bool { return made(s, 2, 64, "_+=,.@-") }

func isTagText(s string, max int) bool {
	for _, c := range s {
		if !unicode.In(c, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", c) {
			return false
		}
	}
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= max
}

// iamResource is the resource part of an IAM ARN of one account, or of AWS itself:
// "role/NAME" of arn:aws:iam::111122223333:role/NAME.
func iamResource(arn string) (resource string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || len(arn) > 2048 {
		return "", false
	}
	account := parts[4]
	if parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "iam" || parts[3] != "" ||
		!isDigits(account, 12) && account != "aws" {
		return "", false
	}
	return parts[5], true
}

// accountOf is the account of an IAM ARN, "" where it has none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if _, ok := iamResource(arn); !ok || parts[4] == "aws" {
		return ""
	}
	return parts[4]
}

func isRole(arn string) bool {
	name, ok := iamResource(arn)
	name, found := strings.CutPrefix(name, "role/")
	return ok && found && accountOf(arn) != "" && isARNName(name)
}

func isPolicy(arn string) bool {
	name, ok := iamResource(arn)
	name, found := strings.CutPrefix(name, "policy/")
	return ok && found && isARNName(name)
}

// isARNName holds for a path and name: printable ASCII.
func isARNName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool { return c < '!' || c > '~' }) < 0
}

func beyondLatin1(c rune) bool { return c > 0xFF }
