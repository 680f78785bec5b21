package awslab

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// The longest bodies read: a query request's, and an object's.
const (
	maxQueryBody  = 1 << 20
	maxObjectBody = 256 << 20
)

// exchange is one request on its way to its answer.
type exchange struct {
	r      *http.Request
	id     string // request ID
	raw    []byte
	form   url.Values
	sig    *sigv4.Signature // nil when it could not be read: sigErr
	sigErr error
	target target
	fault  effect
	time   time.Time // the lab's
	call   call
}

// read takes in the body, and finds out what is asked for, of which service, signed how.
func (x *exchange) read() error {
	var err error
	if x.sig, x.sigErr = sigv4.Parse(x.r); x.sigErr != nil {
		x.sig = nil
	}
	if x.raw, err = readBody(x.r); err != nil {
		return err
	}
	if x.form, err = readForm(x.r, x.raw); err != nil {
		return err
	}
	x.target = targetOf(x.r, x.form, x.sig)
	x.call = call{service: x.target.service, action: x.form.Get("Action"), request: x.r, requestID: x.id, sourceIP: sourceIP(x.r), secure: x.r.TLS != nil}
	if x.sig != nil {
		x.call.region = x.sig.Region
	}
	if x.target.service == "iam" {
		x.call.region = "us-east-1" // IAM has one endpoint, wherever an override leads
	}
	if x.target.service == "s3" {
		x.call.action, x.call.bucket, x.call.key, err = s3Route(x.r)
	}
	return err
}

func readBody(r *http.Request) ([]byte, error) {
	limit := int64(maxObjectBody)
	if r.Method == http.MethodPost {
		limit = maxQueryBody
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly")
	case int64(len(body)) > limit:
		return nil, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request is longer than %d bytes", limit)
	}
	return body, nil
}

// readForm gathers the parameters of a query request, from its query and its body.
func readForm(r *http.Request, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		var more url.Values
		more, err = url.ParseQuery(string(body))
		for name, values := range more {
			form[name] = append(form[name], values...)
		}
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
	}
	for name := range form {
		if strings.HasPrefix(name, "X-Amz-") {
			delete(form, name)
		}
	}
	return form, nil
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// toldError turns any error into the one the client is told.
func (x *exchange) toldError(err error) *apiError {
	var told *apiError
	var auth *authError
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &auth) && x.target.service == "s3":
		keyID := ""
		if x.sig != nil {
			keyID = x.sig.KeyID
		}
		return s3AuthError(auth, keyID)
	case errors.As(err, &auth):
		return queryAuthError(auth)
	}
	return refuse(http.StatusInternalServerError, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure.")
}

// encodeError writes an error in the form of the service it is from.
func (x *exchange) encodeError(e *apiError) *response {
	r := &response{Status: e.Status, Header: http.Header{"Content-Type": {"text/xml"}}}
	if x.r.Header.Get("X-Amz-Target") != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1") // a service the lab has not, told in its own protocol
		r.Body, _ = json.Marshal(map[string]string{"__type": e.Code, "message": e.Message})
		return r
	}
	if x.target.service != "s3" {
		r.Body = encodeError(x.target.service, x.id, e)
		return r
	}
	for name, values := range e.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/xml")
	if x.r.Method == http.MethodHead {
		return r
	}
	var out xmlBuffer
	out.open("Error")
	fields := append([]field{{"Code", e.Code}, {"Message", e.Message}}, e.Extra...)
	for _, f := range append(fields, field{"RequestId", x.id}, field{"HostId", "awslab"}) {
		out.element(f.Name, f.Value)
	}
	text, _ := out.close() // strings only
	r.Body = append([]byte(xml.Header), text...)
	return r
}

// write sends an answer. Its Date is the lab's, so that clients can find the clock offset.
func (x *exchange) write(w http.ResponseWriter, answer *response) {
	h := w.Header()
	for name, values := range answer.Header {
		h[name] = values
	}
	h.Set("Date", x.time.UTC().Format(http.TimeFormat))
	if x.target.service == "s3" {
		h.Set("X-Amz-Request-Id", x.id)
		h.Set("X-Amz-Id-2", "awslab")
		h.Set("Server", "AmazonS3")
	} else {
		h.Set("X-Amzn-Requestid", x.id)
	}
	if answer.Status == 0 {
		answer.Status = http.StatusOK
	}
	if h.Get("Content-Length") == "" && answer.Status != http.StatusNoContent {
		h.Set("Content-Length", fmt.Sprint(len(answer.Body)))
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // a client that has gone needs no answer
}

// record is the line of the log for an exchange.
func (x *exchange) record(outcome string, status int) Call {
	c := Call{
		Time: x.time, Service: x.call.service, Action: x.call.action, Region: x.call.region,
		Outcome: outcome, Status: status, Fault: string(x.fault), Parameters: loggable(x.form), RequestID: x.id,
	}
	if x.sig != nil {
		c.AccessKeyID = x.sig.KeyID
	}
	if p := x.call.principal; p != nil {
		c.Account, c.Principal = p.Account, p.ARN
	}
	if x.call.bucket != "" {
		c.Parameters["Bucket"], c.Parameters["Key"] = x.call.bucket, x.call.key
	}
	if c.Status == 0 {
		c.Status = http.StatusOK
	}
	return c
}
