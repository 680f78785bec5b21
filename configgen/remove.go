package configgen

import (
	"fmt"
	"slices"
	"strings"
)

// Remove takes the section of the profile name away, with the comments inside it
// and the empty line before it where one is enough. A section that is not ours is
// refused unless adopt. Errors: *UnknownProfileError, *WriteError.
func (d *Document) Remove(name string, adopt bool) error {
	at, err := d.find(name)
	if err != nil {
		return err
	}
	if at < 0 {
		return d.unknown(name)
	}
	s := &d.file.sections[at]
	if e := s.entry("aws_secret_access_key"); e != nil {
		return &WriteError{Profile: name, problem: fmt.Sprintf("it holds an access key in clear (%s)", e.at),
			hint: "move it into the keychain first: secaws import " + name + " --remove"}
	}
	if !s.isOurs(name) && !adopt {
		return &WriteError{Profile: name, problem: fmt.Sprintf("it was not made by secaws (%s)", s.at), hint: "to remove it all the same: --adopt"}
	}
	return d.commit(d.without(s), at, change{removed: true})
}

func (d *Document) unknown(name string) error {
	var names []string
	for i := range d.file.sections {
		if n, ok := d.nameOf(d.file.sections[i].header); ok {
			names = append(names, n)
		}
	}
	return &UnknownProfileError{Name: name, Nearest: Nearest(name, names), Names: names}
}

// nameOf is the profile a header stands for.
func (d *Document) nameOf(header string) (string, bool) {
	name, ok := sectionName(header)
	if d.credentials || header == "default" {
		name, ok = header, true
	}
	return name, ok && d.means(header, name)
}

// without is the file's lines less those of s.
func (d *Document) without(s *section) []string {
	start, end := s.start, s.start+1
	if n := len(s.entries); n > 0 {
		end = s.entries[n-1].end
	}
	lines := d.file.lines
	blankAfter := end == len(lines) || trim(lines[end]) == ""
	if start > 0 && blankAfter && trim(lines[start-1]) == "" {
		start--
	}
	rest := slices.Concat(lines[:start], lines[end:])
	if start == 0 && strings.HasPrefix(lines[0], byteOrderMark) {
		rest = slices.Concat([]string{byteOrderMark}, rest)
	}
	return rest
}

// clearKeys are the keys of a profile that hold a secret, or name one.
var clearKeys = []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"}

// RemoveStaticKey takes the access key out of the profile name and tells whether
// there was one. A section that holds nothing else goes with it.
func (d *Document) RemoveStaticKey(name string) (bool, error) {
	at, err := d.find(name)
	if err != nil || at < 0 {
		return false, err
	}
	s := &d.file.sections[at]
	edit := lineEdit{file: d.file, end: d.lineEnd()}
	var dropped []string
	for i := range s.entries {
		if slices.Contains(clearKeys, s.entries[i].key) {
			edit.drop(&s.entries[i])
			dropped = append(dropped, s.entries[i].key)
		}
	}
	switch len(dropped) {
	case 0:
		return false, nil
	case len(s.entries):
		return true, d.commit(d.without(s), at, change{removed: true})
	}
	return true, d.commit(edit.lines(), at, change{dropped: dropped})
}
