package configgen

import (
	"path"
	"slices"
	"strings"
)

// foreign are the keys that make a profile's credentials come from elsewhere:
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
var foreign = []struct {
	key, source  string
	besideSource bool // counts even where role_arn and source_profile are given
}{
	{"web_identity_token_file", "a web identity token", true},
	{"web_identity_token_process", "a web identity token", true},
	{"credential_source", "the machine it runs on", true},
	{"sso_session", "AWS SSO", false},
	{"sso_start_url", "AWS SSO", false},
	{"sso_account_id", "AWS SSO", false},
	{"login_session", "aws login", false},
	{"credential_process", "another program", false},
}

// unsupported refuses a profile whose credentials secaws cannot make. One that
// names a key of ours is served whatever else it says.
func (v view) unsupported() error {
	if !v.ours("key").isZero() {
		return nil
	}
	chained := !v.get("role_arn").isZero() && !v.get("source_profile").isZero()
	for _, s := range foreign {
		f := v.get(s.key)
		if f.isZero() || chained && !s.besideSource || s.key == "credential_process" && isOurs(f.text) {
			continue
		}
		return &UnsupportedSourceError{Profile: v.name, Key: s.key, Source: s.source, at: f.at,
			hint: "use a profile with an access key that is in the keychain, or name one with secaws_key"}
	}
	return nil
}

// alias returns the other profile that a credential_process of ours serves here.
func (v view) alias() (string, position) {
	f := v.get("credential_process")
	served, ok := servedProfile(f.text)
	if !ok || !v.ours("key").isZero() || !v.get("role_arn").isZero() || !v.get("source_profile").isZero() {
		return "", position{}
	}
	for _, l := range v.layers { // an included profile's own line is no alias
		if own := l.setting("credential_process"); own == f {
			if l == v.layers[0] && served != v.name {
				return served, f.at
			}
			break
		}
	}
	return "", position{}
}

// ServedProfile returns the profile that a credential_process of ours serves, "" for any other command.
func ServedProfile(command string) string {
	name, _ := servedProfile(command)
	return name
}

func isOurs(command string) bool {
	_, ok := servedProfile(command)
	return ok
}

// servedProfile returns the profile that a command line "…/secaws credential-process PROFILE" serves.
func servedProfile(command string) (string, bool) {
	argv, err := splitCommand(command)
	if err != nil || len(argv) < 3 {
		return "", false
	}
	program := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(argv[0], `\`, "/"))), ".exe")
	verb := slices.Index(argv, "credential-process")
	if program != "secaws" || verb < 1 {
		return "", false
	}
	for _, arg := range argv[verb+1:] {
		if !strings.HasPrefix(arg, "-") {
			return arg, true
		}
	}
	return "", false
}

// Shadow returns the first key in the credentials file, with its place, by which
// the profile gets credentials before anything that the config file says; ok is
// false where there is none. Keys in clear are StaticKey's.
func (f *Files) Shadow(name string) (key, at string, ok bool) {
	p, found := f.profiles[name]
	if !found {
		return "", "", false
	}
	for _, s := range []*section{p.credentials, p.credentialsDefaults} {
		if s == nil {
			continue
		}
		for i := range s.entries {
			e := &s.entries[i]
			if slices.Contains(sourceKeys, e.key) && ServedProfile(e.value()) != name {
				return e.key, e.at.String(), true
			}
		}
	}
	return "", "", false
}
