package configgen

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile is the largest config file read, in bytes.
const maxFile = 2 << 20

// Environment gives the value of an environment variable, "" when it is not set.
type Environment func(name string) string

// Paths are the two files of a person's AWS configuration.
type Paths struct{ Config, Credentials string }

// DefaultPaths follows AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, in which a
// leading ~ is home, and falls back on home's .aws folder:
// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
func DefaultPaths(env Environment, home string) Paths {
	pick := func(variable, name string) string {
		path := env(variable)
		switch {
		case path == "":
			return filepath.Join(home, ".aws", name)
		case path == "~" || strings.HasPrefix(path, "~/") || strings.HasPrefix(path, "~"+string(filepath.Separator)):
			return filepath.Join(home, path[1:])
		}
		return path
	}
	return Paths{Config: pick("AWS_CONFIG_FILE", "config"), Credentials: pick("AWS_SHARED_CREDENTIALS_FILE", "credentials")}
}

// Files are the config and the credentials file as they were read. They do not
// change; Edit changes what is on the disk.
type Files struct {
	paths    Paths
	profiles map[string]*profileSections
	names    []string
	services map[string]section
	misnamed []section // headers meant as profiles, which are none
}

// profileSections are the parts of one profile in the two files. Where both have
// a key, that of the credentials file counts.
type profileSections struct {
	config, credentials                 *section
	configDefaults, credentialsDefaults *section
}

// Load reads both files. One that does not exist, or is no regular file (a pipe,
// /dev/null), is empty, as for the AWS CLI. Errors: *ParseError, or the system's.
func Load(paths Paths) (*Files, error) {
	config, err := readFile(paths.Config)
	if err != nil {
		return nil, err
	}
	credentials, err := readFile(paths.Credentials)
	if err != nil {
		return nil, err
	}
	return newFiles(paths, config, credentials), nil
}

// readFile parses the file at path, following links.
func readFile(path string) (*parsed, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text)
}

// readText returns "" where the AWS CLI would find no file.
func readText(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	text.Grow(int(min(info.Size(), maxFile)) + 1)
	if _, err := io.Copy(&text, io.LimitReader(f, maxFile+1)); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if text.Len() > maxFile {
		return "", fmt.Errorf("read %s: larger than %d MiB", path, maxFile>>20)
	}
	return text.String(), nil
}

func newFiles(paths Paths, config, credentials *parsed) *Files {
	f := &Files{paths: paths, profiles: make(map[string]*profileSections, len(config.sections)+len(credentials.sections)), services: map[string]section{}}
	for i := range config.sections {
		f.addConfig(&config.sections[i], &config.defaults)
	}
	for i := range credentials.sections {
		s := &credentials.sections[i]
		f.named(s.header).setCredentials(s, &credentials.defaults)
	}
	return f
}

// addConfig sorts one section of the config file in, as botocore's build_profile_map does.
func (f *Files) addConfig(s, defaults *section) {
	name, isNamed := sectionName(s.header)
	switch {
	case s.header == "default":
		f.named("default").setConfig(s, defaults)
	case strings.HasPrefix(s.header, "profile") && isNamed:
		f.named(name).setConfig(s, defaults)
	case strings.HasPrefix(s.header, "services") && isNamed:
		f.services[name] = *s
	case strings.HasPrefix(s.header, "sso-session") && isNamed:
	default:
		f.misnamed = append(f.misnamed, *s)
	}
}

// sectionName returns the second of the two words a header has.
func sectionName(header string) (string, bool) {
	kind, name, ok := strings.Cut(header, " ")
	if ok && kind != "" && name != "" && !strings.ContainsAny(header, "\\\"'\t\r\n") && !strings.Contains(name, " ") {
		return name, true
	}
	words, err := splitPOSIX(header)
	if err != nil || len(words) != 2 {
		return "", false
	}
	return words[1], true
}

func (f *Files) named(name string) *profileSections {
	p, ok := f.profiles[name]
	if !ok {
		p = &profileSections{}
		f.profiles[name] = p
		f.names = append(f.names, name)
	}
	return p
}

func (p *profileSections) setConfig(s, defaults *section) { p.config, p.configDefaults = s, defaults }
func (p *profileSections) setCredentials(s, defaults *section) {
	p.credentials, p.credentialsDefaults = s, defaults
}

// entry finds a key where the AWS CLI would.
func (p *profileSections) entry(key string) *entry {
	for _, s := range p.layers() {
		if s != nil {
			if e := s.entry(key); e != nil {
				return e
			}
		}
	}
	return nil
}

// layers are the sections of the profile, the one that counts most first; some may be nil.
func (p *profileSections) layers() [4]*section {
	return [4]*section{p.credentials, p.credentialsDefaults, p.config, p.configDefaults}
}

// Names returns the names of all profiles, in the order of the files, config first.
func (f *Files) Names() []string { return append([]string(nil), f.names...) }

// Where tells the places of the profile's sections, "file:line:column", config first.
func (f *Files) Where(name string) []string {
	var places []string
	if p, ok := f.profiles[name]; ok {
		for _, s := range []*section{p.config, p.credentials} {
			if s != nil {
				places = append(places, s.at.String())
			}
		}
	}
	return places
}

// Raw returns the profile's keys with their values as the AWS CLI reads them. The
// keys of an indented block are named "block.key".
func (f *Files) Raw(name string) (map[string]string, bool) {
	p, ok := f.profiles[name]
	if !ok {
		return nil, false
	}
	entries := map[string]*entry{}
	for _, layer := range p.layers() {
		if layer == nil {
			continue
		}
		for i := range layer.entries {
			if e := &layer.entries[i]; entries[e.key] == nil {
				entries[e.key] = e
			}
		}
	}
	raw := make(map[string]string, len(entries))
	for _, e := range entries {
		flatten(raw, e)
	}
	return raw, true
}

// Region is the region that SDKs find in the profile, "" for none.
func (f *Files) Region(name string) string {
	raw, _ := f.Raw(name)
	return plain(raw["region"])
}

// flatten adds one entry in the form Raw gives.
func flatten(raw map[string]string, e *entry) {
	if !e.isNested() {
		raw[e.key] = e.value()
		return
	}
	block, err := nested(e)
	if err != nil {
		return // parse has refused such a file
	}
	for key, value := range block {
		raw[e.key+"."+key] = value
	}
}

// StaticKey returns the access key that stands in clear in the profile, for import
// and for bootstrap profiles; ok is false unless both halves are there.
func (f *Files) StaticKey(name string) (id, secret string, ok bool) {
	p, found := f.profiles[name]
	if !found {
		return "", "", false
	}
	idEntry, secretEntry := p.entry("aws_access_key_id"), p.entry("aws_secret_access_key")
	if idEntry == nil || secretEntry == nil {
		return "", "", false
	}
	id, secret = plain(idEntry.value()), plain(secretEntry.value())
	return id, secret, id != "" && secret != ""
}

// plain reads a value that can hold neither blanks nor quotes, as the SDKs read
// it: without the quotes around it and without the comment behind it.
func plain(value string) string {
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		value, _, _ = strings.Cut(value, mark)
	}
	value = trim(value)
	if n := len(value); n >= 2 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return value[1 : n-1]
	}
	return value
}
