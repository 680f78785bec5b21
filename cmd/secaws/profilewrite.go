package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/keyring"
)

// ownPath is the path of secaws to write into files: that of PATH where it is this very program, so that it stays right
// when a new version takes its place, else the program's own. One that will not last is refused with a placeError.
func (e *env) ownPath() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the path of secaws: %w", err)
	}
	path := own
	if found, err := exec.LookPath(filepath.Base(own)); err == nil && sameFile(found, own) {
		path = found
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", fmt.Errorf("find the path of secaws: %w", err)
	}
	return path, e.checkPlace(path)
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// placeError is a secaws that runs from where it will not stay.
type placeError struct{ path, what string }

func (p placeError) Error() string {
	return fmt.Sprintf("secaws runs from a %s (%s), which no file should name", p.what, p.path)
}

func (p placeError) Hint() string {
	return "install it, for example with ./install.sh, and run it from there"
}

// checkPlace refuses a program in the temporary folder, in Go's build folder, or in the bin folder of a checkout.
func (e *env) checkPlace(path string) error {
	dir := filepath.Dir(path)
	_, checkout := os.Stat(filepath.Join(dir, "..", "go.mod"))
	switch {
	case strings.Contains(dir, string(filepath.Separator)+"go-build"), checkout == nil:
		return placeError{path, "build folder"}
	case within(os.TempDir(), path):
		return placeError{path, "temporary folder"}
	}
	return nil
}

func within(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// servedProfile is the section of a profile that secaws serves. values follow region and credential_process; those that
// are empty are left out.
func (e *env) servedProfile(name, region string, values ...configgen.KeyValue) (configgen.Section, error) {
	path, err := e.ownPath()
	if err != nil {
		return configgen.Section{}, err
	}
	line, err := configgen.CommandLine([]string{path, "credential-process", name})
	if err != nil {
		return configgen.Section{}, err
	}
	section := configgen.Section{Name: name}
	values = append([]configgen.KeyValue{{Key: "region", Value: region}, {Key: "credential_process", Value: line}}, values...)
	for _, v := range values {
		if v.Value != "" {
			section.Values = append(section.Values, v)
		}
	}
	return section, nil
}

// offerProfile writes the profile of a new key where the person wants one, and returns its name, "" for none.
func (e *env) offerProfile(c *cli.Context, key keyring.AccessKey) (string, error) {
	if err := configgen.CheckName(key.Name); err != nil || c.Bool("no-profile") {
		return "", nil
	}
	p, err := e.paths()
	if err != nil {
		return "", err
	}
	wanted := c.Bool("profile")
	if e.clearProfile(key.Name) {
		e.notice("the profile %s has an access key in clear, which SDKs take first; replace it with: secaws import %s --remove --profile", key.Name, key.Name)
		return "", nil
	}
	if !wanted && (!interactiveAdd(c) || e.hasProfile(key.Name)) {
		return "", nil
	}
	if _, err := e.ownPath(); err != nil {
		return "", e.unlessAsked(wanted, err)
	}
	region := c.String("region")
	if region == "" {
		region = e.newRegion(key.Name, key.MFASerial)
	}
	section, err := e.servedProfile(key.Name, region, configgen.KeyValue{Key: "secaws_key", Value: key.Name},
		configgen.KeyValue{Key: "secaws_mfa_serial", Value: key.MFASerial})
	if err != nil {
		return "", err
	}
	if !wanted {
		if wanted, err = e.confirm(c.Context, "Write the profile "+escape(key.Name)+" to "+escape(p.config)+"?"); err != nil || !wanted {
			return "", err
		}
	}
	return key.Name, configgen.Edit(p.config, func(d *configgen.Document) error { return d.Set(section, false) })
}

// unlessAsked lets an offer that cannot be made pass with a line to the person: the key is stored all the same.
func (e *env) unlessAsked(asked bool, err error) error {
	var place placeError
	if asked || !errors.As(err, &place) {
		return err
	}
	e.notice("no profile is offered: %v", err)
	return nil
}

func (e *env) hasProfile(name string) bool {
	files, err := e.files()
	if err != nil {
		return false
	}
	_, ok := files.Raw(name)
	return ok
}

// clearProfile tells whether the profile has a key in clear, before which a profile of ours would not count.
func (e *env) clearProfile(name string) bool {
	files, err := e.files()
	if err != nil {
		return false
	}
	_, _, ok := files.StaticKey(name)
	return ok
}
