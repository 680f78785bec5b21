package awslab

import (
	"net/http"
	"regexp"
	"time"

	"github.com/secaws/secaws/internal/awslab/policy"
)

// stsActions is the table of STS's actions:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
func stsActions() []action {
	return []action{
		{Name: "GetCallerIdentity", Open: true, Run: getCallerIdentity},
		{Name: "GetSessionToken", Open: true, Run: getSessionToken},
		{Name: "AssumeRole", Open: true, Run: assumeRole},
		{Name: "GetFederationToken", Resource: federatedARN, Run: getFederationToken},
		{Name: "GetAccessKeyInfo", Run: getAccessKeyInfo},
		{Name: "DecodeAuthorizationMessage", Run: decodeAuthorizationMessage},
	}
}

// The patterns of STS's parameters:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var (
	stsNamePattern    = regexp.MustCompile(`^[\w+=,.@-]*$`)
	externalIDPattern = regexp.MustCompile(`^[\w+=,.@:/-]*$`)
	policyPattern     = regexp.MustCompile(`^[\x09\x0A\x0D\x20-\x{00FF}]+$`)
)

// credentials is the element every STS answer with a session holds.
type credentials struct {
	AccessKeyID  string `xml:"AccessKeyId"`
	Secret       string `xml:"SecretAccessKey"`
	SessionToken string
	Expiration   *string
}

func getCallerIdentity(c *call) (any, error) {
	type result struct {
		ARN     string `xml:"Arn"`
		UserID  string `xml:"UserId"`
		Account string
	}
	p := c.principal
	return result{p.ARN, p.UserID, p.Account}, nil
}

func getSessionToken(c *call) (any, error) {
	v := c.check()
	duration := v.number("DurationSeconds", 43200, 900, 129600)
	serial, code := v.mfa()
	if err := v.err(); err != nil {
		return nil, err
	}
	taken, err := c.takeCode(serial, code)
	if err != nil {
		return nil, err
	}
	s := &Session{Kind: SessionToken, Account: c.account.ID, UserID: c.principal.User.ID, MFA: taken}
	type result struct{ Credentials credentials }
	return result{c.issue(s, duration)}, nil
}

// federatedARN is the resource GetFederationToken asks for.
func federatedARN(c *call) string {
	return "arn:aws:sts::" + c.account.ID + ":federated-user/" + c.params.str("Name")
}

func getFederationToken(c *call) (any, error) {
	v := c.check()
	name := v.required("Name", 32, stsNamePattern)
	v.atLeast("Name", 2)
	duration := v.number("DurationSeconds", 43200, 900, 129600)
	scope := v.scope()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := scope.checkPacked(); err != nil {
		return nil, err
	}
	if err := c.checkPolicies(scope, c.account); err != nil {
		return nil, err
	}
	if err := scope.checkTags(nil); err != nil {
		return nil, err
	}
	if len(scope.tags) > 0 {
		if err := c.authorize("sts:TagSession", federatedARN(c), nil); err != nil {
			return nil, err
		}
	}
	s := &Session{Kind: FederationToken, Account: c.account.ID, UserID: c.principal.User.ID, Name: name, Policy: scope.document, PolicyARNs: scope.arns, Tags: scope.tags}
	type user struct {
		ID  string `xml:"FederatedUserId"`
		ARN string `xml:"Arn"`
	}
	type result struct {
		Credentials   credentials
		FederatedUser user
		Packed        *int `xml:"PackedPolicySize"`
	}
	return result{c.issue(s, duration), user{c.account.ID + ":" + name, federatedARN(c)}, scope.packed()}, nil
}

func getAccessKeyInfo(c *call) (any, error) {
	v := c.check()
	id := v.required("AccessKeyId", 128, keyIDPattern)
	v.atLeast("AccessKeyId", 16)
	if err := v.err(); err != nil {
		return nil, err
	}
	account, ok := accountOfKey(id)
	if !ok {
		return nil, validationError("Invalid access key ID: %s", id)
	}
	type result struct{ Account string }
	return result{account}, nil
}

// decodeAuthorizationMessage refuses every message: only services the lab has not
// (EC2) hand them out.
func decodeAuthorizationMessage(c *call) (any, error) {
	v := c.check()
	v.required("EncodedMessage", 10240, nil)
	if err := v.err(); err != nil {
		return nil, err
	}
	return nil, refuse(http.StatusBadRequest, "InvalidAuthorizationMessageException", "Message is not valid")
}

// issue makes the credentials of a session. l.mu is held.
func (c *call) issue(s *Session, seconds int) credentials {
	s.AccessKeyID, s.Secret, s.Token = newKeyID(prefixTemporary, s.Account), newSecret(), newToken()
	s.Issued = c.now.Truncate(time.Second)
	s.Expires = s.Issued.Add(time.Duration(seconds) * time.Second)
	c.lab.sessions[s.AccessKeyID] = s
	return credentials{s.AccessKeyID, s.Secret, s.Token, stamp(s.Expires)}
}

// mfa reads SerialNumber and TokenCode.
func (v *checker) mfa() (serial, code string) {
	serial = v.optional("SerialNumber", "", 256, serialPattern)
	v.atLeast("SerialNumber", 9)
	code = v.optional("TokenCode", "", 6, codePattern)
	v.atLeast("TokenCode", 6)
	return serial, code
}

// takeCode checks the caller's code, and tells when it was taken: the zero time when
// the request has none. A serial that is not the caller's is told apart from a wrong code.
func (c *call) takeCode(serial, code string) (time.Time, error) {
	switch {
	case serial == "" && code == "":
		return time.Time{}, nil
	case serial == "" || code == "":
		return time.Time{}, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if u := c.principal.User; u != nil {
		for _, d := range c.state.Accounts[c.principal.Account].devicesOf(u) {
			if d.Serial == serial {
				return c.now, c.lab.checkCode(d, code)
			}
		}
	}
	return time.Time{}, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
}

// trust returns a role's trust policy, parsed.
func (l *Lab) trust(r *Role) *policy.Policy {
	key := "trust " + r.Trust
	d := l.documents[key]
	if d == nil {
		var err error
		if d, err = policy.ParseTrust([]byte(r.Trust)); err != nil {
			d = &policy.Document{} // it was judged when it was given; if unreadable, it allows nothing
		}
		l.documents[key] = d
	}
	return &policy.Policy{Name: r.Name, Document: d}
}
