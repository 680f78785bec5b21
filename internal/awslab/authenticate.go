package awslab

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// maxSkew is how far a signature's time may be from the lab's, either way. It is that
// of IAM and STS; S3's own 15 minutes are held to it too.
const maxSkew = 5 * time.Minute

// problem is why a caller is not believed. Each service has its own words for it.
type problem int

const (
	unsigned problem = iota + 1
	unreadable
	badScope
	tooOld
	tooEarly
	urlExpired
	unknownKey
	foreignToken
	expiredToken
	badSignature
)

// authError is a problem with what is needed to tell it.
type authError struct {
	problem problem
	detail  string
	sig     *sigv4.Signature
	now     time.Time
	verdict sigv4.Verdict
}

func (e *authError) Error() string {
	return fmt.Sprintf("authentication problem %d: %s", e.problem, e.detail)
}

// authProblem wraps an error of sigv4.Parse.
func authProblem(err error) *authError {
	var bad *sigv4.Error
	switch {
	case errors.Is(err, sigv4.ErrUnsigned):
		return &authError{problem: unsigned}
	case errors.As(err, &bad) && bad.Scope:
		return &authError{problem: badScope, detail: bad.Message}
	}
	return &authError{problem: unreadable, detail: err.Error()}
}

// presignedLife is how long a presigned URL lives that does not tell.
const presignedLife = 15 * time.Minute

// checkTime refuses a signature that is too old, or made in the future.
func checkTime(sig *sigv4.Signature, now time.Time) *authError {
	life := maxSkew
	if sig.Presigned {
		if life = sig.Expires; life == 0 {
			life = presignedLife
		}
	}
	switch {
	case sig.Time.After(now.Add(maxSkew)) && !sig.Legacy:
		return &authError{problem: tooEarly, sig: sig, now: now}
	case sig.Presigned && !now.Before(sig.Time.Add(life)):
		return &authError{problem: urlExpired, sig: sig, now: now}
	case now.After(sig.Time.Add(life)):
		return &authError{problem: tooOld, sig: sig, now: now}
	}
	return nil
}

// identify finds the principal a key stands for, as IAM's readers know it, and the
// secret to check its signature with. An expired session is still identified: its
// signature is checked first. l.mu is held.
func (l *Lab) identify(keyID, token string) (*Principal, string, *authError) {
	if s := l.sessions[keyID]; s != nil {
		return l.identifySession(s, token)
	}
	id, _ := accountOfKey(keyID)
	a := l.replicated().Accounts[id]
	if a == nil {
		return nil, "", &authError{problem: unknownKey}
	}
	for _, u := range a.Users {
		for _, k := range u.Keys {
			switch {
			case k.ID != keyID:
				continue
			case !k.Active:
				return nil, "", &authError{problem: unknownKey}
			case token != "":
				return nil, "", &authError{problem: foreignToken}
			}
			return &Principal{Account: a.ID, ARN: a.userARN(u), UserID: u.ID, KeyID: keyID, User: u}, k.Secret, nil
		}
	}
	return nil, "", &authError{problem: unknownKey}
}

// identifySession finds the principal of temporary credentials. They end with the user
// or role they were made from.
func (l *Lab) identifySession(s *Session, token string) (*Principal, string, *authError) {
	if token == "" {
		return nil, "", &authError{problem: unknownKey}
	}
	if token != s.Token {
		return nil, "", &authError{problem: foreignToken}
	}
	a := l.replicated().Accounts[s.Account]
	p := &Principal{Account: s.Account, KeyID: s.AccessKeyID, Session: s}
	switch s.Kind {
	case AssumedRole:
		if p.Role = a.roleByID(s.RoleID); p.Role == nil {
			return nil, "", &authError{problem: foreignToken}
		}
		p.ARN = "arn:aws:sts::" + a.ID + ":assumed-role/" + p.Role.Name + "/" + s.Name
		p.UserID = p.Role.ID + ":" + s.Name
		return p, s.Secret, nil
	}
	if p.User = a.userByID(s.UserID); p.User == nil {
		return nil, "", &authError{problem: foreignToken}
	}
	p.ARN, p.UserID = a.userARN(p.User), p.User.ID
	if s.Kind == FederationToken {
		p.ARN, p.UserID = "arn:aws:sts::"+a.ID+":federated-user/"+s.Name, a.ID+":"+s.Name
	}
	return p, s.Secret, nil
}

// queryAuthError tells a problem as IAM and STS do:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
func queryAuthError(e *authError) *apiError {
	const layout = "20060102T150405Z"
	signature := func(format string, args ...any) *apiError {
		return refuse(http.StatusForbidden, "SignatureDoesNotMatch", format, args...)
	}
	switch e.problem {
	case unsigned:
		return refuse(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	case unreadable:
		return refuse(http.StatusBadRequest, "IncompleteSignature", "%s", e.detail)
	case badScope:
		return signature("%s", e.detail)
	case tooOld, urlExpired:
		life := maxSkew
		if e.sig.Presigned {
			life = e.sig.Expires
			if life == 0 {
				life = presignedLife
			}
		}
		return signature("Signature expired: %s is now earlier than %s (%s - %s)", e.sig.Time.Format(layout),
			e.now.Add(-life).Format(layout), e.now.Format(layout), minutes(life))
	case tooEarly:
		return signature("Signature not yet current: %s is still later than %s (%s + %s)", e.sig.Time.Format(layout),
			e.now.Add(maxSkew).Format(layout), e.now.Format(layout), minutes(maxSkew))
	case expiredToken:
		return refuse(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
	case badSignature:
		return signature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return invalidClientToken()
}

// invalidClientToken is what IAM and STS say of keys and tokens they do not know, and
// IAM of sessions it does not serve.
func invalidClientToken() *apiError {
	return refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
}

// minutes writes a duration as those messages do: "5 min.".
func minutes(d time.Duration) string {
	if d%time.Minute != 0 {
		return fmt.Sprintf("%d sec.", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min.", int(d.Minutes()))
}
