package configgen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// BlueprintError is what is wrong at one place of a blueprint.
type BlueprintError struct {
	File         string
	Line, Column int // from 1
	Problem      string
	More         int // problems after this one
}

func (e *BlueprintError) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more)", e.More)
	}
	return text
}

// maxNodes bounds what aliases may blow a blueprint up to.
const maxNodes = 100_000

// blueprintReader walks a YAML tree and gathers every problem with its place, so that one run tells them all.
type blueprintReader struct {
	file     string
	problems []*BlueprintError
	nodes    int
}

func (r *blueprintReader) fail(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, &BlueprintError{
		File: r.file, Line: n.Line, Column: n.Column, Problem: fmt.Sprintf(format, args...),
	})
}

// sound runs read and tells whether it found no problem, so that what only follows from one is not told as another.
func (r *blueprintReader) sound(read func()) bool {
	before := len(r.problems)
	read()
	return len(r.problems) == before
}

// err returns the first problem in the order of the file.
func (r *blueprintReader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	first := *r.problems[0]
	for _, p := range r.problems {
		if p.Line < first.Line || p.Line == first.Line && p.Column < first.Column {
			first = *p
		}
	}
	first.More = len(r.problems) - 1
	return &first
}

// root returns the mapping at the top of the document.
func (r *blueprintReader) root(data []byte) (*yaml.Node, error) {
	var root, next yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(data))
	err := documents.Decode(&root)
	if err == nil {
		if err = documents.Decode(&next); errors.Is(err, io.EOF) {
			return root.Content[0], nil
		}
	}
	problem := &BlueprintError{File: r.file, Line: 1, Column: 1, Problem: "one YAML document is wanted, no more and no less"}
	if err != nil && !errors.Is(err, io.EOF) {
		problem.Line, problem.Problem = placed(err)
	}
	return nil, problem
}

// placed takes an error of the YAML package apart: "yaml: line 3: did not find expected key". Some have no line.
func placed(err error) (line int, problem string) {
	problem = strings.TrimPrefix(err.Error(), "yaml: ")
	if place, rest, ok := strings.Cut(problem, ": "); ok {
		if n, err := strconv.Atoi(strings.TrimPrefix(place, "line ")); err == nil {
			return n, rest
		}
	}
	return 1, problem
}

// field is one key that a mapping may have.
type field struct {
	key  string
	read func(*yaml.Node)
}

// fields reads a mapping that has no keys but those of known.
func (r *blueprintReader) fields(n *yaml.Node, what string, known []field) {
	r.entries(n, what, func(key, value *yaml.Node) {
		for _, f := range known {
			if f.key == key.Value {
				f.read(value)
				return
			}
		}
		var keys []string
		for _, f := range known {
			keys = append(keys, f.key)
		}
		r.fail(key, "%s has no key %q; it has: %s", what, key.Value, strings.Join(keys, ", "))
	})
}

// entries reads a mapping of any keys, in the file's order.
func (r *blueprintReader) entries(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	n = r.resolve(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be a mapping of keys to values, not %s", what, kindOf(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key of %s must be a plain word", what)
		case seen[key.Value]:
			r.fail(key, "%s has the key %q twice", what, key.Value)
		default:
			seen[key.Value] = true
			each(key, value)
		}
	}
}

// list reads a sequence.
func (r *blueprintReader) list(n *yaml.Node, what string, each func(*yaml.Node)) {
	n = r.resolve(n)
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s must be a list, not %s", what, kindOf(n))
		return
	}
	for _, item := range n.Content {
		each(item)
	}
}

// text reads a string. Numbers are taken as they are written: account ids are all digits.
func (r *blueprintReader) text(n *yaml.Node, what string) string {
	n = r.resolve(n)
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		r.fail(n, "%s must be text, not %s", what, kindOf(n))
		return ""
	}
	return n.Value
}

func (r *blueprintReader) integer(n *yaml.Node, what string, least, most int) *int {
	n = r.resolve(n)
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
		r.fail(n, "%s must be a whole number from %d to %d", what, least, most)
		return nil
	}
	return &v
}

func (r *blueprintReader) boolean(n *yaml.Node, what string) *bool {
	n = r.resolve(n)
	v := n.Value == "true"
	if n.Kind != yaml.ScalarNode || !v && n.Value != "false" {
		r.fail(n, "%s must be true or false", what)
		return nil
	}
	return &v
}

// resolve follows an alias to what it stands for.
func (r *blueprintReader) resolve(n *yaml.Node) *yaml.Node {
	if r.nodes++; r.nodes == maxNodes {
		r.fail(n, "the aliases of this file stand for too much")
	}
	if r.nodes >= maxNodes {
		return &yaml.Node{Kind: yaml.ScalarNode, Line: n.Line, Column: n.Column}
	}
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.ShortTag() == "!!null" {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
