package configgen

import (
	"strings"

	"github.com/secaws/secaws/session"
)

// OfRole returns the profiles that assume a role called role themselves, in the
// order of the files. Those that secaws cannot serve are left out.
func (f *Files) OfRole(role string, env Environment) []session.Profile {
	var found []session.Profile
	for _, name := range f.Names() {
		v, err := f.view(name)
		if err != nil || !strings.HasSuffix(plain(v.get("role_arn").text), "/"+role) {
			continue
		}
		if p, err := f.Profile(name, env); err == nil {
			found = append(found, p)
		}
	}
	return found
}
