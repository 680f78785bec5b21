package configgen

import (
	"fmt"
	"slices"
	"strings"
)

// commit takes lines for the file's new ones once they are proven: read back, the
// section with index at holds what c means (at -1: the last one, added) and all
// others are as they were.
func (d *Document) commit(lines []string, at int, c change) error {
	after, err := parse(d.file.path, strings.Join(lines, ""))
	if err != nil {
		return fmt.Errorf("the change would make the file unreadable: %w", err)
	}
	if err := prove(d.file, after, at, c); err != nil {
		return err
	}
	d.file = after
	return nil
}

// prove compares two readings of a file.
func prove(before, after *parsed, at int, c change) error {
	failed := func(header string) error {
		return &WriteError{Profile: header, problem: "the change would alter how " + before.path + " is read there", hint: "its indents make the file ambiguous: put [section] lines and keys at the start of their lines"}
	}
	if !slices.EqualFunc(before.defaults.entries, after.defaults.entries, sameEntry) {
		return failed(defaultsSection)
	}
	rest := after.sections
	for i := range before.sections {
		old := &before.sections[i]
		if i == at && c.removed {
			continue
		}
		if len(rest) == 0 || rest[0].header != old.header {
			return failed(old.header)
		}
		same := i == at && old.becomes(&rest[0], c) || i != at && slices.EqualFunc(old.entries, rest[0].entries, sameEntry)
		if !same {
			return failed(old.header)
		}
		rest = rest[1:]
	}
	if at < 0 {
		if len(rest) != 1 || !(&section{}).becomes(&rest[0], c) {
			return failed("at the end")
		}
		rest = nil
	}
	if len(rest) > 0 {
		return failed(rest[0].header)
	}
	return nil
}

func sameEntry(a, b entry) bool { return a.key == b.key && a.value() == b.value() }

// becomes tells whether now is s with the change made, and nothing else.
func (s *section) becomes(now *section, c change) bool {
	expected := map[string]string{}
	for i := range s.entries {
		if e := &s.entries[i]; !slices.Contains(c.dropped, e.key) {
			expected[e.key] = e.value()
		}
	}
	for key, value := range c.wanted {
		expected[key] = value
	}
	if len(expected) != len(now.entries) {
		return false
	}
	for i := range now.entries {
		if value, ok := expected[now.entries[i].key]; !ok || value != now.entries[i].value() {
			return false
		}
	}
	return true
}
