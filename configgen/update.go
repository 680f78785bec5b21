package configgen

import (
	"slices"
	"strings"
)

// update writes s over the section with index at.
func (d *Document) update(at int, s Section) error {
	old := &d.file.sections[at]
	edit := lineEdit{file: d.file, end: d.lineEnd()}
	var dropped []string
	for i := range old.entries {
		e := &old.entries[i]
		value, wanted := s.value(e.key)
		switch {
		case wanted && value != e.value():
			edit.replace(e, value)
		case !wanted && (strings.HasPrefix(e.key, "secaws_") || slices.Contains(sourceKeys, e.key)):
			edit.drop(e)
			dropped = append(dropped, e.key)
		}
	}
	after, indent := d.tail(at)
	for _, v := range s.Values {
		if old.entry(v.Key) == nil {
			edit.insert(after, indent+v.Key+" = "+v.Value)
		}
	}
	return d.commit(edit.lines(), at, wanting(s, dropped))
}

// tail is the line number behind the section's last entry, and the indent that new
// entries get there: not smaller than that of the header that follows, which would
// then be a continuation line.
func (d *Document) tail(at int) (after int, indent string) {
	s := &d.file.sections[at]
	last := s.start
	if n := len(s.entries); n > 0 {
		last = s.entries[n-1].at.line - 1
		return s.entries[n-1].end, indentText(d.file.lines[last])
	}
	indent = indentText(d.file.lines[last])
	if at+1 < len(d.file.sections) {
		if next := indentText(d.file.lines[d.file.sections[at+1].start]); indentOf(next+"x") > indentOf(indent+"x") {
			indent = next
		}
	}
	return s.start + 1, indent
}

// indentText is the blanks a line starts with.
func indentText(line string) string {
	line = strings.TrimPrefix(line, byteOrderMark)
	return line[:len(line)-len(strings.TrimLeftFunc(line, isSpace))]
}

// lineEdit collects changes to the lines of a file, all counted in the old lines.
type lineEdit struct {
	file     *parsed
	end      string
	changed  map[int]string   // by line index; "" takes the line away
	inserted map[int][]string // before the line with the index
}

// replace puts value in place of the entry's, keeping what stands before it on its line.
func (l *lineEdit) replace(e *entry, value string) {
	first := e.at.line - 1
	line := l.file.lines[first]
	l.drop(e)
	l.changed[first] = line[:valueStart(line)] + value + lineEndOf(line)
}

// valueStart is the index behind the delimiter of a key's line and the blanks that follow it.
func valueStart(line string) int {
	at := strings.IndexAny(line, "=:") + 1
	rest := line[at:]
	return at + len(rest) - len(strings.TrimLeft(rest, " \t"))
}

// drop takes the lines of an entry away; comments between them stay.
func (l *lineEdit) drop(e *entry) {
	if l.changed == nil {
		l.changed = map[int]string{}
	}
	for i := e.at.line - 1; i < e.end; i++ {
		if text := trim(l.file.lines[i]); i == e.at.line-1 || text != "" && text[0] != '#' && text[0] != ';' {
			l.changed[i] = ""
		}
	}
}

func (l *lineEdit) insert(before int, text string) {
	if l.inserted == nil {
		l.inserted = map[int][]string{}
	}
	l.inserted[before] = append(l.inserted[before], text+l.end)
}

// lines are the file's lines with the changes made.
func (l *lineEdit) lines() []string {
	var out []string
	for i, line := range append(slices.Clone(l.file.lines), "") {
		if added := l.inserted[i]; len(added) > 0 && len(out) > 0 {
			out[len(out)-1] += missingEnd(out[len(out)-1], l.end)
			out = append(out, added...)
		}
		if changed, ok := l.changed[i]; ok {
			line = changed
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

// lineEndOf is the line's own end; the last line of a file may have none.
func lineEndOf(line string) string { return line[len(strings.TrimRight(line, "\r\n")):] }

func missingEnd(line, end string) string {
	if lineEndOf(line) == "" {
		return end
	}
	return ""
}
