package configgen

import "fmt"

// SplitMFAProcess splits the command of an mfa_process given outside of the config file, as the file's own is split.
func SplitMFAProcess(command string) ([]string, error) {
	if operator := shellSyntax(command); operator != "" {
		return nil, &ProcessError{fmt.Sprintf("%s needs a shell, and it is run without one", operator)}
	}
	argv, err := splitCommand(command)
	if err != nil {
		return nil, &ProcessError{err.Error()}
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, &ProcessError{"it names no program"}
	}
	return argv, nil
}

// ProcessError is a command that cannot be run without a shell.
type ProcessError struct{ problem string }

func (e *ProcessError) Error() string { return "the MFA process: " + e.problem }

// Hint names the way round.
func (e *ProcessError) Hint() string { return "put the command into a script and name the script" }
