package awslab

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// effect is what a fault does to a call.
type effect string

// The effects beside an error code.
const (
	effectDrop     effect = "drop"     // done, but the answer is lost
	effectThrottle effect = "throttle" // refused: too many calls
)

// rule is one fault: the calls it hits and what it does to them.
type rule struct {
	action   string // "*": any
	from, to int    // the Nth to Mth call, 1 the first; to 0: without end
	every    int    // every Nth; 0: by from and to
	effect   effect
	seen     int
}

// faults are the rules of a lab, with how often each has been considered.
type faults struct{ rules []*rule }

// ParseFaults reads a fault specification: rules with commas between, each
//
//	ACTION[:WHEN]=EFFECT
//
// ACTION is an action's name, or * for any call. WHEN is N (the Nth such call), N-M,
// N- (from the Nth on) or everyN (each Nth); without it, every such call. EFFECT is an
// error code (ServiceUnavailable), throttle, or drop (done, but the answer is lost).
// Of several rules that hit a call the first counts.
func ParseFaults(spec string) (*faults, error) {
	f := &faults{}
	for _, text := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		r, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		f.rules = append(f.rules, r)
	}
	return f, nil
}

func parseRule(text string) (*rule, error) {
	what, eff, ok := strings.Cut(text, "=")
	name, when, timed := strings.Cut(what, ":")
	if !ok || name == "" || eff == "" {
		return nil, fmt.Errorf("fault %q: want ACTION[:WHEN]=EFFECT, such as CreateAccessKey:2=ServiceUnavailable", text)
	}
	r := &rule{action: name, from: 1, effect: effect(eff)}
	if !timed {
		return r, nil
	}
	var err error
	if n, every := strings.CutPrefix(when, "every"); every {
		r.every, err = strconv.Atoi(strings.TrimLeft(n, "-:"))
	} else {
		from, to, open := strings.Cut(when, "-")
		r.from, err = strconv.Atoi(from)
		r.to = r.from
		if open && err == nil {
			r.to, err = 0, nil
			if to != "" {
				r.to, err = strconv.Atoi(to)
			}
		}
	}
	if err != nil || r.from < 1 || r.every < 0 || (r.to != 0 && r.to < r.from) || (strings.HasPrefix(when, "every") && r.every == 0) {
		return nil, fmt.Errorf("fault %q: %q is not N, N-M, N- or everyN", text, when)
	}
	return r, nil
}

// next counts a call of an action and returns the effect on it, "" for none.
func (f *faults) next(action string) effect {
	hit := effect("")
	for _, r := range f.rules {
		if r.action != "*" && !strings.EqualFold(r.action, action) {
			continue
		}
		r.seen++
		if hit == "" && r.hits(r.seen) {
			hit = r.effect
		}
	}
	return hit
}

func (r *rule) hits(n int) bool {
	if r.every > 0 {
		return n%r.every == 0
	}
	return n >= r.from && (r.to == 0 || n <= r.to)
}

// faultStatus are the HTTP statuses of errors AWS gives for no fault of the caller's;
// any other code a rule names is answered with 400.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
var faultStatus = map[effect]int{
	"ServiceUnavailable": http.StatusServiceUnavailable, "InternalFailure": http.StatusInternalServerError,
	"InternalError": http.StatusInternalServerError, "ServiceFailure": http.StatusInternalServerError,
	"SlowDown": http.StatusServiceUnavailable, "AccessDenied": http.StatusForbidden, "ExpiredToken": http.StatusForbidden,
	"InvalidClientTokenId": http.StatusForbidden, "SignatureDoesNotMatch": http.StatusForbidden,
	"NoSuchEntity": http.StatusNotFound, "EntityAlreadyExists": http.StatusConflict, "LimitExceeded": http.StatusConflict,
	"DeleteConflict": http.StatusConflict, "EntityTemporarilyUnmodifiable": http.StatusConflict, "ConcurrentModification": http.StatusConflict,
}

// faultError is the error of an effect that is not a drop.
func faultError(service string, e effect) *apiError {
	switch {
	case e == effectThrottle && service == "s3":
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case e == effectThrottle:
		return refuse(http.StatusBadRequest, "Throttling", "Rate exceeded")
	}
	status := faultStatus[e]
	if status == 0 {
		status = http.StatusBadRequest
	}
	return refuse(status, string(e), "The lab was told to fail this call.")
}
