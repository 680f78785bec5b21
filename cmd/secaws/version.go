package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
)

// version and commit are set by the linker (-X main.version=… -X main.commit=…); a plain go build leaves them to what
// the toolchain recorded.
var version, commit string

// versionInfo is what version --json answers.
type versionInfo struct {
	Version  string   `json:"version"`
	Commit   string   `json:"commit"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Backends []string `json:"backends"` // keychains in this build
}

func versionCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print version, commit and the keychains in this build",
		UsageText:   "secaws version [--json]",
		Description: example("Says which build this is.", "secaws version --json"),
		Flags:       []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noNames(c); err != nil {
				return err
			}
			return printVersion(e, c.Bool("json"))
		},
	}
}

func printVersion(e *env, asJSON bool) error {
	v := buildVersion()
	if asJSON {
		return e.writeJSON(v)
	}
	return e.printf("secaws %s (%s, %s, %s)\nkeychains: %s\n", v.Version, v.Commit, v.Go, v.Platform, strings.Join(v.Backends, ", "))
}

func buildVersion() versionInfo {
	v := versionInfo{version, commit, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, keyring.Backends()}
	info, ok := debug.ReadBuildInfo()
	if ok && v.Version == "" {
		v.Version = info.Main.Version
	}
	if ok && v.Commit == "" {
		v.Commit = revision(info.Settings)
	}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	if v.Commit == "" {
		v.Commit = "unknown commit"
	}
	return v
}

// revision is the commit the toolchain recorded, marked when the checkout had changes.
func revision(settings []debug.BuildSetting) string {
	var rev, dirty string
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			rev = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if rev == "" {
		return ""
	}
	return rev + dirty
}
