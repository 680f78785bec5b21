package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/safefile"
	"github.com/secaws/secaws/session"
)

func setupCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "setup",
		Usage:     "make accounts a landing zone, from one blueprint, and prove it",
		UsageText: "secaws setup COMMAND",
		Description: example("Groups in one account, roles in all others, MFA for everything. It runs on the bootstrap keys of the\n"+
			"accounts while they work, then on your own profiles of the Admin role.", "secaws setup init && secaws setup apply"),
		Subcommands: []*cli.Command{
			setupInitCommand(e), setupPlanCommand(e), setupApplyCommand(e), setupVerifyCommand(e), setupMapCommand(e),
			setupDestroyCommand(e), setupDisableCommand(e), setupExportCommand(e),
		},
	}
}

func setupAdoptFlag() cli.Flag {
	return &cli.BoolFlag{Name: "adopt", Usage: "take over roles and groups of the same names that secaws did not make"}
}

// survey is a landing zone with what was read of its accounts.
type survey struct {
	*zone
	open   []provision.Access
	states []provision.State
}

// survey measures the blueprint, reaches the accounts and reads them. It changes nothing.
func (z *zone) survey(ctx context.Context) (survey, error) {
	s := survey{zone: z}
	if err := z.blueprint.CheckSizes(); err != nil {
		return s, err
	}
	var err error
	if s.open, err = z.open(ctx); err != nil {
		return s, err
	}
	z.tellClearKeys()
	s.states, err = provision.ReadAll(ctx, z.blueprint, s.open, z.counter("read", len(s.open)))
	return s, err
}

// counter tells how far a long walk over accounts is, every tenth of them.
func (z *zone) counter(verb string, of int) func(provision.Access) {
	var mu sync.Mutex
	n := 0
	return func(provision.Access) {
		mu.Lock()
		defer mu.Unlock()
		if n++; of > 10 && (n%10 == 0 || n == of) {
			z.e.notice("%s %d of %d accounts", verb, n, of)
		}
	}
}

// plan decides what is to be done.
func (s survey) plan(adopt bool) provision.Changes {
	return provision.Plan(s.blueprint, s.states, s.planOptions(adopt))
}

func (z *zone) planOptions(adopt bool) provision.PlanOptions {
	return provision.PlanOptions{Adopt: adopt, Now: z.e.now()}
}

// waiter polls and says what it waits for.
func (z *zone) waiter() provision.Waiter {
	return provision.Waiter{Say: func(line string) { z.e.notice("%s", line) }}
}

// apply makes the changes, telling each, and waits until IAM shows them.
func (s survey) apply(ctx context.Context, plan provision.Changes, again func([]provision.State) provision.Changes) error {
	var mu sync.Mutex
	done, total := map[string]int{}, map[string]int{}
	for _, c := range plan.List {
		total[c.Account]++
	}
	after := func(c provision.Change, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			done[c.Account]++
			s.e.notice("%s %d/%d: %s %s", c.Account, done[c.Account], total[c.Account], string(c.Op), c.What)
		}
	}
	if err := provision.Apply(ctx, s.open, plan, provision.Applying{After: after, Wait: s.waiter()}); err != nil {
		return err
	}
	return provision.Confirm(ctx, s.blueprint, s.open, plan, again, s.waiter())
}

// pin writes the ids of the accounts into the blueprint, so that a profile that is exchanged is noticed. A file that
// cannot be written is told: the landing zone stands all the same.
func (z *zone) pin(open []provision.Access) {
	ids := map[string]string{}
	for _, a := range open {
		ids[a.Account.Name] = a.Account.ID
	}
	before, err := os.ReadFile(z.path)
	if err == nil {
		var after []byte
		if after, err = configgen.PinBlueprint(z.path, before, ids); err == nil && string(after) != string(before) {
			err = safefile.Write(z.path, after, 0o600)
		}
	}
	if err != nil {
		z.e.notice("the ids of the accounts are not in the blueprint yet: %v", err)
	}
}

// bootstrapKeyIDs are the ids of the bootstrap keys that this machine knows, by account name.
func (z *zone) bootstrapKeyIDs(ctx context.Context) (map[string]string, error) {
	files, err := z.e.files()
	if err != nil {
		return nil, err
	}
	ring, err := z.e.keyring()
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, a := range z.blueprint.All() {
		if id, _, ok := files.StaticKey(a.Bootstrap); ok {
			ids[a.Name] = id
		}
		if info, err := ring.Info(ctx, a.Bootstrap); err == nil {
			ids[a.Name] = info.ID
		}
	}
	return ids, nil
}

// typed has the person type a word, where a y would come too easily; --confirm types it where nobody can be asked.
func (e *env) typed(c *cli.Context, question, word string) error {
	answer := c.String("confirm")
	if answer == "" {
		var err error
		answer, err = e.ask(c.Context, question)
		if errors.Is(err, session.ErrNoTerminal) {
			return hinted{errors.New("no terminal to ask on whether you are sure"), "if you are, say --confirm " + word}
		}
		if err != nil {
			return err
		}
	}
	if answer != word {
		return errors.New("that is not the word; nothing is done")
	}
	return nil
}

// missing tells whether a file is not there.
func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// replace writes a file whose folder may have to be made.
func replace(path string, data string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return safefile.Write(path, []byte(data), 0o600)
}
