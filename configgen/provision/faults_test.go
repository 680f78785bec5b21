package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/internal/awslab"
)

// everyFault runs a program once for each of its calls and each thing that can happen to a call. begin makes a zone
// in the state the program starts from; after is what must hold when the program has been run again.
func everyFault(t *testing.T, begin func(t *testing.T) *zone, program func(context.Context, *zone) error, after func(*zone)) {
	ctx := context.Background()
	clean := begin(t)
	clean.wire.reset(place{}, faultNone)
	if err := program(ctx, clean); err != nil {
		t.Fatal(err)
	}
	places, reads := clean.wire.places(), clean.wire.reads
	after(clean)
	if t.Failed() {
		return
	}
	for _, f := range []fault{faultRefused, faultThrottle, faultLost, faultKilled, faultDead} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			for _, at := range places {
				if !worthwhile(f, at, reads) {
					continue
				}
				z := begin(t)
				z.wire.reset(at, f)
				err := program(ctx, z)
				if dies := f == faultKilled || f == faultDead; dies && !errors.Is(err, errKilled) {
					t.Errorf("%s at %v: the program ended with %v", f, at, err)
				} else if f == faultThrottle && err != nil {
					t.Errorf("%s at %v: %v", f, at, err)
				}
				z.notHalfOpen()
				z.wire.reset(place{}, faultNone)
				if err := program(ctx, z); err != nil {
					t.Errorf("%s at %v, run again: %v", f, at, err)
				}
				after(z)
				if t.Failed() {
					t.Fatalf("after %s at %v", f, at)
				}
			}
		})
	}
}

// worthwhile tells whether f at a call is not the same as another one: a read has nothing to be done that could be lost,
// the SDK repeats one like the other, and a caller does nothing between its last change and the next.
func worthwhile(f fault, at place, reads map[place]bool) bool {
	switch f {
	case faultLost, faultKilled, faultThrottle:
		return !reads[at]
	case faultDead:
		return at.nth == 1 || !reads[place{at.caller, at.nth - 1}]
	}
	return true
}

// notHalfOpen fails the test if a role of ours may be assumed otherwise than planned, or a group's policy says
// anything but what it should.
func (z *zone) notHalfOpen() {
	z.t.Helper()
	z.wire.reset(place{}, faultNone)
	open, err := z.open(context.Background())
	if err != nil {
		return // disable-bootstrap has turned this way in off
	}
	states, err := ReadAll(context.Background(), z.b, open, nil)
	if err != nil {
		z.t.Fatal(err)
	}
	for i, state := range states {
		want := Wanted(z.b, open[i].Account)
		for _, role := range state.Roles {
			if wanted, _ := named(want.Roles, role.Name, roleName); !sameDocument(role.Trust, wanted.Trust) {
				z.t.Errorf("role %s in %s trusts otherwise than planned", role.Name, state.Account)
			}
		}
		for _, group := range state.Groups {
			wanted, _ := named(want.Groups, group.Name, groupName)
			for name, document := range group.Inline {
				if !sameDocument(document, wanted.Inline[name]) {
					z.t.Errorf("group %s: policy %s is not the planned one", group.Name, name)
				}
			}
		}
	}
}

// unlike fails the test if the accounts are not as want.
func (z *zone) unlike(want awslab.Snapshot) {
	z.t.Helper()
	if diff := want.Diff(essence(z.lab.Snapshot())); len(diff) > 0 {
		z.t.Errorf("the accounts are not as they should be:\n%s", strings.Join(diff, "\n"))
	}
}

func TestApplyConvergesAfterAnyFault(t *testing.T) {
	var want awslab.Snapshot
	everyFault(t,
		func(t *testing.T) *zone { return newZone(t, awslab.Options{}) },
		func(ctx context.Context, z *zone) error { return z.apply(ctx, false) },
		func(z *zone) {
			if want == nil {
				want = essence(z.lab.Snapshot())
			}
			z.mustBeDone()
			z.unlike(want)
		})
}

func TestDestroyConvergesAfterAnyFault(t *testing.T) {
	want := essence(newZone(t, awslab.Options{}).lab.Snapshot())
	everyFault(t,
		func(t *testing.T) *zone {
			z := newZone(t, awslab.Options{})
			z.mustApply()
			return z
		},
		func(ctx context.Context, z *zone) error { return z.destroy(ctx) },
		func(z *zone) { z.unlike(want) })
}

// One group and one account, so that the probe's calls come one after the other.
func TestVerifyConvergesAfterAnyFault(t *testing.T) {
	var want awslab.Snapshot
	begin := func(t *testing.T) *zone {
		z := newZone(t, awslab.Options{})
		ops, _ := z.b.Role("Ops")
		z.b.Roles, z.b.Accounts, z.b.AdminRole = []configgen.Role{ops}, z.b.Accounts[:1], ""
		z.mustApply()
		if want == nil {
			want = essence(z.lab.Snapshot())
		}
		return z
	}
	everyFault(t, begin,
		func(ctx context.Context, z *zone) error {
			checks, err := z.verify(ctx)
			for _, c := range checks {
				if err == nil && !c.OK {
					err = fmt.Errorf("%s %s in %s: seen %s", c.Who, c.What, c.Account, c.Seen)
				}
			}
			return err
		},
		func(z *zone) { z.unlike(want) })
}

// ^C at any call of verify leaves nothing behind in the same run.
func TestVerifyCleansUpAfterInterrupts(t *testing.T) {
	begin := func() (*zone, awslab.Snapshot) {
		z := newZone(t, awslab.Options{Seed: awslab.SeedLandingZone})
		z.b.Accounts = z.b.Accounts[:1] // two accounts, to be quicker
		z.b.Roles = z.b.Roles[1:2]
		z.b.AdminRole = ""
		return z, essence(z.lab.Snapshot())
	}
	clean, want := begin()
	if _, err := clean.verify(context.Background()); err != nil {
		t.Fatal(err)
	}
	clean.unlike(want)
	stopped := 0
	for _, at := range clean.wire.places() {
		z, want := begin()
		ctx, cancel := context.WithCancel(context.Background())
		z.wire.stop = cancel
		z.wire.reset(at, faultStop)
		if _, err := z.verify(ctx); errors.Is(err, context.Canceled) {
			stopped++
		}
		cancel()
		z.unlike(want)
		if t.Failed() {
			t.Fatalf("^C at %v", at)
		}
	}
	if stopped < 15 {
		t.Errorf("only %d runs ended early", stopped)
	}
}

// administrator opens a session of the Admin role in every account for the lab's user admin.
func (z *zone) administrator(ctx context.Context) ([]Access, Administrator, error) {
	var key aws.Credentials
	for _, p := range z.lab.Profiles() {
		if p.Name == "admin" {
			key = aws.Credentials{AccessKeyID: p.AccessKeyID, SecretAccessKey: p.Secret}
		}
	}
	code, err := z.lab.TOTP("admin")
	if err != nil {
		return nil, Administrator{}, err
	}
	if code.Used {
		if err := z.clock.sleep(ctx, code.Left); err != nil {
			return nil, Administrator{}, err
		}
		code, _ = z.lab.TOTP("admin")
	}
	out, err := z.site.sts(plainCredentials(key)).GetSessionToken(ctx, &sts.GetSessionTokenInput{
		SerialNumber: aws.String("arn:aws:iam::111111111111:mfa/admin"), TokenCode: &code.Digits,
	})
	if err != nil {
		return nil, Administrator{}, err
	}
	session := stsCredentials(out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey, out.Credentials.SessionToken)
	z.wire.name(session.AccessKeyID, "admin-mfa")
	ids := map[string]string{"admin": "111111111111", "infra": "222222222222", "preprod": "333333333333", "prod": "444444444444"}
	open, err := z.site.OpenAll(ctx, z.b.Pinned(ids), func(a configgen.Account) []Source {
		return []Source{func(ctx context.Context) (Credentials, error) { return z.asAdmin(ctx, session, a.Name, ids[a.Name]) }}
	}, func(Access) {})
	z.b = Pinned(z.b, open)
	return open, Administrator{User: "admin", KeyID: key.AccessKeyID, MFA: true}, err
}

func (z *zone) asAdmin(ctx context.Context, session aws.Credentials, account, id string) (Credentials, error) {
	out, err := z.site.sts(plainCredentials(session)).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + id + ":role/Admin"), RoleSessionName: aws.String("admin"),
	})
	if err != nil {
		return Credentials{}, err
	}
	c := stsCredentials(out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey, out.Credentials.SessionToken)
	z.wire.name(c.AccessKeyID, "Admin in "+account)
	return Credentials{Via: "profile " + account + "-Admin", Provider: credentials.StaticCredentialsProvider{Value: c}}, nil
}

func (w *wire) name(keyID, caller string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[keyID] = caller
}

// bootstrapIDs are the bootstrap keys by account.
func (z *zone) bootstrapIDs() map[string]string {
	ids := map[string]string{}
	for _, a := range z.b.All() {
		for _, p := range z.lab.Profiles() {
			if p.Name == a.Bootstrap {
				ids[a.Name] = p.AccessKeyID
			}
		}
	}
	return ids
}

// disable is one run of setup disable-bootstrap.
func (z *zone) disable(ctx context.Context, remove bool) error {
	open, who, err := z.administrator(ctx)
	if err != nil {
		return err
	}
	keys, err := ReadBootstrapKeys(ctx, open, z.bootstrapIDs())
	if err != nil {
		return err
	}
	if err := ProveAdministrator(ctx, z.b, open, who, keys); err != nil {
		return err
	}
	return Apply(ctx, open, PlanBootstrap(keys, remove), Applying{Wait: z.wait()})
}

func TestDisableBootstrapConvergesAfterAnyFault(t *testing.T) {
	for name, remove := range map[string]bool{"disable": false, "delete": true} {
		t.Run(name, func(t *testing.T) {
			everyFault(t,
				func(t *testing.T) *zone { return newZone(t, awslab.Options{Seed: awslab.SeedLandingZone}) },
				func(ctx context.Context, z *zone) error { return z.disable(ctx, remove) },
				func(z *zone) {
					z.t.Helper()
					if _, err := z.open(context.Background()); !unusable(err) {
						z.t.Errorf("the bootstrap keys: %v", err)
					}
					open, _, err := z.administrator(context.Background())
					if err != nil {
						z.t.Fatalf("the administrator is locked out: %v", err)
					}
					keys, err := ReadBootstrapKeys(context.Background(), open, z.bootstrapIDs())
					for _, k := range keys {
						if k.Active || (k.User == "") != remove {
							z.t.Errorf("key %+v", k)
						}
					}
					if err != nil || len(keys) != 4 {
						z.t.Errorf("%d keys, %v", len(keys), err)
					}
				})
		})
	}
}
