package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secaws/secaws/session"
)

// Profile resolves the profile called name: source_profile and include_profile are
// followed, values parsed, what a source has is inherited. Every key may be
// written as secaws_KEY, which SDKs do not see and which counts more. env gives
// the region and the endpoint overrides.
//
// Errors: *UnknownProfileError, *CycleError, *UnsupportedSourceError, *ValueError.
func (f *Files) Profile(name string, env Environment) (session.Profile, error) {
	if _, ok := f.profiles[name]; !ok {
		return session.Profile{}, f.unknown(name)
	}
	r := resolver{files: f, env: env}
	p, err := r.resolve(name, nil)
	if err != nil {
		return session.Profile{}, err
	}
	return r.withEndpoint(p, name)
}

func (f *Files) unknown(name string) error {
	return &UnknownProfileError{Name: name, Nearest: Nearest(name, f.names), Names: f.Names(), note: f.misnamedNote(name)}
}

// misnamedNote explains a section that looks like name but that the AWS CLI does not take for a profile.
func (f *Files) misnamedNote(name string) string {
	for _, s := range f.misnamed {
		said := trim(strings.TrimPrefix(trim(s.header), "profile"))
		if strings.Trim(said, `"'`) == name {
			return fmt.Sprintf("%s says [%s], which the AWS CLI does not read as a profile: write it as [%s]", s.at, s.header, profileHeader(name))
		}
	}
	return ""
}

type resolver struct {
	files *Files
	env   Environment
}

// resolve follows name to the key it stands on. chain is the way that led here.
func (r resolver) resolve(name string, chain []string) (session.Profile, error) {
	chain = append(slices.Clip(chain), name)
	v, err := r.files.view(name)
	if err != nil {
		return session.Profile{}, err
	}
	if alias, at := v.alias(); alias != "" {
		return r.follow(v, "credential_process", alias, at, chain)
	}
	if err := v.unsupported(); err != nil {
		return session.Profile{}, err
	}
	source := v.get("source_profile")
	if source.isZero() {
		return r.own(v, nil)
	}
	sourceName := r.files.nameIn(source.text)
	if sourceName == name { // stands for the profile's own key
		return r.own(v, nil)
	}
	return r.follow(v, "source_profile", sourceName, source.at, chain)
}

// follow resolves the profile that v names in key and puts v on top of it. A
// source without a section is a key of that name, as for aws-vault.
func (r resolver) follow(v view, key, name string, at position, chain []string) (session.Profile, error) {
	if slices.Contains(chain, name) {
		return session.Profile{}, &CycleError{Key: key, Chain: append(chain[slices.Index(chain, name):], name), at: at}
	}
	if _, ok := r.files.profiles[name]; !ok {
		return r.own(v, &session.Profile{Name: name, Key: name})
	}
	source, err := r.resolve(name, chain)
	if err != nil {
		return session.Profile{}, err
	}
	return r.own(v, &source)
}

// own makes the profile of v's own values on top of source, which may be nil.
func (r resolver) own(v view, source *session.Profile) (session.Profile, error) {
	p, err := v.values()
	if err != nil {
		return session.Profile{}, err
	}
	p.Region = firstOf(r.env("AWS_REGION"), r.env("AWS_DEFAULT_REGION"), p.Region)
	if source == nil {
		p.Key = firstOf(p.Key, v.name)
		return p, nil
	}
	return inherit(p, *source), nil
}

// inherit completes p from the profile whose credentials it uses. Without a role
// of its own it is that profile under another name.
func inherit(p, source session.Profile) session.Profile {
	p.Key = firstOf(p.Key, source.Key)
	p.MFASerial = firstOf(p.MFASerial, source.MFASerial)
	if p.MFAProcess == nil {
		p.MFAProcess = source.MFAProcess
	}
	if p.SessionDuration == 0 {
		p.SessionDuration = source.SessionDuration
	}
	p.TrustedEndpoint = firstOf(p.TrustedEndpoint, source.TrustedEndpoint)
	switch {
	case p.RoleARN == "":
		return underName(p, source)
	case source.RoleARN != "":
		p.Source = &source
	}
	return p
}

// underName is source with what p says of itself.
func underName(p, source session.Profile) session.Profile {
	out := source
	out.Name, out.Key = p.Name, p.Key
	out.Region = firstOf(p.Region, source.Region)
	out.MFASerial, out.MFAProcess = p.MFASerial, p.MFAProcess
	out.SessionDuration, out.TrustedEndpoint = p.SessionDuration, p.TrustedEndpoint
	out.RoleSessionName = firstOf(p.RoleSessionName, source.RoleSessionName)
	if p.Duration != 0 {
		out.Duration = p.Duration
	}
	out.Direct = p.Direct || source.Direct
	return out
}

// nameIn reads a reference to a profile: as it stands, or, where there is no such
// profile, without quotes and comment, as the SDKs read it.
func (f *Files) nameIn(reference string) string {
	if _, ok := f.profiles[reference]; ok {
		return reference
	}
	return plain(reference)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
