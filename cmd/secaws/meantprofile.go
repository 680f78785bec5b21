package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/session"
)

// meantProfile resolves the name that a person gave: a profile's, else that of the role of one profile, which is told.
// Programs go by the profile's name alone: they can neither see what is told nor choose.
func (e *env) meantProfile(name string) (session.Profile, error) {
	files, err := e.files()
	if err != nil {
		return session.Profile{}, err
	}
	p, err := files.Profile(name, e.getenv)
	var unknown *configgen.UnknownProfileError
	if !errors.As(err, &unknown) || unknown.Name != name {
		return p, err
	}
	switch found := files.OfRole(name, e.getenv); len(found) {
	case 0:
		return p, err
	case 1:
		e.notice("%s is the role of profile %s, which is taken", name, found[0].Name)
		return found[0], nil
	default:
		return p, e.ambiguous(unknown, found)
	}
}

// ambiguousError is the name of a role that several profiles have.
type ambiguousError struct {
	unknown *configgen.UnknownProfileError
	choices []string // each a profile and its account
}

func (e *env) ambiguous(unknown *configgen.UnknownProfileError, found []session.Profile) error {
	ambiguous := ambiguousError{unknown: unknown}
	for _, p := range found {
		ambiguous.choices = append(ambiguous.choices, fmt.Sprintf("%s (account %s)", p.Name, e.accountName(accountOf(p.RoleARN))))
	}
	return ambiguous
}

func (a ambiguousError) Error() string {
	return fmt.Sprintf("%v, and %d profiles have a role of that name", a.unknown, len(a.choices))
}

func (a ambiguousError) Hint() string {
	last := len(a.choices) - 1
	return fmt.Sprintf("say which: %s or %s; a profile called %s would be the default", strings.Join(a.choices[:last], ", "), a.choices[last], a.unknown.Name)
}

func (a ambiguousError) Unwrap() error { return a.unknown }
