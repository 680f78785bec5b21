package main

import (
	"errors"
	"fmt"
	"strings"
)

// renderTemplate fills a prompt's template: {name} stands for a field, ( ) for a part that is left out when all fields
// in it are empty, and \ makes the next character plain.
func renderTemplate(template string, fields map[string]string) (string, error) {
	r := renderer{rest: template, fields: fields}
	text, _, err := r.part(0)
	return text, err
}

type renderer struct {
	rest   string
	fields map[string]string
}

// part renders up to the end of the group, or of the template at depth 0. shown tells whether a field was not empty.
func (r *renderer) part(depth int) (text string, shown bool, err error) {
	var b strings.Builder
	for r.rest != "" {
		c := r.rest[0]
		r.rest = r.rest[1:]
		switch c {
		case '\\':
			if r.rest == "" {
				return "", false, errors.New("a backslash at the end")
			}
			b.WriteByte(r.rest[0])
			r.rest = r.rest[1:]
		case '{':
			value, err := r.field()
			if err != nil {
				return "", false, err
			}
			shown = shown || value != ""
			b.WriteString(value)
		case '(':
			inner, any, err := r.part(depth + 1)
			if err != nil {
				return "", false, err
			}
			if any {
				shown = true
				b.WriteString(inner)
			}
		case ')':
			if depth == 0 {
				return "", false, errors.New("a ) without a (")
			}
			return b.String(), shown, nil
		default:
			b.WriteByte(c)
		}
	}
	if depth > 0 {
		return "", false, errors.New("a ( without a )")
	}
	return b.String(), shown, nil
}

func (r *renderer) field() (string, error) {
	name, rest, closed := strings.Cut(r.rest, "}")
	value, known := r.fields[name]
	if !closed || !known {
		return "", fmt.Errorf("{%s} is not a field", name)
	}
	r.rest = rest
	return value, nil
}
