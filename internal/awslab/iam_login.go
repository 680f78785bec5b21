package awslab

import (
	"net/http"

	"github.com/secaws/secaws/internal/awslab/policy"
)

var loginActions = []action{
	{Name: "CreateLoginProfile", Resource: onHolder("User"), Context: holderKeys("User"), Run: createLogin},
	{Name: "GetLoginProfile", Read: true, Resource: onHolder("User"), Context: holderKeys("User"), Run: getLogin},
	{Name: "UpdateLoginProfile", Resource: onHolder("User"), Context: holderKeys("User"), Run: updateLogin},
	{Name: "DeleteLoginProfile", Resource: onHolder("User"), Context: holderKeys("User"), Run: deleteLogin},
	{Name: "ChangePassword", Open: true, Run: changePassword},
}

const passwordMax = 128

// loginXML is a login profile: https://docs.aws.amazon.com/IAM/latest/APIReference/API_LoginProfile.html
type loginXML struct {
	UserName              string
	PasswordResetRequired bool
	CreateDate            *string
}

type loginResult struct{ LoginProfile loginXML }

func loginShown(u *User) loginResult {
	return loginResult{loginXML{u.Name, u.Login.ResetRequired, stamp(u.Login.Created)}}
}

func createLogin(c *call) (any, error) {
	v := c.check()
	password := v.required("Password", passwordMax, documentPattern)
	reset := v.flag("PasswordResetRequired", false)
	if err := v.err(); err != nil {
		return nil, err
	}
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	if u.Login != nil {
		return nil, alreadyExists("Login Profile for user %s already exists.", u.Name)
	}
	if err := c.account.checkPassword(u, password); err != nil {
		return nil, err
	}
	u.Login = &LoginProfile{Created: c.now, Changed: c.now, ResetRequired: reset, Hash: hashPassword(password)}
	return loginShown(u), nil
}

// userWithLogin returns the user a request names, or else the caller, when it has a password.
func (c *call) userWithLogin() (*User, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	return u, checkLogin(u)
}

func checkLogin(u *User) error {
	if u.Login == nil {
		return noSuchEntity("Login Profile for User %s cannot be found.", u.Name)
	}
	return nil
}

// checkSettled refuses to change a login profile that has not arrived everywhere yet.
func (c *call) checkSettled(u *User) error {
	if c.now.Before(u.Login.Created.Add(c.lab.options.Propagation)) {
		return refuse(http.StatusConflict, "EntityTemporarilyUnmodifiable",
			"Login Profile for User %s cannot be modified while login profile is being created.", u.Name)
	}
	return nil
}

func getLogin(c *call) (any, error) {
	u, err := c.userWithLogin()
	if err != nil {
		return nil, err
	}
	return loginShown(u), nil
}

func updateLogin(c *call) (any, error) {
	v := c.check()
	password := v.optional("Password", "", passwordMax, documentPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	u, err := c.userWithLogin()
	if err != nil {
		return nil, err
	}
	reset := v.flag("PasswordResetRequired", u.Login.ResetRequired)
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkSettled(u); err != nil {
		return nil, err
	}
	if password != "" {
		if err := c.account.checkPassword(u, password); err != nil {
			return nil, err
		}
		u.Login.setPassword(c, password)
	}
	u.Login.ResetRequired = reset
	return nil, nil
}

// formerKept is how many passwords a login profile remembers: as many as a policy may ask for.
const formerKept = 24

func (p *LoginProfile) setPassword(c *call, password string) {
	p.Former = append([]string{p.Hash}, p.Former...)
	p.Former = p.Former[:min(len(p.Former), formerKept)]
	p.Hash, p.Changed = hashPassword(password), c.now
}

func deleteLogin(c *call) (any, error) {
	u, err := c.userWithLogin()
	if err != nil {
		return nil, err
	}
	if err := c.checkSettled(u); err != nil {
		return nil, err
	}
	u.Login = nil
	return nil, nil
}

// changePassword is for the caller's own password. A policy allows it, or the
// account's password policy does for everyone:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html
func changePassword(c *call) (any, error) {
	v := c.check()
	old := v.required("OldPassword", passwordMax, documentPattern)
	password := v.required("NewPassword", passwordMax, documentPattern)
	if err := v.err(); err != nil {
		return nil, err
	}
	if c.principal.User == nil || c.principal.Session != nil && c.principal.Session.Kind == FederationToken {
		return nil, refuse(http.StatusBadRequest, "InvalidUserType", "Only IAM Users can change their own password")
	}
	u := c.account.userByID(c.principal.User.ID)
	if u == nil {
		return nil, noSuchHolder("User", c.principal.User.Name)
	}
	if err := c.authorizeUnlessGranted("iam:ChangePassword", c.account.userARN(u)); err != nil {
		return nil, err
	}
	if err := checkLogin(u); err != nil {
		return nil, err
	}
	if hashPassword(old) != u.Login.Hash {
		return nil, accessDenied("The old password was incorrect.")
	}
	if err := c.account.checkPassword(u, password); err != nil {
		return nil, err
	}
	if c.account.remembers(u.Login, password) {
		return nil, passwordViolation("Password does not conform to the account password policy.")
	}
	u.Login.setPassword(c, password)
	u.Login.ResetRequired = false
	return nil, nil
}

// authorizeUnlessGranted asks the policies only for a Deny where the account lets
// every user change the own password, and read the rules for it.
func (c *call) authorizeUnlessGranted(permission, resource string) error {
	granted := c.account.PasswordPolicy != nil && c.account.PasswordPolicy.AllowChange && c.principal.User != nil
	if granted {
		d := policy.Evaluate(c.policyRequest(permission, resource, nil), c.lab.policiesOf(c.principal))
		if !d.Explicit {
			return nil
		}
	}
	return c.authorize(permission, resource, nil)
}
