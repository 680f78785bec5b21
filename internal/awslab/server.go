package awslab

import (
	"net/http"
	"strings"
	"time"
)

// Handler serves IAM, STS and S3, all on one address, as an endpoint override makes
// clients call them; AWS's own host names are understood as well.
func (l *Lab) Handler() http.Handler { return http.HandlerFunc(l.serveHTTP) }

func (l *Lab) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPath) {
		l.serveControl(w, r)
		return
	}
	x := &exchange{r: r, id: newRequestID()}
	arrived := time.Now()
	answer, err := l.answer(x)
	outcome := "OK"
	if err != nil {
		e := x.toldError(err)
		outcome, answer = e.Code, x.encodeError(e)
	}
	l.log.add(x.record(outcome, answer.Status))
	time.Sleep(l.options.Latency - time.Since(arrived))
	if x.fault == effectDrop {
		panic(http.ErrAbortHandler) // closes the connection without a word
	}
	x.write(w, answer)
}

// answer authenticates, authorises and runs a request.
func (l *Lab) answer(x *exchange) (*response, error) {
	err := x.read()
	l.mu.Lock()
	x.time = l.now()
	if err == nil {
		x.fault = l.faults.next(x.call.action)
	}
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if x.fault != "" && x.fault != effectDrop {
		return nil, faultError(x.target.service, x.fault)
	}
	if err := l.verify(x); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run(x)
}

// verify finds whether the request is signed by whom it says, holding the lock only to
// look up the key; S3's body is then decoded into the call.
func (l *Lab) verify(x *exchange) error {
	sig := x.sig
	if sig == nil {
		return authProblem(x.sigErr)
	}
	if err := checkScope(x.target, sig); err != nil {
		return err
	}
	l.mu.Lock()
	_, secret, problem := l.identify(sig.KeyID, sig.Token)
	l.mu.Unlock()
	if problem == nil {
		problem = checkTime(sig, x.time)
	}
	if problem != nil {
		return problem
	}
	return x.verifyWith(secret)
}

// verifyWith reckons the signature with the secret of the key.
func (x *exchange) verifyWith(secret string) error {
	hash, err := x.payloadHash()
	if err != nil {
		return err
	}
	if verdict := x.sig.Verify(x.r, secret, hash); !verdict.OK {
		return &authError{problem: badSignature, sig: x.sig, verdict: verdict}
	}
	if x.target.service != "s3" {
		return nil
	}
	if left := x.sig.UnsignedHeaders(x.r); len(left) > 0 {
		e := accessDenied("There were headers present in the request which were not signed")
		e.Extra = []field{{"HeadersNotSigned", strings.Join(left, ", ")}}
		return e
	}
	x.call.body, err = x.payload(hash, secret)
	return err
}

// run authorises and runs the action of an authenticated request. l.mu is held.
func (l *Lab) run(x *exchange) (*response, error) {
	c := &x.call
	c.lab, c.now = l, x.time
	p, _, problem := l.identify(x.sig.KeyID, x.sig.Token)
	switch {
	case problem != nil:
		return nil, problem
	case p.Session != nil && !c.now.Before(p.Session.Expires):
		return nil, &authError{problem: expiredToken}
	}
	c.principal = p
	if b := l.buckets[c.bucket]; b != nil && x.sig.Legacy {
		c.region = b.Region // version 2 has no regions: each is right
	}
	a, err := l.actionOf(x)
	if err != nil {
		return nil, err
	}
	if err := checkSessionKind(c); err != nil {
		return nil, err
	}
	if c.params, err = newParams(x.form); err != nil && c.service != "s3" {
		return nil, err
	}
	l.touch(c)
	return l.perform(c, a)
}

// perform runs an action once the policies allow it.
func (l *Lab) perform(c *call, a action) (*response, error) {
	changes := c.service == "iam" && !a.Read
	c.state = l.replicated()
	if changes {
		c.state = l.state
	}
	c.account = c.state.Accounts[c.principal.Account]
	if !a.Open {
		resource := "*"
		if a.Resource != nil {
			resource = a.Resource(c)
		}
		var context map[string][]string
		if a.Context != nil {
			context = a.Context(c)
		}
		if err := c.authorize(a.permission(c.service), resource, context); err != nil {
			return nil, err
		}
	}
	result, err := a.Run(c)
	if err != nil {
		return nil, err
	}
	if changes {
		l.changed()
	}
	if r, ok := result.(*response); ok {
		return r, nil
	}
	body, err := encodeResult(c, result)
	return &response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body}, err
}

// actionOf finds the row of the action asked for.
func (l *Lab) actionOf(x *exchange) (action, error) {
	a, ok := l.actions[x.target.service][x.call.action]
	version := x.form.Get("Version")
	switch {
	case l.actions[x.target.service] == nil:
		return a, refuse(http.StatusNotImplemented, "NotImplemented", "The lab has no service %q: it answers for IAM, STS and S3.", x.target.service)
	case x.target.service == "s3" && !ok:
		return a, refuse(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
	case x.target.service == "s3":
		return a, nil
	case x.call.action == "":
		return a, refuse(http.StatusBadRequest, "MissingAction", "The request is missing an action or a required parameter.")
	case version == "":
		version = "NO_VERSION_SPECIFIED"
	}
	if !ok || serviceOfVersion[version] != x.target.service {
		return a, refuse(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version %s", x.call.action, version)
	}
	return a, nil
}

// touch remembers that a key, or a role, was used. l.mu is held.
func (l *Lab) touch(c *call) {
	use := KeyUse{At: c.now, Service: c.service, Region: c.region}
	if p := c.principal; p.Session == nil {
		l.keyUse[p.KeyID] = use
	} else if p.Role != nil {
		l.roleUse[p.Role.ID] = use
	}
}
