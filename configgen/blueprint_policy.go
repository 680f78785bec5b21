package configgen

import (
	"bytes"
	"encoding/json"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// policyVersion is the language version of every document we write or take. Without it IAM would read ${…} literally.
const policyVersion = "2012-10-17"

// document reads a policy document, checks its grammar and returns it as compact JSON.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (r *blueprintReader) document(n *yaml.Node) string {
	versioned, statements := false, 0
	r.entries(n, "a policy document", func(key, value *yaml.Node) {
		switch key.Value {
		case "Version":
			if versioned = true; r.text(value, "Version") != policyVersion {
				r.fail(value, "Version must be %s: older ones know no policy variables", policyVersion)
			}
		case "Id":
			r.text(value, "Id")
		case "Statement":
			for _, s := range r.oneOrMany(value) {
				r.statement(s)
				statements++
			}
		default:
			r.fail(key, "a policy document has no key %q; it has: Version, Id, Statement", key.Value)
		}
	})
	if statements == 0 {
		r.fail(n, "a policy document needs at least one Statement")
	}
	var b bytes.Buffer
	r.json(&b, n)
	text := b.String()
	if rest, ok := strings.CutPrefix(text, "{"); ok && !versioned {
		return `{"Version":"` + policyVersion + `",` + rest
	}
	return text
}

func (r *blueprintReader) statement(n *yaml.Node) {
	has := map[string]bool{}
	sound := r.sound(func() {
		r.entries(n, "a Statement", func(key, value *yaml.Node) {
			has[key.Value] = true
			r.element(key, value)
		})
	})
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if sound && has[pair[0]] == has[pair[1]] {
			r.fail(n, "a Statement needs %s or %s, and not both", pair[0], pair[1])
		}
	}
	if sound && !has["Effect"] {
		r.fail(n, "a Statement needs Effect: Allow or Deny")
	}
}

func (r *blueprintReader) element(key, value *yaml.Node) {
	switch key.Value {
	case "Sid":
		r.text(value, "Sid")
	case "Effect":
		if e := r.text(value, "Effect"); e != "Allow" && e != "Deny" {
			r.fail(value, "Effect must be Allow or Deny, not %q", e)
		}
	case "Action", "NotAction":
		r.each(value, key.Value, isAction, `an action reads "service:Name", with * and ? where wanted`)
	case "Resource", "NotResource":
		r.each(value, key.Value, isResource, `a resource is an ARN or "*"`)
	case "Condition":
		r.condition(value)
	default:
		r.fail(key, "a Statement has no key %q; it has: Sid, Effect, Action, NotAction, Resource, NotResource, Condition", key.Value)
	}
}

// condition checks operator → key → value or values.
func (r *blueprintReader) condition(n *yaml.Node) {
	r.entries(n, "Condition", func(op, keys *yaml.Node) {
		r.entries(keys, op.Value, func(key, value *yaml.Node) {
			for _, v := range r.oneOrMany(value) {
				r.text(v, key.Value)
			}
		})
	})
}

// each checks one text, or a list of them, by fits.
func (r *blueprintReader) each(n *yaml.Node, what string, fits func(string) bool, rule string) {
	for _, v := range r.oneOrMany(n) {
		if text := r.text(v, what); text != "" && !fits(text) {
			r.fail(v, "%s %q: %s", what, text, rule)
		}
	}
}

func (r *blueprintReader) oneOrMany(n *yaml.Node) []*yaml.Node {
	if n = r.resolve(n); n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// json writes the tree as JSON in the file's order. Scalars are strings, as IAM takes them everywhere: a version
// that YAML would read as a date stays as it is written.
func (r *blueprintReader) json(b *bytes.Buffer, n *yaml.Node) {
	n = r.resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(n.Content[i].Value))
			b.WriteByte(':')
			r.json(b, n.Content[i+1])
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			r.json(b, item)
		}
		b.WriteByte(']')
	default:
		b.Write(quote(n.Value))
	}
}

// quote is text as a JSON string, without the HTML escapes that would count against IAM's limits.
func quote(text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
