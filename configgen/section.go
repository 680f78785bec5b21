package configgen

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// KeyValue is one line of a section.
type KeyValue struct{ Key, Value string }

// Section is a profile as we write it. Its values are in the order they get in the file.
type Section struct {
	Name   string // of the profile
	Values []KeyValue
}

func (s Section) value(key string) (string, bool) {
	for _, v := range s.Values {
		if v.Key == key {
			return v.Value, true
		}
	}
	return "", false
}

// Check refuses a section that SDKs would not read back as it is meant: *NameError, *WriteError.
func (s Section) Check() error {
	if err := CheckName(s.Name); err != nil {
		return err
	}
	for i, v := range s.Values {
		if !isKey(v.Key) {
			return &WriteError{Profile: s.Name, Key: v.Key, problem: "is no key to write"}
		}
		if slices.ContainsFunc(s.Values[:i], func(o KeyValue) bool { return o.Key == v.Key }) {
			return &WriteError{Profile: s.Name, Key: v.Key, problem: "is given twice"}
		}
		if problem := valueProblem(v.Value); problem != "" {
			return &WriteError{Profile: s.Name, Key: v.Key, problem: fmt.Sprintf("value %q %s", v.Value, problem)}
		}
	}
	return nil
}

// isKey tells whether key is lower-case letters, digits and underscores, a letter first.
func isKey(key string) bool {
	for i, r := range key {
		if (r < 'a' || r > 'z') && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return key != ""
}

// valueProblem says why the AWS CLI and the SDKs would not all read text back, "" if they do.
func valueProblem(text string) string {
	switch {
	case text == "":
		return "is empty"
	case !utf8.ValidString(text):
		return "is not UTF-8"
	case text == "'" || text == `"`:
		return "is a single quote, on which the SDK for Go crashes"
	case len(text) > 4096:
		return "is longer than 4096 bytes"
	case trim(text) != text:
		return "has blanks at its ends"
	case plain(text) != text || text[0] == '#' || text[0] == ';':
		return "looks as if it had quotes around it or a comment behind it"
	}
	for _, r := range text {
		if r != ' ' && (unicode.IsControl(r) || isSpace(r) || unicode.Is(unicode.Cf, r) || !unicode.IsPrint(r)) {
			return fmt.Sprintf("holds %q", r)
		}
	}
	return ""
}

// WriteError is something that is not written to a file.
type WriteError struct {
	Profile, Key  string // Key may be ""
	problem, hint string
}

func (e *WriteError) Error() string {
	parts := []string{fmt.Sprintf("profile %q", e.Profile)}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	return strings.Join(append(parts, e.problem), ": ")
}

// Hint tells what to do instead; it may be empty.
func (e *WriteError) Hint() string { return e.hint }
