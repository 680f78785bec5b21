package policy

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// value is a JSON value that remembers the order of its members and where it stood.
type value struct {
	kind    kind
	text    string   // of a scalar
	items   []value  // of a list
	members []member // of an object
	start   int      // in bytes; not of a number, true or false
	end     int
}

type member struct {
	name string
	value
}

type kind int

const (
	textKind   kind = iota // a string
	scalarKind             // a number, true or false
	listKind
	objectKind
)

var errJSON = errors.New("not the JSON of a policy")

// maxDepth is more than any policy nests.
const maxDepth = 10

// readJSON reads one JSON document. Null, a member given twice and anything after
// the document are refused: they have no meaning in a policy that a person could check.
func readJSON(text string) (value, error) {
	d := reader{json.NewDecoder(strings.NewReader(text)), text}
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return value{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return value{}, errJSON
	}
	return v, nil
}

// reader is a decoder that knows the whole text.
type reader struct {
	*json.Decoder
	text string
}

func readValue(d reader, depth int) (value, error) {
	before := int(d.InputOffset()) // behind it: a comma or colon, white space, the value
	token, err := d.Token()
	if err != nil || depth > maxDepth {
		return value{}, errJSON
	}
	switch t := token.(type) {
	case string:
		end := int(d.InputOffset())
		return value{kind: textKind, text: t, start: before + strings.IndexByte(d.text[before:end], '"'), end: end}, nil
	case json.Number:
		return value{kind: scalarKind, text: t.String()}, nil
	case bool:
		if t {
			return value{kind: scalarKind, text: "true"}, nil
		}
		return value{kind: scalarKind, text: "false"}, nil
	case json.Delim:
		return readContainer(d, t, depth)
	}
	return value{}, errJSON
}

func readContainer(d reader, open json.Delim, depth int) (value, error) {
	v := value{kind: listKind, start: int(d.InputOffset()) - 1}
	if open == '{' {
		v.kind = objectKind
	}
	seen := map[string]bool{}
	for d.More() {
		var name string
		if v.kind == objectKind {
			key, err := d.Token()
			if err != nil || seen[key.(string)] {
				return value{}, errJSON
			}
			name = key.(string)
			seen[name] = true
		}
		inner, err := readValue(d, depth+1)
		if err != nil {
			return value{}, err
		}
		if v.kind == objectKind {
			v.members = append(v.members, member{name, inner})
		} else {
			v.items = append(v.items, inner)
		}
	}
	if _, err := d.Token(); err != nil {
		return value{}, errJSON
	}
	v.end = int(d.InputOffset())
	return v, nil
}

// texts reads a string or a list of strings. A list may be empty but is never nil.
// Numbers and booleans pass only where scalars is set, as in conditions.
func (v value) texts(scalars bool) ([]string, bool) {
	items := []value{v}
	if v.kind == listKind {
		items = v.items
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		if item.kind != textKind && (item.kind != scalarKind || !scalars) {
			return nil, false
		}
		texts = append(texts, item.text)
	}
	return texts, true
}
