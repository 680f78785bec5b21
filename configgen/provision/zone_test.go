package provision

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/configgen"
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

// With IAM five seconds late everything still works, and says what it waits for.
func TestPropagationIsWaitedFor(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{Propagation: 5 * time.Second})
	before := z.lab.Snapshot()
	z.mustApply()
	if !z.heard("waiting for IAM to show the changes in ") { // in whichever account looked first: the clock jumps for all
		t.Errorf("apply said %q", z.said)
	}
	z.mustBeDone()
	checks, err := z.verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if !c.OK {
			t.Errorf("%s: %s in %s: expected %s, seen %s", c.Who, c.What, c.Account, c.Expected, c.Seen)
		}
	}
	if !z.heard("waiting up to 30s for the next code") {
		t.Errorf("verify said %q", z.said)
	}
	// Applied again before IAM shows the first time: what is there already is ours, and no error.
	fresh := newZone(t, awslab.Options{Propagation: 5 * time.Second})
	open, plan, err := fresh.plan(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Apply(ctx, open, plan, Applying{Wait: fresh.wait()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.destroy(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("destroy left:\n%s", strings.Join(diff, "\n"))
	}
}

// A surprise is told: rights that a role should not have, and a role that lets in without MFA.
func TestVerifyTellsSurprises(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	z.mustApply()
	open, _ := z.open(ctx)
	widen := sequence(
		later((*iam.Client).AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: ptr("DevAdmin"), PolicyArn: ptr(administrator)}),
		later((*iam.Client).UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: ptr("Ops"), PolicyDocument: ptr(openTrust)}),
	)
	if err := widen(ctx, open[3].IAM); err != nil {
		t.Fatal(err)
	}
	before := z.lab.Snapshot()
	checks, err := z.verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range checks {
		if !c.OK {
			got[c.Who+": "+c.What+" in "+c.Account] = c.Seen
		}
	}
	want := map[string]string{
		"landing zone: stands as planned in prod":   "2 changes due, the first: ~ role Ops: trust policy",
		"DevAdmin: make a bucket in prod":           "allowed",
		"Operators without MFA: assume Ops in prod": "allowed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := before.Diff(z.lab.Snapshot()); len(diff) > 0 {
		t.Errorf("verify left:\n%s", strings.Join(diff, "\n"))
	}
}

// Refusals count for nothing where what should be allowed is not.
func TestRefusalsAloneProveNothing(t *testing.T) {
	ctx := context.Background()
	z := newZone(t, awslab.Options{})
	z.mustApply()
	open, _ := z.open(ctx)
	if err := later((*iam.Client).DeleteGroupPolicy, &iam.DeleteGroupPolicyInput{GroupName: ptr("Operators"), PolicyName: ptr(configgen.AssumePolicyName)})(ctx, open[0].IAM); err != nil {
		t.Fatal(err)
	}
	checks, err := z.verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if strings.HasPrefix(c.Who, "Operators") && (c.OK || c.Seen == seenAllowed) {
			t.Errorf("%s: %s in %s: seen %s, taken for proof", c.Who, c.What, c.Account, c.Seen)
		}
	}
	// What is missing is known from the plan: nobody is kept waiting for it to work.
	if !z.heard("waiting for the rights of Operators to work, up to 20s") {
		t.Errorf("verify said %q", z.said)
	}
}

// Fifty accounts at 20 ms a call: planned within 15 s, applied, and no more than a bounded number of calls at once.
func TestFiftyAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	ctx := context.Background()
	z := newZone(t, awslab.Options{Accounts: 50, Latency: 20 * time.Millisecond})
	z.b = fiftyAccounts(z)
	if err := z.b.CheckSizes(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, plan, err := z.plan(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("the plan took %s", took)
	}
	if roles := len(plan.Of("env50")); roles != 6 || len(plan.List) < 300 {
		t.Errorf("%d changes, %d in the last account", len(plan.List), roles)
	}
	z.mustApply()
	begun = time.Now()
	z.mustBeDone()
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("the plan of what stands took %s", took)
	}
	if z.wire.most > atOnce {
		t.Errorf("%d calls at once", z.wire.most)
	}
}

// fiftyAccounts is the default blueprint with all the lab's accounts.
func fiftyAccounts(z *zone) configgen.Blueprint {
	b := configgen.DefaultBlueprint()
	for _, p := range z.lab.Profiles() {
		if name, ok := strings.CutPrefix(p.Name, "secure-aws-env"); ok {
			b.Accounts = append(b.Accounts, configgen.Account{Name: "env" + name, Bootstrap: p.Name})
		}
	}
	return b
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
