package awslab

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Snapshot is the lab's accounts and buckets at a moment: each value by its path, such
// as "Accounts.111111111111.Users.ops.Name". It holds no secrets.
type Snapshot map[string]string

// Snapshot tells what is in the accounts now, as the writers see them.
func (l *Lab) Snapshot() Snapshot {
	l.mu.Lock()
	all := map[string]any{"Accounts": l.state.Accounts, "Buckets": l.buckets}
	text, err := json.Marshal(all)
	l.mu.Unlock()
	var tree any
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		panic(err) // State is plain data
	}
	s := Snapshot{}
	s.flatten("", tree)
	return s
}

func (s Snapshot) flatten(path string, value any) {
	at := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			s.flatten(at(name), inner)
		}
	case []any:
		for i, inner := range v {
			s.flatten(at(fmt.Sprint(i)), inner)
		}
	case nil:
	default:
		s[path] = fmt.Sprint(v)
	}
}

// Diff tells what became of s in later, a line each, sorted: "+ path = value",
// "- path = value", "~ path = before → after". Nothing when they are the same.
func (s Snapshot) Diff(later Snapshot) []string {
	var lines []string
	for path, before := range s {
		after, kept := later[path]
		switch {
		case !kept:
			lines = append(lines, "- "+path+" = "+before)
		case before != after:
			lines = append(lines, "~ "+path+" = "+before+" → "+after)
		}
	}
	for path, after := range later {
		if _, known := s[path]; !known {
			lines = append(lines, "+ "+path+" = "+after)
		}
	}
	sort.Slice(lines, func(i, j int) bool { return lines[i][2:] < lines[j][2:] })
	return lines
}

// AgeSessions makes every session d older, so that a client meets an expired one
// without anybody's clock being wrong.
func (l *Lab) AgeSessions(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sessions {
		s.Issued, s.Expires = s.Issued.Add(-d), s.Expires.Add(-d)
		if !s.MFA.IsZero() {
			s.MFA = s.MFA.Add(-d)
		}
	}
}

// SetFaults puts other faults in place, counting from now.
func (l *Lab) SetFaults(spec string) error {
	f, err := ParseFaults(spec)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = f
	return nil
}
