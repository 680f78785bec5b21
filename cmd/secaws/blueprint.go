package main

import (
	"os"

	"github.com/secaws/secaws/configgen"
)

// knownBlueprint is the blueprint at path, or the person's own where path is "". One that is not there, or cannot be
// read, is empty: for those who can do without it.
func (e *env) knownBlueprint(path string) configgen.Blueprint {
	if path == "" {
		p, err := e.paths()
		if err != nil {
			return configgen.Blueprint{}
		}
		path = p.blueprint
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return configgen.Blueprint{}
	}
	b, err := configgen.ParseBlueprint(path, data)
	if err != nil {
		return configgen.Blueprint{}
	}
	return b
}

// accountNames are the blueprint's names of accounts, by their numbers.
func (e *env) accountNames() map[string]string {
	names := map[string]string{}
	for _, a := range e.knownBlueprint("").All() {
		names[a.ID] = a.Name
	}
	return names
}

// accountName is what the blueprint calls an account, else its number.
func (e *env) accountName(id string) string { return firstOf(e.accountNames()[id], id) }
