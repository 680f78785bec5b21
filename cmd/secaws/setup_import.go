package main

import (
	"flag"
	"fmt"

	"github.com/urfave/cli/v2"
)

// offerKeychain has the person choose, before anything is done, whether the bootstrap keys that lie in clear go to the
// keychain first. Where nobody can be asked, tellClearKeys tells of them.
func (z *zone) offerKeychain(c *cli.Context) error {
	names := z.clearKeys()
	if len(names) == 0 || c.Bool("yes") || c.Bool("json") || z.e.canPrompt() != nil {
		return nil
	}
	z.asked = true
	question := fmt.Sprintf("Bootstrap keys lie in clear in %s. Move them into the keychain first?", escape(z.e.sharedFile()))
	yes, err := z.e.confirm(c.Context, question)
	if err != nil || !yes {
		return err
	}
	return z.e.importKeys(c, names)
}

// importKeys is secaws import --remove of these names.
func (e *env) importKeys(c *cli.Context, names []string) error {
	command := importCommand(e)
	flags := flag.NewFlagSet(command.Name, flag.ContinueOnError)
	for _, f := range command.Flags {
		if err := f.Apply(flags); err != nil {
			return err
		}
	}
	if err := flags.Parse(append([]string{"--remove", "--"}, names...)); err != nil {
		return err
	}
	sub := cli.NewContext(c.App, flags, c)
	sub.Command = command
	return runImport(e, sub)
}

// clearKeys are the bootstrap profiles whose keys lie in a clear file and not in the keychain.
func (z *zone) clearKeys() []string {
	files, err := z.e.files()
	if err != nil {
		return nil
	}
	var names []string
	for _, a := range z.blueprint.All() {
		_, _, clear := files.StaticKey(a.Bootstrap)
		if stored, _ := z.hasKey(a.Bootstrap); clear && !stored {
			names = append(names, a.Bootstrap)
		}
	}
	return names
}

// tellClearKeys points to the keychain where it could not be offered.
func (z *zone) tellClearKeys() {
	if !z.asked && len(z.clearKeys()) > 0 {
		z.e.notice("bootstrap keys lie in clear in %s; the keychain is the better place: secaws import", z.e.sharedFile())
	}
}

func (e *env) sharedFile() string {
	p, err := e.paths()
	if err != nil {
		return "the AWS files"
	}
	return p.shared
}
