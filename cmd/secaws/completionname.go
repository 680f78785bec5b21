package main

import (
	"slices"
	"strings"

	"github.com/secaws/secaws/keyring"
)

// namesFor are the names of the kind that is asked for, in order. They come from files that hold no secret: AWS's
// config, the blueprint and our own log. What cannot be read has no names.
func (e *env) namesFor(a *asking) []string {
	var names []string
	switch a.names {
	case nameProfile:
		names = e.profileNames()
	case nameKey:
		names = e.keyNames()
	case nameUser:
		names = e.userNames()
	case nameRegion:
		names = e.rawValues("region", "secaws_region")
	case nameRole:
		names = e.rawValues("role_arn", "secaws_role_arn")
	case nameGroup, nameAccount, nameHome:
		names = e.blueprintNames(a.names, a.given["blueprint"])
	default:
		return fixedNames(a.names)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fixedNames are those that the program itself knows, in the order it tells them.
func fixedNames(kind nameKind) []string {
	switch kind {
	case nameShell:
		return shellNames()
	case nameFormat:
		return shellFormats
	case nameDrawing:
		return []string{"text", "mermaid"}
	case nameColor:
		return []string{"auto", "always", "never", "bash", "zsh"}
	case nameBackend:
		return keyring.Backends()
	case nameSource:
		return []string{"files", "aws-vault", "env"}
	}
	return nil
}

func (e *env) profileNames() []string {
	files, err := e.files()
	if err != nil {
		return nil
	}
	return files.Names()
}

// rawValues are the values of keys in AWS's files.
func (e *env) rawValues(keys ...string) []string {
	files, err := e.files()
	if err != nil {
		return nil
	}
	var values []string
	for _, name := range files.Names() {
		raw, _ := files.Raw(name)
		for _, key := range keys {
			if raw[key] != "" {
				values = append(values, raw[key])
			}
		}
	}
	return values
}

// keyNames are the keys that profiles name, and those of which the log tells that they were stored and not removed:
// the keychain itself is not asked.
func (e *env) keyNames() []string {
	names := e.rawValues("secaws_key")
	return e.logged(names, []string{"add", "import", "join", "rotate", "user add"}, []string{"remove", "user remove"})
}

// userNames are those of whom the log tells, and the owners of the MFA devices that profiles name. Nothing else on this
// machine knows the users.
func (e *env) userNames() []string {
	var names []string
	for _, serial := range e.rawValues("mfa_serial", "secaws_mfa_serial") {
		if _, device, ok := strings.Cut(serial, ":mfa/"); ok {
			names = append(names, device[strings.LastIndexByte(device, '/')+1:])
		}
	}
	return e.logged(names, []string{"user add", "user invite", "user enable", "user disable", "user reset-mfa"}, []string{"user remove"})
}

// logged is names with the keys of log entries of commands that make, less those of commands that end, in the log's order.
func (e *env) logged(names, make, end []string) []string {
	p, err := e.paths()
	if err != nil {
		return names
	}
	entries, err := auditEntries(p.audit(), loggedLines)
	if err != nil {
		return names
	}
	for _, entry := range entries {
		switch {
		case entry.Key == "":
		case slices.Contains(end, entry.Command):
			names = slices.DeleteFunc(names, func(name string) bool { return name == entry.Key })
		case slices.Contains(make, entry.Command):
			names = append(names, entry.Key)
		}
	}
	return names
}

// loggedLines is how much of the log's end is asked for names.
const loggedLines = 20_000

func (e *env) blueprintNames(kind nameKind, path string) []string {
	b := e.knownBlueprint(path)
	var names []string
	switch kind {
	case nameGroup:
		names = b.Groups()
	case nameHome:
		names = []string{b.Identity.Name}
	default:
		for _, a := range b.All() {
			names = append(names, a.Name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
