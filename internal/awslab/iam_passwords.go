package awslab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

var passwordPolicyActions = []action{
	{Name: "UpdateAccountPasswordPolicy", Run: updatePasswordPolicy},
	{Name: "GetAccountPasswordPolicy", Read: true, Open: true, Run: getPasswordPolicy},
	{Name: "DeleteAccountPasswordPolicy", Run: deletePasswordPolicy},
}

// The limits of a password policy:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
const (
	passwordLengthMin = 6
	passwordAgeMax    = 1095 // days
	passwordReuseMax  = 24
)

// passwordPolicyXML is a password policy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PasswordPolicy.html
type passwordPolicyXML struct {
	MinimumPasswordLength      int
	RequireSymbols             bool
	RequireNumbers             bool
	RequireUppercaseCharacters bool
	RequireLowercaseCharacters bool
	AllowUsersToChangePassword bool
	ExpirePasswords            bool
	MaxPasswordAge             *int
	PasswordReusePrevention    *int
	HardExpiry                 *bool
}

// updatePasswordPolicy replaces the whole policy: what is not given falls to its default.
func updatePasswordPolicy(c *call) (any, error) {
	v := c.check()
	p := &PasswordPolicy{
		MinimumLength:   v.number("MinimumPasswordLength", passwordLengthMin, passwordLengthMin, passwordMax),
		Symbols:         v.flag("RequireSymbols", false),
		Numbers:         v.flag("RequireNumbers", false),
		Upper:           v.flag("RequireUppercaseCharacters", false),
		Lower:           v.flag("RequireLowercaseCharacters", false),
		AllowChange:     v.flag("AllowUsersToChangePassword", false),
		ReusePrevention: v.number("PasswordReusePrevention", 0, 1, passwordReuseMax),
		MaxAge:          v.number("MaxPasswordAge", 0, 1, passwordAgeMax),
		HardExpiry:      v.flag("HardExpiry", false),
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	c.account.PasswordPolicy = p
	return nil, nil
}

func getPasswordPolicy(c *call) (any, error) {
	if err := c.authorizeUnlessGranted("iam:GetAccountPasswordPolicy", "*"); err != nil {
		return nil, err
	}
	p := c.account.PasswordPolicy
	if p == nil {
		return nil, noSuchEntity("The Password Policy with domain name %s cannot be found.", c.account.ID)
	}
	x := passwordPolicyXML{
		MinimumPasswordLength: p.MinimumLength, RequireSymbols: p.Symbols, RequireNumbers: p.Numbers,
		RequireUppercaseCharacters: p.Upper, RequireLowercaseCharacters: p.Lower,
		AllowUsersToChangePassword: p.AllowChange, ExpirePasswords: p.MaxAge > 0,
		MaxPasswordAge: unlessZero(p.MaxAge), PasswordReusePrevention: unlessZero(p.ReusePrevention),
	}
	if p.HardExpiry {
		x.HardExpiry = &p.HardExpiry
	}
	return struct{ PasswordPolicy passwordPolicyXML }{x}, nil
}

// unlessZero is a number that is left out when it is 0.
func unlessZero(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func deletePasswordPolicy(c *call) (any, error) {
	if c.account.PasswordPolicy == nil {
		return nil, noSuchEntity("The account policy with name PasswordPolicy cannot be found.")
	}
	c.account.PasswordPolicy = nil
	return nil, nil
}

// symbols are the characters that count as such in a password:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
const symbols = "!@#$%^&*()_+-=[]{}|'"

// traits is what a password policy looks at.
type traits struct {
	length                        int
	upper, lower, numbers, symbol bool
}

func traitsOf(password string) traits {
	return traits{
		length:  utf8.RuneCountInString(password),
		upper:   strings.ContainsFunc(password, func(r rune) bool { return 'A' <= r && r <= 'Z' }),
		lower:   strings.ContainsFunc(password, func(r rune) bool { return 'a' <= r && r <= 'z' }),
		numbers: strings.ContainsFunc(password, func(r rune) bool { return '0' <= r && r <= '9' }),
		symbol:  strings.ContainsAny(password, symbols),
	}
}

// missing returns which of the kinds of characters asked for a password has not, in
// IAM's words.
func (t traits) missing(upper, lower, numbers, symbols bool) []string {
	var words []string
	for _, kind := range []struct {
		wanted, has bool
		name        string
	}{{upper, t.upper, "uppercase letter"}, {lower, t.lower, "lowercase letter"}, {numbers, t.numbers, "number"}, {symbols, t.symbol, "symbol"}} {
		if kind.wanted && !kind.has {
			words = append(words, "Password should have at least one "+kind.name)
		}
	}
	return words
}

// lacks returns what a password lacks for the account's policy; nil: nothing.
func (t traits) lacks(p *PasswordPolicy) []string {
	words := tooShort(t, p.MinimumLength)
	return append(words, t.missing(p.Upper, p.Lower, p.Numbers, p.Symbols)...)
}

// lacksDefault returns what a password lacks where no policy is set: eight characters,
// of three of the four kinds.
func (t traits) lacksDefault() []string {
	words := tooShort(t, 8)
	if missing := t.missing(true, true, true, true); len(missing) > 1 {
		words = append(words, fmt.Sprintf("Password should meet %d more of the following requirements: %s", len(missing)-1, strings.Join(missing, ", ")))
	}
	return words
}

func tooShort(t traits, min int) []string {
	if t.length >= min {
		return nil
	}
	return []string{fmt.Sprintf("Password should have a minimum length of %d", min)}
}

// checkPassword refuses a password that is too weak for the account.
func (a *Account) checkPassword(u *User, password string) error {
	t := traitsOf(password)
	var lacking []string
	if p := a.PasswordPolicy; p != nil {
		lacking = t.lacks(p)
	} else if lacking = t.lacksDefault(); lacking == nil && fold(password) == fold(u.Name) {
		return passwordViolation("Password does not conform to the account password policy.")
	}
	if lacking != nil {
		return passwordViolation(strings.Join(lacking, ", "))
	}
	return nil
}

func passwordViolation(message string) *apiError {
	return refuse(http.StatusBadRequest, "PasswordPolicyViolation", "%s", message)
}

// remembers tells whether the policy forbids a user to take this password again.
func (a *Account) remembers(login *LoginProfile, password string) bool {
	if a.PasswordPolicy == nil {
		return false
	}
	used := append([]string{login.Hash}, login.Former...)
	used = used[:min(len(used), a.PasswordPolicy.ReusePrevention)]
	return slices.Contains(used, hashPassword(password))
}
