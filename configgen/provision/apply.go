package provision

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// Applying is how Apply is watched and how it waits.
type Applying struct {
	Before func(Change)        // told before each call; several accounts at a time
	After  func(Change, error) // and after
	Wait   Waiter              // for IAM to see what it was just told
}

// Apply makes the changes: accounts in parallel, the changes of one account one after the other. An account that
// goes wrong stops there and the others go on; the error names every such account. Applying a plan made anew goes on
// from wherever it stopped, since a change that is there already is none.
func Apply(ctx context.Context, open []Access, plan Changes, a Applying) error {
	if len(plan.Conflicts) > 0 {
		return &ConflictError{plan.Conflicts}
	}
	return parallel(ctx, len(open), func(ctx context.Context, i int) error {
		for _, change := range plan.Of(open[i].Account.Name) {
			if a.Before != nil {
				a.Before(change)
			}
			err := a.send(ctx, open[i], change)
			if a.After != nil {
				a.After(change, err)
			}
			if err != nil {
				return &ApplyError{Change: change, Err: err}
			}
		}
		return nil
	})
}

// Confirm waits until IAM shows the changes, which may take it a few seconds: only then does a plan made anew tell the
// truth. It polls the accounts that plan changed.
func Confirm(ctx context.Context, b configgen.Blueprint, open []Access, plan Changes, still func([]State) Changes, wait Waiter) error {
	var changed []Access
	for _, access := range open {
		if len(plan.Of(access.Account.Name)) > 0 {
			changed = append(changed, access)
		}
	}
	return parallel(ctx, len(changed), func(ctx context.Context, i int) error {
		name := changed[i].Account.Name
		return wait.Until(ctx, "IAM to show the changes in "+name, func(ctx context.Context) (bool, error) {
			state, err := readShown(ctx, b, changed[i], plan.Of(name))
			if err != nil {
				return false, err
			}
			return !overlap(still([]State{state}).List, plan.Of(name)), nil
		})
	})
}

// readShown reads an account as far as the changes need it.
func readShown(ctx context.Context, b configgen.Blueprint, a Access, changes []Change) (State, error) {
	updatesRole := func(c Change) bool { _, ok := c.Call.(*iam.UpdateRoleInput); return ok }
	if slices.ContainsFunc(changes, updatesRole) {
		return Read(ctx, b, a)
	}
	return readDetails(ctx, b, a)
}

// overlap tells whether a change is in both lists.
func overlap(a, b []Change) bool {
	return slices.ContainsFunc(a, func(x Change) bool {
		return slices.ContainsFunc(b, func(y Change) bool { return x.What == y.What && x.Op == y.Op })
	})
}

// ApplyError is a change that could not be made.
type ApplyError struct {
	Change Change
	Err    error
}

func (e *ApplyError) Error() string {
	return fmt.Sprintf("account %s: %s %s: %v", e.Change.Account, e.Change.Op, e.Change.What, e.Err)
}
func (e *ApplyError) Unwrap() error { return e.Err }

// Hint says that nothing is lost.
func (e *ApplyError) Hint() string { return "run the same command again: it goes on where it stopped" }
