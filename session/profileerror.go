package session

import "fmt"

// ProfileError is a profile that asks for what AWS would refuse. No call was made.
type ProfileError struct {
	Profile, Problem string
	fix              string
}

func problem(p Profile, format string, args ...any) *ProfileError {
	return &ProfileError{Profile: p.Name, Problem: fmt.Sprintf(format, args...)}
}

func (e *ProfileError) with(fix string) *ProfileError { e.fix = fix; return e }

func (e *ProfileError) Error() string { return fmt.Sprintf("profile %q: %s", e.Profile, e.Problem) }

// Hint says what to change.
func (e *ProfileError) Hint() string { return e.fix }
