package provision

import (
	"fmt"

	"github.com/secaws/secaws/configgen"
)

// UnusableError is AWS refusing the credentials of an account.
type UnusableError struct {
	Account, Via string
	Err          error
}

func (e *UnusableError) Error() string {
	return fmt.Sprintf("account %s: %s: %v", e.Account, e.Via, e.Err)
}
func (e *UnusableError) Unwrap() error { return e.Err }

// Hint names what setup runs on.
func (e *UnusableError) Hint() string {
	return "setup runs on a working bootstrap key, else on the profile of the Admin role"
}

// NoCredentialsError is an account without any way in.
type NoCredentialsError struct{ Account configgen.Account }

func (e *NoCredentialsError) Error() string {
	return fmt.Sprintf("account %s: no access key for profile %q, and no profile of an Admin role", e.Account.Name, e.Account.Bootstrap)
}

// Hint says how to give one.
func (e *NoCredentialsError) Hint() string {
	return fmt.Sprintf("create an access key for an administrator (a user, not root) of the account, then: secaws add %s", e.Account.Bootstrap)
}

// RootError refuses the keys of an account's root user.
type RootError struct{ Account, Via string }

func (e *RootError) Error() string {
	return fmt.Sprintf("account %s: %s is a key of the account's root user", e.Account, e.Via)
}

// Hint gives the reason.
func (e *RootError) Hint() string {
	return "nothing can limit or revoke root, and it needs no keys: create an administrator user, take its key, and delete root's"
}

// SameAccountError is two accounts of the blueprint that are one.
type SameAccountError struct {
	ID          string
	Names, Vias [2]string
}

func (e *SameAccountError) Error() string {
	return fmt.Sprintf("%s (%s) and %s (%s) are one account: %s", e.Names[0], e.Vias[0], e.Names[1], e.Vias[1], e.ID)
}

// Hint says what is wanted.
func (e *SameAccountError) Hint() string {
	return "each account of the blueprint needs a profile of its own AWS account"
}
