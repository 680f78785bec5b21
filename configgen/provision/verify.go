package provision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/secaws/secaws/configgen"
)

// Verifier proves a landing zone: what it finds is what AWS answered, never what was written.
type Verifier struct {
	Blueprint configgen.Blueprint // with every account's id
	Site      Site
	Open      []Access // of every account, the identity account first
	Wait      Waiter
	Now       func() time.Time
	CodeStep  time.Duration // how long an MFA code lasts: 30 s with AWS
	Settle    time.Duration // how long an answer may be other than expected before it counts; 0: 20 s
	Suffix    func() string // random, of lower-case letters and digits, for names
	Say       func(line string)
	Bootstrap map[string]string // ids of the bootstrap keys known here, by account name

	identity Access
	drifted  bool // the accounts are not as planned: what is refused will stay so
	mu       sync.Mutex
	made     map[string]Access // buckets that may exist, and who can remove them
}

// Check is one thing that was expected, and what was seen.
type Check struct {
	Who      string `json:"who"`  // "Operators with MFA"
	What     string `json:"what"` // "assume Ops"
	Account  string `json:"account"`
	Expected string `json:"expected"`
	Seen     string `json:"seen"`
	OK       bool   `json:"ok"`
	Info     bool   `json:"info,omitempty"` // not held against the landing zone
}

// settleTime is Verifier.Settle where it is not given.
const settleTime = 20 * time.Second

// Verify makes a probe user in every group, finds out what each can do and removes them again, also when ctx ends. An
// error means that the proof could not be finished; a surprise is no error but a Check that is not OK.
func (v *Verifier) Verify(ctx context.Context) ([]Check, error) {
	v.identity, v.made = v.Open[0], map[string]Access{}
	states, err := ReadAll(ctx, v.Blueprint, v.Open, nil)
	if err != nil {
		return nil, err
	}
	if err := v.Sweep(ctx, states); err != nil {
		return nil, err
	}
	checks := planned(v.Blueprint, Plan(v.Blueprint, states, PlanOptions{Now: v.now()}))
	v.drifted = slices.ContainsFunc(checks, func(c Check) bool { return !c.OK })
	keys, err := ReadBootstrapKeys(ctx, v.Open, v.Bootstrap)
	if err != nil {
		return checks, err
	}
	probed, err := v.probeGroups(ctx)
	return slices.Concat(checks, checkBootstrap(v.Blueprint, keys), probed), err
}

// Sweep removes the probes and buckets that a run which was killed left behind.
func (v *Verifier) Sweep(ctx context.Context, states []State) error {
	v.identity = v.Open[0]
	for _, state := range states {
		for _, user := range state.Users {
			if user.Tags[configgen.Mark] != configgen.MarkProbe {
				continue
			}
			v.say("removing probe user %s, which an earlier run left", user.Name)
			if err := v.dismiss(ctx, user.Name); err != nil {
				return err
			}
		}
	}
	return parallel(ctx, len(v.Open), func(ctx context.Context, i int) error { return v.sweepBuckets(ctx, v.Open[i]) })
}

// planned turns what the plan still has to do into checks.
func planned(b configgen.Blueprint, plan Changes) []Check {
	var checks []Check
	for _, a := range b.All() {
		c := Check{Who: "landing zone", What: "stands as planned", Account: a.Name, Expected: "as planned", Seen: "as planned", OK: true}
		switch due := plan.Of(a.Name); len(due) {
		case 0:
		case 1:
			c.OK, c.Seen = false, fmt.Sprintf("1 change due: %s %s", due[0].Op, due[0].What)
		default:
			c.OK, c.Seen = false, fmt.Sprintf("%d changes due, the first: %s %s", len(due), due[0].Op, due[0].What)
		}
		for _, conflict := range plan.Conflicts {
			if conflict.Account == a.Name {
				c.OK, c.Seen = false, conflict.What+": "+conflict.Why
			}
		}
		checks = append(checks, c)
	}
	return checks
}

// probeGroups runs one probe a group, all at the same time.
func (v *Verifier) probeGroups(ctx context.Context) ([]Check, error) {
	groups := v.Blueprint.Groups()
	found := make([][]Check, len(groups))
	suffix := v.Suffix()
	err := parallel(ctx, len(groups), func(ctx context.Context, i int) (err error) {
		p := &probe{group: groups[i], user: probePrefix + suffix + "-" + fmt.Sprint(i)}
		found[i], err = v.probe(ctx, p)
		return err
	})
	cleanup, cancel := v.cleanup(ctx)
	defer cancel()
	return slices.Concat(found...), several([]error{err, v.removeBuckets(cleanup)})
}

// cleanup is a context for removing what was made: it goes on when ctx has ended.
func (v *Verifier) cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
}

func (v *Verifier) probe(ctx context.Context, p *probe) (checks []Check, err error) {
	defer func() {
		cleanup, cancel := v.cleanup(ctx)
		defer cancel()
		err = several([]error{err, v.dismiss(cleanup, p.user)})
	}()
	v.say("making probe user %s in %s", p.user, p.group)
	if err := v.enrol(ctx, p); err != nil {
		return nil, err
	}
	trials := v.trials(p)
	v.say("trying what members of %s can do", p.group)
	err = v.settle(ctx, p, trials)
	for _, t := range trials {
		checks = append(checks, t.check())
	}
	slices.SortStableFunc(checks, func(a, b Check) int { return cmp.Compare(a.Who+a.What, b.Who+b.What) })
	return checks, err
}

// now is AWS's time.
func (v *Verifier) now() time.Time { return v.Now().Add(v.identity.Offset) }

func (v *Verifier) say(format string, args ...any) {
	if v.Say != nil {
		v.Say(fmt.Sprintf(format, args...))
	}
}
