package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

func rotateCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "rotate",
		Usage:     "replace a long-lived key by a new one: create, store, prove, deactivate, delete",
		UsageText: "secaws rotate NAME | --all [--older-than 90d]",
		Description: example("At every moment a working key is in the keychain; stopped anywhere, the same command goes on from there.\n"+
			"The user needs the right to manage its own keys, which setup gives to every group with MFA.",
			"secaws rotate --all --older-than 90d"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "every key in the keychain"},
			&cli.StringFlag{Name: "older-than", Usage: "only keys of at least this `AGE`, as 90d or 36h"},
			&cli.StringFlag{Name: "delete-second", Usage: "delete this second `KEYID` of the user first: IAM allows two"},
			&cli.StringFlag{Name: "mfa-process", Usage: "a `COMMAND` that prints MFA codes, in a person's place"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runRotate(e, c) },
	}
}

func runRotate(e *env, c *cli.Context) error {
	names, err := e.rotated(c)
	if err != nil {
		return err
	}
	done, failed := []rotatedKey{}, error(nil)
	for _, name := range names {
		k, err := e.rotateOne(c, name)
		switch {
		case err == nil:
			done = append(done, k)
		case errors.Is(err, session.ErrCanceled), len(names) == 1:
			return err
		default:
			e.notice("%s: %v", name, err)
			failed = errors.New("not every key was rotated")
		}
	}
	return errors.Join(e.tellRotated(c, done), failed)
}

// rotatedKey is a key that has given way to a new one, as rotate --json answers it.
type rotatedKey struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func (e *env) tellRotated(c *cli.Context, done []rotatedKey) error {
	if c.Bool("json") {
		return e.writeJSON(done)
	}
	for _, k := range done {
		if err := e.printf("%s: %s has given way to %s\n", k.Name, k.Old, k.New); err != nil {
			return err
		}
	}
	return nil
}

// rotated are the names of the keys that the command line means.
func (e *env) rotated(c *cli.Context) ([]string, error) {
	age, err := parseAge(c.String("older-than"))
	if err != nil {
		return nil, usageErrorf(c, "--older-than %q: want a number of days or hours, as 90d or 36h", c.String("older-than"))
	}
	ring, err := e.keyring()
	if err != nil {
		return nil, err
	}
	infos, err := meant(c, ring)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, info := range infos {
		if !isNext(info.Name) && (age == 0 || e.now().Sub(info.Created) >= age || e.begun(c.Context, ring, info.Name)) {
			names = append(names, info.Name)
		}
	}
	switch {
	case len(infos) == 0:
		e.notice("there is no key in the keychain")
	case len(names) == 0:
		e.notice("nothing to do: no key is older than %s", c.String("older-than"))
	}
	return names, nil
}

// meant is the one key that is named, or, with --all, every key.
func meant(c *cli.Context, ring *keyring.Keyring) ([]keyring.KeyInfo, error) {
	if c.Bool("all") {
		if err := noNames(c); err != nil {
			return nil, err
		}
		return ring.List(c.Context)
	}
	name, err := oneName(c, "NAME")
	if err != nil {
		return nil, err
	}
	info, err := ring.Info(c.Context, name)
	var none *keyring.NotFoundError
	if errors.As(err, &none) {
		err = nearestKey(c.Context, ring, name, err)
	}
	return []keyring.KeyInfo{info}, err
}

// nearestKey is err with the name that may have been meant.
func nearestKey(ctx context.Context, ring *keyring.Keyring, name string, err error) error {
	var names []string
	infos, _ := ring.List(ctx) // err is what counts
	for _, info := range infos {
		names = append(names, info.Name)
	}
	if near := configgen.Nearest(name, names); len(near) > 0 {
		return hinted{err, "did you mean: " + strings.Join(near, ", ")}
	}
	return err
}

// parseAge reads 90d or what time.ParseDuration reads.
func parseAge(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	if number, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	age, err := time.ParseDuration(text)
	if err == nil && age < 0 {
		err = errors.New("negative")
	}
	return age, err
}

func (e *env) rotateOne(c *cli.Context, name string) (rotatedKey, error) {
	k := rotatedKey{Name: name}
	m, err := e.keyOwner(c, name)
	if err != nil {
		return k, err
	}
	ring, err := e.keyring()
	if err != nil {
		return k, err
	}
	r := &rotation{e: e, ring: ring, name: name, region: m.region}
	if err := m.rotate(c.Context, r, c.String("delete-second")); err != nil {
		return k, err
	}
	now, err := ring.Info(c.Context, name)
	if err != nil {
		return k, err
	}
	k.Old, k.New = r.old.ID, now.ID
	e.audit(auditEntry{Command: "rotate", Key: name, KeyID: now.ID, MFA: m.mfaSerial != ""})
	return k, nil
}

// keyOwner is the key's user, as far as the keychain and the config file know.
func (e *env) keyOwner(c *cli.Context, name string) (*member, error) {
	ring, err := e.keyring()
	if err != nil {
		return nil, err
	}
	info, err := ring.Info(c.Context, name)
	if err != nil {
		return nil, err
	}
	m := &member{e: e, key: name, user: name, account: info.Account, region: e.orElse("AWS_REGION", e.getenv("AWS_DEFAULT_REGION")), mfaSerial: info.MFASerial}
	if command := c.String("mfa-process"); command != "" {
		if m.mfaProcess, err = configgen.SplitMFAProcess(command); err != nil {
			return nil, err
		}
	}
	return m, m.fromProfiles()
}

// fromProfiles completes what is known of a key by the first profile that uses it.
func (m *member) fromProfiles() error {
	files, err := m.e.files()
	if err != nil {
		return err
	}
	for _, name := range files.Names() {
		p, err := files.Profile(name, m.e.getenv)
		if err != nil || p.Key != m.key {
			continue
		}
		if m.mfaSerial == "" {
			m.mfaSerial = p.MFASerial
		}
		if m.region == "" {
			m.region = p.Region
		}
		if len(m.mfaProcess) == 0 {
			m.mfaProcess = p.MFAProcess
		}
	}
	if m.region == "" {
		m.region = usualRegion
	}
	return nil
}

// rotate does what the plan says, from wherever an earlier run was stopped.
func (m *member) rotate(ctx context.Context, r *rotation, drop string) error {
	info, err := r.ring.Info(ctx, r.name)
	if err != nil {
		return err
	}
	r.old = info
	open, err := m.openIAM(ctx, r.ring)
	if err != nil {
		return err
	}
	keys, err := provision.OwnKeys(ctx, open.IAM)
	if err != nil {
		return ownKeysDenied(err, m)
	}
	note, err := r.note(ctx)
	if err != nil {
		return err
	}
	steps, err := provision.PlanRotation(info.ID, note, keys, drop)
	if err != nil {
		return err
	}
	r.prove = func(ctx context.Context) error { return m.proveKey(ctx, nextName(r.name)) }
	rotator := provision.Rotator{IAM: open.IAM, Keys: r, Say: func(line string) { m.e.notice("%s", line) }}
	return rotator.Apply(ctx, steps)
}

// openIAM reaches IAM by an MFA session; by the key itself where the user has no device.
func (m *member) openIAM(ctx context.Context, ring *keyring.Keyring) (provision.Access, error) {
	if m.mfaSerial == "" {
		return m.e.openOwn(ctx, ring, m.key, m.region)
	}
	site, err := m.e.site(m.region)
	if err != nil {
		return provision.Access{}, err
	}
	own, err := m.sessionProfile(configgen.RoleProfile{Name: m.key})
	if err != nil {
		return provision.Access{}, err
	}
	s, err := m.e.retrieveFor(ctx, own)
	if err != nil {
		return provision.Access{}, err
	}
	return site.Open(ctx, configgen.Account{Name: m.key}, provision.Credentials{Via: "session of " + m.key, Provider: static(s.Credentials)})
}

func ownKeysDenied(err error, m *member) error {
	if !provision.IsDenied(err) {
		return fmt.Errorf("list the keys of %s: %w", m.key, err)
	}
	hint := "the user's group needs the right to manage its own keys (setup gives it)"
	if m.mfaSerial == "" {
		hint = "the right usually asks for MFA, and no MFA device of the key is known: secaws add --mfa-serial ARN " + m.key
	}
	return hinted{fmt.Errorf("%s may not list its own keys", m.key), hint}
}
