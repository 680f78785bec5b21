package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

func configSyncCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "sync",
		Usage:     "write the profiles of all roles that a key may assume, from the blueprint",
		UsageText: "secaws config sync [--key NAME] [--group GROUP]… [--prune] [--dry-run]",
		Description: example("Which roles those are is told by --group, else tried: each role of the blueprint is assumed once, with one\n"+
			"MFA code for all. A profile that is another key's, or your own work, is left alone.",
			"secaws config sync --key ops --dry-run"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", Usage: "the `NAME` of the key in the keychain (default: the only one)"},
			&cli.StringSliceFlag{Name: "group", Usage: "a `GROUP` of the blueprint; nothing is tried then"},
			&cli.BoolFlag{Name: "prune", Usage: "remove the key's profiles of roles that are gone"},
			blueprintFlag(), dryRunFlag(),
		},
		Action: func(c *cli.Context) error { return runConfigSync(e, c) },
	}
}

func runConfigSync(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	z, err := e.zone(c)
	if err != nil {
		return err
	}
	if err := z.mustBePinned(); err != nil {
		return err
	}
	info, err := e.syncKey(c)
	if err != nil {
		return err
	}
	profiles, err := z.mayAssume(c, info)
	if err != nil {
		return err
	}
	sections, err := e.roleSections(profiles, z.blueprint.Region, info.Name, info.MFASerial)
	if err != nil {
		return err
	}
	p := plannedSync{key: info.Name, sections: sections, accounts: accountIDs(z.blueprint), prune: c.Bool("prune"), e: e}
	return e.change(c.Bool("dry-run"), fmt.Sprintf("synced %s of key %s", counted(len(sections), "profile"), info.Name), p.apply)
}

// syncKey is the key of --key, or the only one there is.
func (e *env) syncKey(c *cli.Context) (keyring.KeyInfo, error) {
	ring, err := e.keyring()
	if err != nil {
		return keyring.KeyInfo{}, err
	}
	if name := c.String("key"); name != "" {
		return ring.Info(c.Context, name)
	}
	infos, err := ring.List(c.Context)
	if err != nil {
		return keyring.KeyInfo{}, err
	}
	if len(infos) != 1 {
		return keyring.KeyInfo{}, usageErrorf(c, "there are %s in the keychain: say which with --key", counted(len(infos), "key"))
	}
	return infos[0], nil
}

// mayAssume are the profiles of the roles of the groups named, or else of those that AWS lets the key assume.
func (z *zone) mayAssume(c *cli.Context, info keyring.KeyInfo) ([]configgen.RoleProfile, error) {
	groups := c.StringSlice("group")
	for _, g := range groups {
		if !slices.Contains(z.blueprint.Groups(), g) {
			return nil, usageErrorf(c, "no group %q in %s: there are %s", g, z.path, strings.Join(z.blueprint.Groups(), ", "))
		}
	}
	if len(groups) > 0 {
		return z.blueprint.RoleProfiles(groups...), nil
	}
	return z.tryRoles(c.Context, info)
}

// tryRoles assumes every role of the blueprint and returns the profiles of those that let it. The key's own session
// comes first, so that the one question for a code names the key.
func (z *zone) tryRoles(ctx context.Context, info keyring.KeyInfo) ([]configgen.RoleProfile, error) {
	r, err := z.e.retriever()
	if err != nil {
		return nil, err
	}
	r.Notice = once(r.Notice)
	endpoint, err := z.e.endpoint("STS")
	if err != nil {
		return nil, err
	}
	try := func(p configgen.RoleProfile) (bool, error) {
		profile := memberProfile(p, z.blueprint.Region, info.Name, info.MFASerial, endpoint, nil)
		profile.EndpointFrom = "the environment"
		return assumable(r.Retrieve(ctx, profile))
	}
	if _, err := try(configgen.RoleProfile{Name: info.Name}); err != nil {
		return nil, err
	}
	var allowed []configgen.RoleProfile
	tried := map[string]bool{} // role ARN → may be assumed
	for _, p := range z.blueprint.RoleProfiles(z.blueprint.Groups()...) {
		may, known := tried[p.RoleARN]
		if !known {
			if may, err = try(p); err != nil {
				return nil, err
			}
			tried[p.RoleARN] = may
		}
		if may {
			allowed = append(allowed, p)
		}
	}
	return allowed, nil
}

// once is say, but for what it said before.
func once(say func(string)) func(string) {
	said := map[string]bool{}
	return func(line string) {
		if !said[line] {
			said[line] = true
			say(line)
		}
	}
}

// assumable tells from the outcome whether AWS let a role be assumed.
func assumable(_ session.Session, err error) (bool, error) {
	var refused *session.Error
	if errors.As(err, &refused) && refused.Kind == session.Denied && refused.RoleARN != "" {
		return false, nil
	}
	return err == nil, err
}

func accountIDs(b configgen.Blueprint) []string {
	var ids []string
	for _, a := range b.All() {
		ids = append(ids, a.ID)
	}
	return ids
}

// plannedSync is what a sync does to the config file.
type plannedSync struct {
	e        *env
	key      string
	sections []configgen.Section
	accounts []string // ids of the blueprint's accounts
	prune    bool
}

func (p plannedSync) apply(d *configgen.Document) error {
	if _, err := p.e.setOwn(d, p.sections); err != nil {
		return err
	}
	for _, name := range p.gone(d.Files()) {
		if !p.prune {
			p.e.notice("profile %s is of a role that is gone; --prune removes it", name)
			continue
		}
		if err := d.Remove(name, false); err != nil {
			return err
		}
	}
	return nil
}

// gone are the profiles that secaws wrote for the key and a role of the blueprint's accounts, and that are not wanted.
func (p plannedSync) gone(files *configgen.Files) []string {
	var names []string
	for _, name := range files.Names() {
		raw, _ := files.Raw(name)
		account := accountOf(raw["secaws_role_arn"])
		wanted := slices.ContainsFunc(p.sections, func(s configgen.Section) bool { return s.Name == name })
		if raw["secaws_key"] == p.key && account != "" && slices.Contains(p.accounts, account) && !wanted {
			names = append(names, name)
		}
	}
	return names
}

// accountOf is the account in an ARN, "" where there is none.
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
