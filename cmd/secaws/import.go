package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

func importCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "take keys over from ~/.aws, aws-vault, the environment or a file",
		UsageText: "secaws import [--from SOURCE] [options] [NAME…]",
		Description: example("SOURCE is files (~/.aws/credentials and config, the default), aws-vault, env, or the path of the .csv that\n"+
			"the console gives or of the .json that aws iam create-access-key prints. Each key is stored, read back\n"+
			"and proven; with --remove its clear-text copy is then taken away, and none is kept. Nothing but keys is\n"+
			"taken over: no program that a profile names. Nothing is removed from aws-vault.",
			"secaws import --remove --profile"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "where the keys are: `SOURCE`", Value: "files"},
			&cli.StringFlag{Name: "as", Usage: "the `NAME` to store the one key under"},
			&cli.BoolFlag{Name: "remove", Usage: "remove the clear-text copies once the stored ones are proven"},
			&cli.BoolFlag{Name: "profile", Usage: "with --remove, have secaws serve the profiles that held the keys"},
			&cli.BoolFlag{Name: "no-verify", Usage: "do not ask AWS whether the keys work"},
			&cli.StringFlag{Name: "region", Usage: "the `REGION` to ask in (default: the environment's, else " + usualRegion + ")"},
			dryRunFlag(), yesFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runImport(e, c) },
	}
}

// importAnswer is what became of one key, as import --json answers it.
type importAnswer struct {
	Name    string `json:"name"`
	KeyID   string `json:"key_id,omitempty"`
	User    string `json:"user,omitempty"`
	Account string `json:"account,omitempty"`
	Origin  string `json:"origin"`
	Outcome string `json:"outcome"`           // stored, there already, would be stored, failed
	Reason  string `json:"reason,omitempty"`  // of a failure
	Removed string `json:"removed,omitempty"` // the file that it is no longer in
	Profile string `json:"profile,omitempty"` // that secaws serves now
}

// The outcomes of an import.
const (
	importStored = "stored"
	importThere  = "there already"
	importWould  = "would be stored"
	importFailed = "failed"
)

func runImport(e *env, c *cli.Context) error {
	if c.Bool("profile") && !c.Bool("remove") {
		return usageErrorf(c, "--profile needs --remove: while the key lies in clear, SDKs take that one")
	}
	found, err := e.findKeys(c, c.Args().Slice())
	if err != nil {
		return err
	}
	if found, err = renamed(c, found); err != nil {
		return err
	}
	if len(found) == 0 {
		e.notice("no keys were found")
		return nil
	}
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	i := importing{e: e, c: c, ring: ring}
	answers, failures, err := i.all(found)
	if err != nil {
		return err
	}
	failures = append(failures, i.clean(found, answers)...)
	if err := e.tellImported(c, answers); err != nil {
		return err
	}
	return e.oneFailure(failures)
}

// oneFailure is the failure where there is one. Several are told a line each.
func (e *env) oneFailure(failures []error) error {
	switch len(failures) {
	case 0:
		return nil
	case 1:
		return failures[0]
	}
	for _, failure := range failures {
		e.notice("%v", failure)
		if hint := ownHint(failure); hint != "" {
			e.notice("hint: %s", hint)
		}
	}
	return fmt.Errorf("%d things failed", len(failures))
}

// isKeyName tells whether a key can be stored under the name.
func isKeyName(name string) bool {
	return name != "" && len(name) <= 128 && !strings.HasPrefix(name, "-") && printable(name) && strings.TrimSpace(name) == name
}

// renamed gives the one key the name of --as.
func renamed(c *cli.Context, found []foundKey) ([]foundKey, error) {
	as := c.String("as")
	if as == "" {
		return found, nil
	}
	if len(found) != 1 {
		return nil, usageErrorf(c, "--as names one key, and there are %d", len(found))
	}
	found[0].name = as
	return found, nil
}

// importing takes keys over, one after the other.
type importing struct {
	e    *env
	c    *cli.Context
	ring *keyring.Keyring
}

// all takes every key over that can be; one that cannot keeps none of the others back.
func (i importing) all(found []foundKey) (answers []importAnswer, failures []error, err error) {
	for _, f := range found {
		answer, err := i.one(f)
		if i.c.Context.Err() != nil || errors.Is(err, session.ErrCanceled) {
			return nil, nil, errors.Join(i.c.Context.Err(), err)
		}
		if err != nil {
			answer.Outcome, answer.Reason = importFailed, err.Error()
			failures = append(failures, prefixed{fmt.Sprintf("key %q (%s)", f.name, f.origin), err})
		}
		answers = append(answers, answer)
	}
	return answers, failures, nil
}

// prefixed names the object of an error and keeps its hint.
type prefixed struct {
	object string
	error
}

func (p prefixed) Error() string { return p.object + ": " + p.error.Error() }

func (p prefixed) Unwrap() error { return p.error }

func (i importing) one(f foundKey) (importAnswer, error) {
	answer := importAnswer{Name: f.name, KeyID: f.key.ID, Origin: f.origin}
	if f.err != nil {
		return answer, f.err
	}
	if !isKeyName(f.name) {
		return answer, hinted{errors.New("its name cannot be a key's"), "give it another with --as"}
	}
	if err := checkKey(f.key); err != nil {
		return answer, err
	}
	there, err := i.present(f)
	if err != nil {
		return answer, err
	}
	switch {
	case there:
		answer.Outcome = importThere
		return answer, i.readBack(f)
	case i.c.Bool("dry-run"):
		answer.Outcome = importWould
		return answer, nil
	}
	return i.store(f, answer)
}

// present tells whether the very key is in the keychain under its name. Another key under that name is a conflict.
func (i importing) present(f foundKey) (bool, error) {
	info, err := i.ring.Info(i.c.Context, f.name)
	var none *keyring.NotFoundError
	switch {
	case errors.As(err, &none):
		return false, i.elsewhere(f)
	case err != nil:
		return false, err
	case info.ID != f.key.ID:
		return false, hinted{fmt.Errorf("the keychain has another key of that name, %s", info.ID), "store this one under another name: secaws import " + f.name + " --as NAME"}
	}
	return true, nil
}

// elsewhere says that the key is in the keychain under another name; it is stored once more all the same, since
// profiles know it by both.
func (i importing) elsewhere(f foundKey) error {
	infos, err := i.ring.List(i.c.Context)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if info.ID == f.key.ID {
			i.e.notice("%s is in the keychain already, as %s", info.ID, info.Name)
		}
	}
	return nil
}

func (i importing) store(f foundKey, answer importAnswer) (importAnswer, error) {
	key := keyring.AccessKey{Name: f.name, ID: f.key.ID, Secret: f.key.Secret, User: f.key.User, Created: f.key.Created, MFASerial: f.mfaSerial}
	if !i.c.Bool("no-verify") {
		who, err := i.e.identify(i.c.Context, f.name, credentialsOf(key), i.e.regionFor(i.c))
		if err != nil {
			return answer, err
		}
		if key.User, err = userOf(who.ARN); err != nil {
			return answer, err
		}
		key.Account = who.Account
	}
	if err := i.ring.Add(i.c.Context, key); err != nil {
		return answer, err
	}
	i.e.audit(auditEntry{Command: "import", Key: f.name, KeyID: key.ID})
	answer.Outcome, answer.User, answer.Account = importStored, key.User, key.Account
	return answer, i.readBack(f)
}

// readBack compares what the keychain gives back with what was found.
func (i importing) readBack(f foundKey) error {
	stored, err := i.ring.Credentials(i.c.Context, f.name)
	if err != nil {
		return fmt.Errorf("read it back: %w", err)
	}
	if stored.AccessKeyID != f.key.ID || stored.SecretAccessKey != f.key.Secret.Reveal() {
		return errors.New("the keychain has another secret for this key; nothing is removed")
	}
	return nil
}

// clean removes the clear-text copies of the keys that are safe in the keychain, where the person wants it.
func (i importing) clean(found []foundKey, answers []importAnswer) []error {
	var errs []error
	for n, f := range found {
		safe := answers[n].Outcome == importStored || answers[n].Outcome == importThere
		if !safe || f.remove == nil || i.c.Bool("dry-run") || f.together && !allSafe(answers) {
			continue
		}
		wanted, err := i.wantsRemoval(i.c.Context, f)
		if err != nil {
			return append(errs, err)
		}
		if !wanted {
			i.e.notice("%s still lies in clear in %s; to remove it there: --remove", f.key.ID, f.clear)
			continue
		}
		if err := f.remove(); err != nil {
			errs = append(errs, fmt.Errorf("remove the key %s from %s: %w", f.key.ID, f.clear, err))
			continue
		}
		answers[n].Removed = f.clear
		if answers[n].Profile, err = i.serve(f); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func allSafe(answers []importAnswer) bool {
	return !slices.ContainsFunc(answers, func(a importAnswer) bool { return a.Outcome != importStored && a.Outcome != importThere })
}

func (i importing) wantsRemoval(ctx context.Context, f foundKey) (bool, error) {
	if i.c.Bool("remove") {
		return true, nil
	}
	if i.c.Bool("json") || i.c.Bool("yes") || i.e.canPrompt() != nil {
		return false, nil
	}
	return i.e.confirm(ctx, fmt.Sprintf("The key %s is safe in the keychain as %s. Remove its clear-text copy from %s?", escape(f.key.ID), escape(f.name), escape(f.clear)))
}
