package session

import (
	"runtime"
	"slices"
	"strings"
	"time"
)

// EnvironOptions are what a command may ask of Environ.
type EnvironOptions struct {
	AWSVault bool // also set AWS_VAULT, which makes aws-vault refuse to run inside
}

// Environ is the environment for a program that is to act with s: base without any
// other credential, profile or token, and with those of s. It returns a new slice.
//
// Settings that grant nothing stay: files, endpoints, certificates, retries. The
// variables are those of
// https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
func Environ(base []string, s Session, o EnvironOptions) []string {
	set := []string{
		"AWS_ACCESS_KEY_ID=" + s.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + s.SecretAccessKey,
		"SECAWS_PROFILE=" + s.Profile,
	}
	add := func(name, value string) {
		if value != "" {
			set = append(set, name+"="+value)
		}
	}
	add("AWS_SESSION_TOKEN", s.SessionToken)
	add("AWS_REGION", s.Region)
	add("AWS_DEFAULT_REGION", s.Region)
	add("AWS_ACCOUNT_ID", s.Account)
	if s.CanExpire {
		add("AWS_CREDENTIAL_EXPIRATION", s.Expires.UTC().Format(time.RFC3339))
	}
	if o.AWSVault {
		add("AWS_VAULT", s.Profile)
	}
	kept := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name := nameOf(entry)
		return grants(name) || slices.ContainsFunc(set, func(other string) bool { return nameOf(other) == name })
	})
	return append(kept, set...)
}

// Scrub is base without what no child may have: the variables that unlock the
// keychain. It returns a new slice.
func Scrub(base []string) []string {
	return slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name := nameOf(entry)
		return strings.HasPrefix(name, "SECAWS_") && strings.Contains(name, "PASS")
	})
}

// nameOf is the variable's name; Windows does not tell its case apart.
func nameOf(entry string) string {
	name, _, _ := strings.Cut(entry, "=")
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	return name
}

// grants reports whether the variable called name is, points to, or selects
// credentials, or tells of their account or end. New names are caught by the words
// AWS makes them of.
func grants(name string) bool {
	if !strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "SECAWS_") {
		return false
	}
	switch name {
	case "AWS_SHARED_CREDENTIALS_FILE": // a setting: where files are, not which credentials
		return false
	case "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_VAULT", "AWS_ACCOUNT_ID":
		return true
	}
	return slices.ContainsFunc([]string{
		"ACCESS_KEY", "SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "PROFILE", "EXPIRATION",
	}, func(word string) bool { return strings.Contains(name, word) })
}
