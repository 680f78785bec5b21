package configgen

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v3"
)

// PinBlueprint writes account ids, by account name, into a blueprint's text, where they are still missing. Every
// other byte stays as it is.
func PinBlueprint(file string, data []byte, ids map[string]string) ([]byte, error) {
	b, err := ParseBlueprint(file, data)
	if err != nil {
		return nil, err
	}
	for _, a := range b.All() {
		if a.ID != "" || ids[a.Name] == "" {
			continue
		}
		if data, err = pin(file, data, a.Name, ids[a.Name]); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// pin inserts an id before the first key of the account's entry.
func pin(file string, data []byte, account, id string) ([]byte, error) {
	r := &blueprintReader{file: file}
	root, err := r.root(data)
	if err != nil {
		return nil, err
	}
	n := accountNode(r, root, account)
	if n == nil || n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return nil, fmt.Errorf("%s: no place for the id of account %s", file, account)
	}
	at := n.Content[0]
	text := fmt.Sprintf("id: %q, ", id)
	if n.Style&yaml.FlowStyle == 0 {
		text = fmt.Sprintf("id: %q\n%s", id, strings.Repeat(" ", at.Column-1))
	}
	i := offset(data, at.Line, at.Column)
	pinned := string(data[:i]) + text + string(data[i:])
	b, err := ParseBlueprint(file, []byte(pinned))
	if a, _ := b.Account(account); err != nil || a.ID != id {
		return nil, fmt.Errorf("%s: the id of account %s cannot be added here; write it by hand: id: %q", file, account, id)
	}
	return []byte(pinned), nil
}

// accountNode returns the entry of an account, the identity account's included.
func accountNode(r *blueprintReader, root *yaml.Node, account string) (found *yaml.Node) {
	r.entries(root, "the blueprint", func(key, value *yaml.Node) {
		switch key.Value {
		case "accounts":
			r.entries(value, "accounts", func(name, entry *yaml.Node) {
				if name.Value == account {
					found = entry
				}
			})
		case "identity":
			r.entries(value, "identity", func(k, v *yaml.Node) {
				if k.Value == "name" && v.Value == account {
					found = value
				}
			})
		}
	})
	return found
}

// offset returns the byte at line and column, both from 1; columns count characters.
func offset(data []byte, line, column int) int {
	i := 0
	for ; line > 1; line-- {
		i += bytes.IndexByte(data[i:], '\n') + 1
	}
	for ; column > 1 && i < len(data); column-- {
		_, size := utf8.DecodeRune(data[i:])
		i += size
	}
	return i
}
