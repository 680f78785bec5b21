package awslab

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

// controlPath is where a running lab takes orders that are not AWS's. No bucket can
// have this name.
const controlPath = "/_awslab/"

// Control is how another process talks to a running lab. It is a file in the lab's
// folder, readable by its owner only.
type Control struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

const controlFile = "control.json"

// order is what is asked on controlPath, and the fields each answer to.
type order struct {
	User     string        `json:"user,omitempty"`     // totp
	Duration time.Duration `json:"duration,omitempty"` // clock, age
	Faults   string        `json:"faults,omitempty"`   // faults
}

func (l *Lab) serveControl(w http.ResponseWriter, r *http.Request) {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || l.token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(l.token)) != 1 {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	var o order
	if err := json.NewDecoder(io.LimitReader(r.Body, maxQueryBody)).Decode(&o); err != nil {
		http.Error(w, "the order is not JSON", http.StatusBadRequest)
		return
	}
	answer, err := l.obey(strings.TrimPrefix(r.URL.Path, controlPath), o)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone needs no answer
}

func (l *Lab) obey(verb string, o order) (any, error) {
	switch verb {
	case "totp":
		return l.TOTP(o.User)
	case "clock":
		l.Advance(o.Duration)
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.now(), nil
	case "age":
		l.AgeSessions(o.Duration)
		return nil, nil
	case "faults":
		return nil, l.SetFaults(o.Faults)
	case "snapshot":
		return l.Snapshot(), nil
	}
	return nil, fmt.Errorf("no order %q", verb)
}

// Dial finds the lab that runs in dir.
func Dial(dir string) (*Control, error) {
	text, err := safefile.Read(filepath.Join(dir, controlFile), maxQueryBody)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no lab runs in %s", dir)
	}
	if err != nil {
		return nil, err
	}
	c := &Control{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, controlFile), err)
	}
	return c, nil
}

func (c *Control) send(ctx context.Context, verb string, o order, answer any) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+controlPath+verb, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	client := http.Client{Transport: &http.Transport{Proxy: nil}} // loopback: never through a proxy
	response, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("the lab does not answer: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxObjectBody))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(text)))
	}
	return json.Unmarshal(text, answer)
}

// TOTP asks the phone; see Lab.TOTP. With fresh it waits for a code the lab has not
// taken yet.
func (c *Control) TOTP(ctx context.Context, who string, fresh bool) (Code, error) {
	for {
		var code Code
		if err := c.send(ctx, "totp", order{User: who}, &code); err != nil || !fresh || !code.Used {
			return code, err
		}
		select {
		case <-time.After(code.Left + time.Millisecond):
		case <-ctx.Done():
			return Code{}, ctx.Err()
		}
	}
}

// Advance moves the lab's clock, and tells what it shows then.
func (c *Control) Advance(ctx context.Context, d time.Duration) (time.Time, error) {
	var now time.Time
	return now, c.send(ctx, "clock", order{Duration: d}, &now)
}

// AgeSessions makes every session d older.
func (c *Control) AgeSessions(ctx context.Context, d time.Duration) error {
	return c.send(ctx, "age", order{Duration: d}, new(any))
}

// SetFaults puts other faults in place.
func (c *Control) SetFaults(ctx context.Context, spec string) error {
	return c.send(ctx, "faults", order{Faults: spec}, new(any))
}

// Snapshot tells what is in the lab's accounts.
func (c *Control) Snapshot(ctx context.Context) (Snapshot, error) {
	var s Snapshot
	return s, c.send(ctx, "snapshot", order{}, &s)
}
