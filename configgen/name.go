package configgen

import (
	"fmt"
	"strings"
)

// maxName is the longest profile name we write, in bytes.
const maxName = 128

// CheckName refuses a profile name that could not stand unquoted in a section
// header, in sh, in cmd.exe and in botocore's splitting alike: allowed are 1 to 128
// of A-Z a-z 0-9 . _ @ + = , - and no - at the start. Reading takes any name.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || name[0] == '-' || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) }) {
		return &NameError{Name: name}
	}
	return nil
}

func isNameRune(r rune) bool {
	return r >= '0' && r <= '9' || isLetter(r) || r < 0x80 && strings.ContainsRune("._@+=,-", r)
}

// NameError is a profile name that is never written.
type NameError struct{ Name string }

func (e *NameError) Error() string { return fmt.Sprintf("profile name %q is not one to write", e.Name) }

// Hint tells what a name may hold.
func (e *NameError) Hint() string {
	return "use up to 128 of A-Z a-z 0-9 . _ @ + = , - and no - at the start"
}

// profileHeader is what stands between the brackets of a profile's section, quoted
// for botocore where the name needs it.
func profileHeader(name string) string {
	switch {
	case name == "default":
		return name
	case CheckName(name) == nil:
		return "profile " + name
	}
	return `profile "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}
