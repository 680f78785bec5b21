package configgen

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// byteOrderMark is what some Windows editors put before the first line.
const byteOrderMark = "\ufeff"

// defaultsSection gives its keys to every section of the file.
const defaultsSection = "DEFAULT"

// position is a place in a file; both count from 1, the column in characters.
type position struct {
	path         string
	line, column int
}

func (p position) String() string { return fmt.Sprintf("%s:%d:%d", p.path, p.line, p.column) }

// entry is one key of a section with the lines of its value.
type entry struct {
	key   string // lower case
	first string // the value on the key's own line
	more  []string
	at    position
	end   int // index of the line after the last one that belongs to the value
}

// value is what RawConfigParser makes of the lines.
func (e *entry) value() string {
	if len(e.more) == 0 {
		return e.first
	}
	return trimRight(e.first + "\n" + strings.Join(e.more, "\n"))
}

// section is one [header] with its entries, as they stand in the file.
type section struct {
	header  string // between the brackets, untouched
	entries []entry
	at      position
	start   int // index of the header's line
}

func (s *section) entry(key string) *entry {
	for i := range s.entries {
		if s.entries[i].key == key {
			return &s.entries[i]
		}
	}
	return nil
}

// parsed is a file in the grammar of RawConfigParser.
type parsed struct {
	path     string
	lines    []string // with their line ends; joined they are the file
	sections []section
	defaults section
}

// parse reads text. Its errors are *ParseError, and it refuses exactly what the
// AWS CLI refuses, but for a byte order mark.
func parse(path, text string) (*parsed, error) {
	p := parser{file: &parsed{path: path}, headers: map[string]int{}, keys: map[string]int{}}
	if !utf8.ValidString(text) {
		return nil, p.notUTF8(text)
	}
	p.file.defaults = section{header: defaultsSection}
	p.file.lines = splitLines(text)
	for i, line := range p.file.lines {
		if i == 0 {
			line = strings.TrimPrefix(line, byteOrderMark)
		}
		if err := p.line(i, line); err != nil {
			return nil, err
		}
	}
	if err := p.file.checkNested(); err != nil {
		return nil, err
	}
	return p.file, nil
}

type parser struct {
	file    *parsed
	current *section
	open    bool           // the last entry of current takes continuation lines
	indent  int            // of the last line that was no continuation
	headers map[string]int // to the index of their section
	keys    map[string]int // of current, to the number of their line
}

// line takes the i-th line of the file.
func (p *parser) line(i int, line string) error {
	text := trim(line)
	switch {
	case text == "":
		p.blank()
		return nil
	case text[0] == '#' || text[0] == ';':
		return nil
	}
	indent := indentOf(line)
	at := position{p.file.path, i + 1, indent + 1}
	if p.open && indent > p.indent {
		last := p.last()
		last.more, last.end = append(last.more, text), i+1
		return nil
	}
	p.indent = indent
	if header, ok := headerOf(text); ok {
		return p.header(header, at, i)
	}
	if p.current == nil {
		return &ParseError{position: at, problem: "a line before the first [section]"}
	}
	return p.option(text, at, i)
}

func (p *parser) last() *entry { return &p.current.entries[len(p.current.entries)-1] }

// blank keeps an empty line inside a value; those at its end are trimmed with it.
func (p *parser) blank() {
	if p.open {
		last := p.last()
		last.more = append(last.more, "")
	}
}

func (p *parser) header(header string, at position, line int) error {
	p.open = false
	clear(p.keys)
	if header == defaultsSection {
		p.current = &p.file.defaults
		for _, e := range p.current.entries {
			p.keys[e.key] = e.at.line
		}
		return nil
	}
	if first, ok := p.headers[header]; ok {
		return &ParseError{position: at, problem: fmt.Sprintf("section [%s] is there twice, first in line %d", header, p.file.sections[first].at.line)}
	}
	p.headers[header] = len(p.file.sections)
	p.file.sections = append(p.file.sections, section{header: header, at: at, start: line})
	p.current = &p.file.sections[len(p.file.sections)-1]
	return nil
}

func (p *parser) option(text string, at position, line int) error {
	cut := strings.IndexAny(text, "=:")
	if cut < 0 {
		return &ParseError{position: at, problem: "neither a [section] nor a key = value"}
	}
	key := lower(trimRight(text[:cut]))
	if key == "" {
		return &ParseError{position: at, problem: "no key before the " + text[cut:cut+1]}
	}
	if first, ok := p.keys[key]; ok {
		return &ParseError{position: at, problem: fmt.Sprintf("key %q is there twice in section [%s], first in line %d", key, p.current.header, first)}
	}
	p.keys[key] = at.line
	p.current.entries = append(p.current.entries, entry{key: key, first: trim(text[cut+1:]), at: at, end: line + 1})
	p.open = true
	return nil
}

func (p *parser) notUTF8(text string) error {
	bad := 0
	for bad < len(text) {
		r, size := utf8.DecodeRuneInString(text[bad:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		bad += size
	}
	lines := splitLines(text[:bad])
	at := position{p.file.path, max(1, len(lines)), 1}
	if n := len(lines); n > 0 && !strings.ContainsAny(lines[n-1], "\r\n") {
		at.column = utf8.RuneCountInString(lines[n-1]) + 1
	} else if n > 0 {
		at.line++
	}
	return &ParseError{position: at, problem: "not UTF-8 text", hint: "save the file as UTF-8"}
}

// checkNested refuses an indented block with a line that is no key = value, as the AWS CLI does.
func (f *parsed) checkNested() error {
	if len(f.sections) == 0 {
		return nil
	}
	for i := range f.sections {
		if err := f.sections[i].checkNested(); err != nil {
			return err
		}
	}
	return f.defaults.checkNested()
}

func (s *section) checkNested() error {
	for i := range s.entries {
		if e := &s.entries[i]; e.isNested() {
			if _, err := nested(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// isNested tells a "key =" with an indented block below it.
func (e *entry) isNested() bool { return e.first == "" && len(e.more) > 0 && e.value() != "" }

// nested reads the indented block below "key =", one level deep.
func nested(e *entry) (map[string]string, error) {
	values := map[string]string{}
	for _, line := range strings.FieldsFunc(e.value(), isLineBreak) {
		line = trim(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, &ParseError{position: e.at, problem: fmt.Sprintf("the block below %q holds a line without =: %q", e.key, line)}
		}
		values[trimRight(key)] = trim(value)
	}
	return values, nil
}

// headerOf returns what stands between the first [ and the last ] of a line that starts with [.
func headerOf(text string) (string, bool) {
	if text[0] != '[' {
		return "", false
	}
	end := strings.LastIndexByte(text, ']')
	if end < 2 {
		return "", false
	}
	return text[1:end], true
}
