package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/secaws/secaws/configgen"
)

// paths are the places where secaws keeps things.
type paths struct {
	state     string // sealed sessions, index, locks, the audit log: 0700
	keys      string // the file backend's own folder
	settings  string // what is remembered: backend, hold
	blueprint string
	config    string // ~/.aws/config
	shared    string // ~/.aws/credentials
}

// audit is the audit log.
func (p paths) audit() string { return filepath.Join(p.state, "audit.jsonl") }

// paths works out where things are, from the environment alone: it touches no file.
func (e *env) paths() (paths, error) {
	home := e.home()
	state, data, settings := e.baseDirs(home)
	if state == "" || home == "" {
		return paths{}, hinted{errors.New("there is no home folder"), "set HOME to your home folder"}
	}
	if !filepath.IsAbs(home) {
		return paths{}, hinted{fmt.Errorf("the home folder %q is a relative path, which means another folder elsewhere", home), "set HOME to your home folder, as an absolute path"}
	}
	files := configgen.DefaultPaths(e.getenv, home)
	return paths{
		state:     state,
		keys:      e.orElse("SECAWS_FILE_DIR", filepath.Join(data, "keys")),
		settings:  filepath.Join(settings, "settings.json"),
		blueprint: filepath.Join(settings, "blueprint.yaml"),
		config:    files.Config,
		shared:    files.Credentials,
	}, nil
}

// baseDirs are our folders for state, data and settings.
func (e *env) baseDirs(home string) (state, data, settings string) {
	switch runtime.GOOS {
	case "darwin":
		base := filepath.Join(home, "Library", "Application Support", "secaws")
		return base, base, base
	case "windows":
		base := filepath.Join(e.orElse("LOCALAPPDATA", filepath.Join(home, "AppData", "Local")), "secaws")
		return base, base, base
	}
	return e.xdg("XDG_STATE_HOME", home, ".local/state"), e.xdg("XDG_DATA_HOME", home, ".local/share"), e.xdg("XDG_CONFIG_HOME", home, ".config")
}

// xdg is our folder below a base folder. One that is not absolute is ignored, as the specification asks:
// https://specifications.freedesktop.org/basedir-spec/latest/
func (e *env) xdg(key, home, otherwise string) string {
	base := e.getenv(key)
	if !filepath.IsAbs(base) {
		base = filepath.Join(home, otherwise)
	}
	return filepath.Join(base, "secaws")
}

func (e *env) home() string {
	if runtime.GOOS == "windows" {
		return e.getenv("USERPROFILE")
	}
	return e.getenv("HOME")
}

func (e *env) orElse(key, otherwise string) string {
	if value := e.getenv(key); value != "" {
		return value
	}
	return otherwise
}
