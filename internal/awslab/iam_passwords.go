package awslab

import (
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

// satisfies tells whether a password is good enough for p.
func (t traits) satisfies(p *PasswordPolicy) bool {
	return t.length >= p.MinimumLength && (t.upper || !p.Upper) && (t.lower || !p.Lower) &&
		(t.numbers || !p.Numbers) && (t.symbol || !p.Symbols)
}

// satisfiesDefault tells whether a password is good enough where no policy is set:
// eight characters, of three of the four kinds.
func (t traits) satisfiesDefault() bool {
	kinds := 0
	for _, has := range []bool{t.upper, t.lower, t.numbers, t.symbol} {
		if has {
			kinds++
		}
	}
	return t.length >= 8 && kinds >= 3
}

// checkPassword refuses a password that is too weak for the account.
func (a *Account) checkPassword(u *User, password string) error {
	t := traitsOf(password)
	if p := a.PasswordPolicy; p != nil && t.satisfies(p) {
		return nil
	}
	if a.PasswordPolicy == nil && t.satisfiesDefault() && fold(password) != fold(u.Name) {
		return nil
	}
	return passwordViolation()
}

func passwordViolation() *apiError {
	return refuse(http.StatusBadRequest, "PasswordPolicyViolation", "Password does not conform to the account password policy.")
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
