package provision

import (
	"fmt"
)

// Op is what a change does to its resource.
type Op string

// The kinds of changes, as Terraform's people know them.
const (
	Add    Op = "+"
	Modify Op = "~"
	Remove Op = "-"
)

// phase is when a change is made among those of its account.
type phase int

const (
	phaseUsual phase = iota // by its Op: additions widen, everything else narrows or puts right
	phaseFirst
	phaseNarrow
	phaseWiden
)

// Change is one thing to do: one call of the IAM API, with what a person needs to judge it.
type Change struct {
	Account string `json:"account"`
	Op      Op     `json:"op"`
	What    string `json:"what"`             // "role Ops: trust policy"
	Before  string `json:"before,omitempty"` // a value or a document
	After   string `json:"after,omitempty"`
	Why     string `json:"why,omitempty"` // what the person should know beyond Before and After
	Call    any    `json:"-"`             // the input of the call that makes it: *iam.CreateRoleInput, …
	phase   phase
}

// Conflict is what stands in the way of the plan: a thing of a name the blueprint wants that secaws did not make, or
// a change that would take away the ground it is made from.
type Conflict struct {
	Account   string `json:"account"`
	What      string `json:"what"`
	Why       string `json:"why"`
	Adoptable bool   `json:"adoptable"`
}

// Note is something to know that changes nothing.
type Note struct {
	Account string `json:"account"`
	Text    string `json:"text"`
}

// Changes is a whole plan: what is to be done, in the order it is done within an account.
type Changes struct {
	List      []Change   `json:"changes"`
	Conflicts []Conflict `json:"conflicts"`
	Notes     []Note     `json:"notes"`
}

// Empty tells whether there is nothing to do and nothing in the way.
func (c Changes) Empty() bool { return len(c.List) == 0 && len(c.Conflicts) == 0 }

// Count returns how many things are added, modified and removed.
func (c Changes) Count() (added, modified, removed int) {
	for _, change := range c.List {
		switch change.Op {
		case Add:
			added++
		case Modify:
			modified++
		case Remove:
			removed++
		}
	}
	return added, modified, removed
}

// Of returns the changes of one account.
func (c Changes) Of(account string) []Change {
	var of []Change
	for _, change := range c.List {
		if change.Account == account {
			of = append(of, change)
		}
	}
	return of
}

// ConflictError refuses to apply a plan with conflicts.
type ConflictError struct{ Conflicts []Conflict }

func (e *ConflictError) Error() string {
	first := e.Conflicts[0]
	text := fmt.Sprintf("%s: %s: %s", first.Account, first.What, first.Why)
	if more := len(e.Conflicts) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more conflicts)", more)
	}
	return text
}

// Hint says what can be done about the conflicts.
func (e *ConflictError) Hint() string {
	for _, c := range e.Conflicts {
		if !c.Adoptable {
			return "see secaws setup plan; the conflict must be resolved by hand"
		}
	}
	return "look at secaws setup plan --adopt, and take over what is there with: secaws setup apply --adopt"
}
