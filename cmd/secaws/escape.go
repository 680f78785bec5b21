package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// escape makes foreign text (server messages, file contents, names) safe to print on a terminal as one line: control
// characters of both sets, line ends, text direction marks, everything else that does not print and bytes that are not
// UTF-8 become \xNN, \uNNNN or \UNNNNNNNN.
func escape(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b.WriteString(s[i : i+size])
		default:
			b.WriteString(escapeRune(r))
		}
		i += size
	}
	return b.String()
}

func printable(s string) bool {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

func escapeRune(r rune) string {
	quoted := strconv.QuoteRune(r)
	return quoted[1 : len(quoted)-1]
}

// writeJSON prints v as the answer of a command: indented, in one write, with what does not print escaped as JSON
// escapes it, so that a hostile name in a file cannot reach the terminal through --json.
func (e *env) writeJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return e.print(escapeJSON(string(data)) + "\n")
}

// escapeJSON escapes what does not print; outside strings JSON from encoding/json has only ASCII, so all of it lies in
// strings, where \uNNNN is allowed.
func escapeJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || strconv.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// print writes the answer of a command to stdout.
func (e *env) print(text string) error {
	if _, err := io.WriteString(e.stdout, text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// printf prints one answer line; every string among args is escaped.
func (e *env) printf(format string, args ...any) error {
	return e.print(fmt.Sprintf(format, escapeAll(args)...))
}

// notice prints one line for the person on stderr; every string among args is escaped.
func (e *env) notice(format string, args ...any) {
	fmt.Fprintf(e.stderr, "secaws: "+format+"\n", escapeAll(args)...)
}

// noticeOnce is notice for what a command may come upon several times.
func (e *env) noticeOnce(line string) {
	if e.told[line] {
		return
	}
	if e.told == nil {
		e.told = make(map[string]bool)
	}
	e.told[line] = true
	e.notice("%s", line)
}

func escapeAll(args []any) []any {
	safe := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			safe[i] = escape(v)
		case error:
			safe[i] = escape(v.Error())
		default:
			safe[i] = a
		}
	}
	return safe
}
