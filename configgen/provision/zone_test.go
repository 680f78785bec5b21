package provision

import (
	"context"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

func TestApplyThenPlanIsEmptyThenDestroyLeavesNothing(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	before := z.lab.Snapshot()

	_, plan, err := z.plan(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	reads := z.wire.calls
	z.wire.reset(place{}, faultNone)
	z.mustApply()
	if most := len(plan.List) + reads + 5; z.wire.calls > most { // 5: one look at each account and the password policy afterwards
		t.Errorf("apply made %d calls; %d changes, %d reads", z.wire.calls, len(plan.List), reads)
	}

	z.wire.reset(place{}, faultNone)
	z.mustBeDone()
	for _, body := range z.wire.bodies {
		if action := actionOf(body); !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List") {
			t.Errorf("a second plan calls %s", action)
		}
	}

	if err := z.destroy(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("destroy left:\n%s", strings.Join(diff, "\n"))
	}
}

func TestVerifyIsGreen(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	z.mustApply()
	before := z.lab.Snapshot()
	checks, err := z.verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if !c.OK {
			t.Errorf("%s: %s in %s: expected %s, seen %s", c.Who, c.What, c.Account, c.Expected, c.Seen)
		}
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("verify left:\n%s", strings.Join(diff, "\n"))
	}
	if len(checks) != 4+30+30+10 {
		t.Errorf("%d checks", len(checks))
	}
}

// The lab's own landing zone, written without this package, is what the blueprint wants.
func TestTheLabsLandingZoneIsTheBlueprints(t *testing.T) {
	newZone(t, awslab.Options{Seed: awslab.SeedLandingZone}).mustBeDone()
}

func actionOf(body string) string {
	_, rest, _ := strings.Cut(body, "Action=")
	action, _, _ := strings.Cut(rest, "&")
	return action
}
