package awslab

import (
	"encoding/json"
	"io"
	"net/url"
	"sync"
	"time"
)

// Call is one line of calls.jsonl: what was asked of the lab, and what came of it. Never a secret.
type Call struct {
	Time        time.Time         `json:"time"`
	Service     string            `json:"service"`
	Action      string            `json:"action"`
	Account     string            `json:"account,omitempty"`
	Principal   string            `json:"principal,omitempty"` // ARN; empty when the signature was refused
	AccessKeyID string            `json:"access_key_id,omitempty"`
	Region      string            `json:"region,omitempty"`
	Outcome     string            `json:"outcome"`         // "OK" or the error's code
	Status      int               `json:"status"`          // HTTP status
	Fault       string            `json:"fault,omitempty"` // the fault that was put in: "drop", "throttle", a code
	Parameters  map[string]string `json:"parameters,omitempty"`
	RequestID   string            `json:"request_id"`
}

// callLog keeps every call, and writes each as a line once it has a writer.
type callLog struct {
	mu    sync.Mutex
	calls []Call
	w     io.Writer
	err   error // the first failure to write
}

func (g *callLog) add(c Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, c)
	if g.w == nil || g.err != nil {
		return
	}
	line, err := json.Marshal(c)
	if err == nil {
		_, err = g.w.Write(append(line, '\n'))
	}
	g.err = err
}

// to writes the calls from now on to w as well.
func (g *callLog) to(w io.Writer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.w = w
}

// logError is why a call could not be written down, nil when all were.
func (l *Lab) logError() error {
	l.log.mu.Lock()
	defer l.log.mu.Unlock()
	return l.log.err
}

// Calls returns every call since the lab began, in the order they were answered.
func (l *Lab) Calls() []Call {
	l.log.mu.Lock()
	defer l.log.mu.Unlock()
	return append([]Call(nil), l.log.calls...)
}

// loggedParams are the parameters worth a place in the log: names, never values that open anything.
var loggedParams = []string{
	"UserName", "GroupName", "RoleName", "PolicyName", "PolicyArn", "RoleArn", "RoleSessionName",
	"SourceIdentity", "DurationSeconds", "SerialNumber", "VirtualMFADeviceName",
}

func loggable(form url.Values) map[string]string {
	kept := map[string]string{}
	for _, name := range loggedParams {
		if form.Has(name) {
			kept[name] = form.Get(name)
		}
	}
	return kept
}
