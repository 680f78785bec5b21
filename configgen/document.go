package configgen

import (
	"fmt"
	"slices"
	"strings"
)

// Document is one of the two files, open for changes line by line: what a change
// does not mean keeps its bytes, its place and its comments.
type Document struct {
	file        *parsed
	credentials bool // the file is the credentials file: headers are bare names
}

// change is what a section is meant to hold afterwards, for the proof.
type change struct {
	removed bool
	wanted  map[string]string // keys with their values
	dropped []string          // keys that are to be gone
}

// ParseDocument reads the text of a config file for changing it. path is for errors.
func ParseDocument(path, text string) (*Document, error) { return newDocument(path, text, false) }

func newDocument(path, text string, credentials bool) (*Document, error) {
	file, err := parse(path, text)
	if err != nil {
		return nil, err
	}
	return &Document{file: file, credentials: credentials}, nil
}

// String is the file's text.
func (d *Document) String() string { return strings.Join(d.file.lines, "") }

// Files is the document as Load would read it, without the other file.
func (d *Document) Files() *Files {
	config, credentials := d.file, &parsed{}
	if d.credentials {
		config, credentials = credentials, config
	}
	return newFiles(Paths{Config: config.path, Credentials: credentials.path}, config, credentials)
}

// find returns the index of the section of the profile name, -1 when there is
// none. Two sections of one name (written differently) are refused.
func (d *Document) find(name string) (int, error) {
	found := -1
	for i := range d.file.sections {
		s := &d.file.sections[i]
		if !d.means(s.header, name) {
			continue
		}
		if found >= 0 {
			first := d.file.sections[found].at.line
			return -1, &WriteError{Profile: name, problem: fmt.Sprintf("it has two sections in %s, in lines %d and %d", d.file.path, first, s.at.line),
				hint: "leave one of them"}
		}
		found = i
	}
	return found, nil
}

// means tells whether a section's header stands for the profile name.
func (d *Document) means(header, name string) bool {
	if d.credentials {
		return header == name
	}
	if header == "default" {
		return name == "default"
	}
	said, ok := sectionName(header)
	return ok && said == name && strings.HasPrefix(header, "profile")
}

// Profile returns the section of the profile name as it stands, nil when there is none.
func (d *Document) Profile(name string) (*Section, error) {
	i, err := d.find(name)
	if err != nil || i < 0 {
		return nil, err
	}
	out := &Section{Name: name}
	for j := range d.file.sections[i].entries {
		e := &d.file.sections[i].entries[j]
		out.Values = append(out.Values, KeyValue{e.key, e.value()})
	}
	return out, nil
}

// isOurs tells whether secaws wrote the section: it runs secaws for its name, or holds a key of ours.
func (s *section) isOurs(name string) bool {
	for i := range s.entries {
		if strings.HasPrefix(s.entries[i].key, "secaws_") {
			return true
		}
		if s.entries[i].key == "credential_process" {
			if served, ok := servedProfile(s.entries[i].value()); ok && served == name {
				return true
			}
		}
	}
	return false
}

// sourceKeys are the keys by which a profile gets credentials. SDKs refuse two of
// them in one profile, so a section we write has none but ours.
var sourceKeys = []string{"credential_process", "role_arn", "source_profile", "credential_source", "web_identity_token_file",
	"web_identity_token_process", "sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "login_session"}

// Set writes the section s: at the end of the file, or over the profile's present
// section, of which the keys that s does not name stay, but for our own and those
// that say where credentials come from. A present section that is not ours is
// refused unless adopt; one for another access key, or with a key in clear, always.
//
// Errors: *NameError, *WriteError.
func (d *Document) Set(s Section, adopt bool) error {
	if err := s.Check(); err != nil {
		return err
	}
	at, err := d.find(s.Name)
	if err != nil {
		return err
	}
	if at < 0 {
		return d.append(s)
	}
	if err := d.mayReplace(&d.file.sections[at], s, adopt); err != nil {
		return err
	}
	return d.update(at, s)
}

func (d *Document) mayReplace(old *section, s Section, adopt bool) error {
	refuse := func(problem, hint string) error { return &WriteError{Profile: s.Name, problem: problem, hint: hint} }
	if e := old.entry("aws_secret_access_key"); e != nil {
		return refuse(fmt.Sprintf("it holds an access key in clear (%s)", e.at), "move it into the keychain first: secaws import "+s.Name+" --remove")
	}
	if !old.isOurs(s.Name) && !adopt {
		return refuse(fmt.Sprintf("there is a profile of that name already, not made by secaws (%s)", old.at), "to make it ours: --adopt; or choose another name")
	}
	key, _ := s.value("secaws_key")
	if e := old.entry("secaws_key"); e != nil && key != "" && e.value() != key {
		return refuse(fmt.Sprintf("it belongs to access key %q (%s)", e.value(), e.at), "remove it first: secaws config remove "+s.Name)
	}
	return nil
}

// append adds s behind the last line, an empty line between.
func (d *Document) append(s Section) error {
	end := d.lineEnd()
	lines := slices.Clone(d.file.lines)
	if n := len(lines); n > 0 {
		if last := lines[n-1]; !strings.HasSuffix(last, "\n") && !strings.HasSuffix(last, "\r") {
			lines[n-1] += end
		}
		if strings.Trim(lines[n-1], "\r\n"+byteOrderMark) != "" {
			lines = append(lines, end)
		}
	}
	lines = append(lines, "["+profileHeader(s.Name)+"]"+end)
	for _, v := range s.Values {
		lines = append(lines, v.Key+" = "+v.Value+end)
	}
	return d.commit(lines, -1, wanting(s, nil))
}

func wanting(s Section, dropped []string) change {
	c := change{wanted: map[string]string{}, dropped: dropped}
	for _, v := range s.Values {
		c.wanted[v.Key] = v.Value
	}
	return c
}

// lineEnd is how the file ends its lines.
func (d *Document) lineEnd() string {
	if len(d.file.lines) > 0 && strings.HasSuffix(d.file.lines[0], "\r\n") {
		return "\r\n"
	}
	return "\n"
}
