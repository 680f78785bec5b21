package session

import "fmt"

// What a process leaves for those who waited for it, see Store.Lock.
const (
	outcomeCanceled = "canceled" // the person declined
	outcomeRefused  = "refused"  // the code was asked for, and no session came of it
)

// PassedError is the failure of another process that we waited for: to go on would
// be to ask the person again.
type PassedError struct{ Profile, Outcome string }

func (e *PassedError) Error() string {
	if e.Outcome == outcomeCanceled {
		return fmt.Sprintf("profile %q: the MFA code was asked for by another process, and canceled there", e.Profile)
	}
	return fmt.Sprintf("profile %q: the MFA code was asked for by another process, which got no session for it", e.Profile)
}

// Hint is the way to try again.
func (e *PassedError) Hint() string { return "to try again: secaws login " + e.Profile }

// NoTerminalError is a code that is needed where nobody can be asked.
type NoTerminalError struct{ Profile string }

func (e *NoTerminalError) Error() string {
	return fmt.Sprintf("profile %q: an MFA code is needed, and there is %v", e.Profile, ErrNoTerminal)
}

// Is makes it ErrNoTerminal.
func (e *NoTerminalError) Is(target error) bool { return target == ErrNoTerminal }

// Hint is where the code can be given.
func (e *NoTerminalError) Hint() string { return "in a terminal, run: secaws login " + e.Profile }

// BusyError is a lock that another process held for longer than we can wait.
type BusyError struct{ Profile, Holder string }

func (e *BusyError) Error() string {
	return fmt.Sprintf("profile %q: %s is still getting this session", e.Profile, orElse(e.Holder, "another process"))
}

// Hint says who can end the wait.
func (e *BusyError) Hint() string {
	return "answer its prompt for the MFA code, or end it and run: secaws login " + e.Profile
}

// CodeError is a code that was not worth sending, too often.
type CodeError struct{ Profile, Problem string }

func (e *CodeError) Error() string {
	return fmt.Sprintf("profile %q: MFA code: %s", e.Profile, e.Problem)
}

// Hint says what a code is.
func (e *CodeError) Hint() string { return "type the six digits the device shows, each code once" }
