package provision

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/secaws/secaws/configgen"
)

// PlanOptions are what a plan depends on beside blueprint and state.
type PlanOptions struct {
	Adopt bool      // take over what has a wanted name and is not ours
	Now   time.Time // revocations that are older than any session they could stop are removed
}

// Plan decides what makes the accounts as the blueprint wants them. It asks nothing of anyone: states is all that was
// read; b has every account's id. A blueprint that is true already gives an empty plan. Within an account what narrows rights comes before what widens
// them, so that no account is ever more open than before or after.
func Plan(b configgen.Blueprint, states []State, o PlanOptions) Changes {
	var all Changes
	for _, have := range states {
		account, _ := b.Account(have.Account)
		p := planner{blueprint: b, have: have, want: Wanted(b, account), options: o}
		p.users()
		p.groups()
		p.roles()
		if have.Identity {
			p.password(b.PasswordPolicy)
		}
		all = all.plus(p.inOrder())
	}
	return all
}

// PlanDestroy decides what removes everything that Plan and Apply ever made, and nothing else: users and buckets stay,
// and so does what others made. The password policy becomes what it was.
func PlanDestroy(states []State) Changes {
	var all Changes
	for _, have := range states {
		p := planner{have: have, want: State{Account: have.Account, ID: have.ID, Identity: have.Identity}}
		if have.Identity {
			p.passwordBefore()
		}
		p.groups()
		p.roles()
		all = all.plus(p.inOrder())
	}
	return all
}

func (c Changes) plus(more Changes) Changes {
	return Changes{
		List:      append(c.List, more.List...),
		Conflicts: append(c.Conflicts, more.Conflicts...),
		Notes:     append(c.Notes, more.Notes...),
	}
}

// planner gathers what one account needs.
type planner struct {
	blueprint  configgen.Blueprint
	have, want State
	options    PlanOptions
	done       Changes
}

// inOrder puts what narrows before what widens, for all things of the account together.
func (p *planner) inOrder() Changes {
	slices.SortStableFunc(p.done.List, func(a, b Change) int { return cmp.Compare(a.phase, b.phase) })
	return p.done
}

// add notes a change.
func (p *planner) add(c Change) {
	c.Account = p.have.Account
	switch {
	case c.phase != phaseUsual:
	case c.Op == Add:
		c.phase = phaseWiden
	default:
		c.phase = phaseNarrow
	}
	p.done.List = append(p.done.List, c)
}

func (p *planner) conflict(what, why string, adoptable bool) {
	p.done.Conflicts = append(p.done.Conflicts, Conflict{p.have.Account, what, why, adoptable})
}

func (p *planner) note(text string) {
	p.done.Notes = append(p.done.Notes, Note{p.have.Account, text})
}

// claim decides whether a thing that is there may be worked on: ours, or adopted. What is neither is a conflict.
func (p *planner) claim(what, wantName, haveName string, ours bool) bool {
	switch {
	case wantName != haveName:
		p.conflict(what, "there is one named "+haveName+", and IAM tells no capital from a small letter in names", false)
	case ours || p.options.Adopt:
		return true
	default:
		p.conflict(what, "there is one that secaws did not make", true)
	}
	return false
}

// named finds the thing of that name in the way IAM tells names apart.
func named[T any](list []T, name string, nameOf func(T) string) (T, bool) {
	for _, item := range list {
		if strings.EqualFold(nameOf(item), name) {
			return item, true
		}
	}
	var none T
	return none, false
}

func roleName(r Role) string   { return r.Name }
func groupName(g Group) string { return g.Name }

// missing returns what is in want and not in have, in order.
func missing(want, have []string) []string {
	var out []string
	for _, w := range want {
		if !slices.Contains(have, w) {
			out = append(out, w)
		}
	}
	return out
}

// sortedKeys returns the keys of m in order, so that equal states give equal plans.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
