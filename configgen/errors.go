package configgen

import (
	"fmt"
	"strings"
)

// ParseError is a place in a file that the AWS CLI would not read either.
type ParseError struct {
	position
	problem, hint string
}

func (e *ParseError) Error() string { return fmt.Sprintf("%s: %s", e.position, e.problem) }

// Hint tells what to mend; it may be empty.
func (e *ParseError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	return "the AWS CLI refuses this file too: mend the line and try again"
}

// UnknownProfileError is a name that no section has.
type UnknownProfileError struct {
	Name    string
	Nearest []string // names that are much like it, best first
	Names   []string // all there are
	note    string   // a section that looks like the name but is none
}

func (e *UnknownProfileError) Error() string { return fmt.Sprintf("profile %q: not found", e.Name) }

// Hint names the nearest profiles, or else all of a short list.
func (e *UnknownProfileError) Hint() string {
	switch {
	case e.note != "":
		return e.note
	case len(e.Nearest) > 0:
		return "did you mean " + strings.Join(e.Nearest, " or ") + "?"
	case len(e.Names) == 0:
		return "there are no profiles yet: secaws config write"
	case len(e.Names) <= 10:
		return "the profiles are " + strings.Join(e.Names, ", ")
	}
	return "list them with: secaws config show"
}

// CycleError is a chain of profiles that comes back to itself.
type CycleError struct {
	Key   string   // source_profile, include_profile or credential_process
	Chain []string // the last is the first again
	at    position
}

func (e *CycleError) Error() string {
	return fmt.Sprintf("%s: %s leads back to itself: %s", e.at, e.Key, strings.Join(e.Chain, " → "))
}

// Hint tells what a chain needs.
func (e *CycleError) Hint() string {
	return "one profile of the chain must stand on a key of its own: remove its " + e.Key
}

// UnsupportedSourceError is a profile whose credentials come from something that
// secaws recognises and does not serve.
type UnsupportedSourceError struct {
	Profile string
	Key     string // the key of the file that says so
	Source  string // "AWS SSO", …
	at      position
	hint    string
}

func (e *UnsupportedSourceError) Error() string {
	return fmt.Sprintf("%s: profile %q gets its credentials from %s (%s), which secaws does not serve", e.at, e.Profile, e.Source, e.Key)
}

// Hint tells the way round.
func (e *UnsupportedSourceError) Hint() string { return e.hint }

// ValueError is a key of a profile whose value makes no sense.
type ValueError struct {
	Profile, Key  string
	at            position
	problem, hint string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s: profile %q: %s: %s", e.at, e.Profile, e.Key, e.problem)
}

// Hint tells what to write instead; it may be empty.
func (e *ValueError) Hint() string { return e.hint }
