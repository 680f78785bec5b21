package policy

import (
	"encoding/json"
	"slices"
)

// RenamePrincipal returns document with the AWS principal named old named new, in its
// Principal and NotPrincipal elements and nowhere else; every other byte stays. IAM keeps
// principals by their unique IDs: it shows the new ARN of one that was renamed, and the
// bare ID of one that was deleted, so that another of the same name is not trusted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func RenamePrincipal(document, old, new string) string {
	root, err := readJSON(document)
	if err != nil {
		return document
	}
	var places []value
	for _, statement := range listed(root.member("Statement")) {
		for _, element := range []string{"Principal", "NotPrincipal"} {
			places = append(places, listed(statement.member(element).member("AWS"))...)
		}
	}
	slices.SortFunc(places, func(a, b value) int { return a.start - b.start })
	quoted, _ := json.Marshal(new) // a string is always JSON
	for _, place := range slices.Backward(places) {
		if place.kind == textKind && place.text == old && place.end > 0 {
			document = document[:place.start] + string(quoted) + document[place.end:]
		}
	}
	return document
}

// member returns a member of an object; the zero value, an empty text, when there is none.
func (v value) member(name string) value {
	for _, m := range v.members {
		if m.name == name {
			return m.value
		}
	}
	return value{}
}
