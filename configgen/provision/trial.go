package provision

import (
	"cmp"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/configgen"
)

// trial is one thing a probe tries.
type trial struct {
	who, what, account string
	want               bool // whether AWS should allow it
	try                func(ctx context.Context) (allowed bool, err error)

	done bool
	seen string
}

// What a trial can come to.
const (
	seenAllowed = "allowed"
	seenRefused = "refused"
	seenNothing = "not tried"
)

func seenAs(allowed bool) string {
	if allowed {
		return seenAllowed
	}
	return seenRefused
}

func (t *trial) check() Check {
	seen := t.seen
	if seen == "" {
		seen = seenNothing
	}
	return Check{Who: t.who, What: t.what, Account: t.account, Expected: seenAs(t.want), Seen: seen, OK: t.done}
}

// trials are everything members of the probe's group are tested for: every role of the blueprint, with MFA and
// without, and a bucket in every account where a role of theirs can or cannot make one. Roles come before what is
// done with them.
func (v *Verifier) trials(p *probe) []*trial {
	var roles, buckets, without []*trial
	for _, g := range v.Blueprint.Grants("") {
		own := g.Role.Group == p.group
		in := &assumed{}
		roles = append(roles, &trial{
			who: p.group + " with MFA", what: "assume " + g.Role.Name, account: g.Account.Name, want: own,
			try: func(ctx context.Context) (bool, error) { return v.assume(ctx, p, p.session, g, in) },
		})
		without = append(without, &trial{
			who: p.group + " without MFA", what: "assume " + g.Role.Name, account: g.Account.Name, want: own && !g.Role.MFA,
			try: func(ctx context.Context) (bool, error) { return v.assume(ctx, p, p.key, g, &assumed{}) },
		})
		makes := mayMakeBuckets(v.Blueprint.PoliciesIn(g.Role, g.Account.Name))
		if own && makes != Unknown {
			buckets = append(buckets, &trial{
				who: g.Role.Name, what: "make a bucket", account: g.Account.Name, want: makes == Allowed,
				try: func(ctx context.Context) (bool, error) { return v.makeBucket(ctx, g.Account, in) },
			})
		}
	}
	return append(append(roles, buckets...), without...)
}

// assumed holds the credentials of a role once it was assumed.
type assumed struct{ credentials aws.Credentials }

func (v *Verifier) assume(ctx context.Context, p *probe, as aws.Credentials, g configgen.Grant, into *assumed) (bool, error) {
	in := &sts.AssumeRoleInput{RoleArn: &g.ARN, RoleSessionName: &p.user, DurationSeconds: aws.Int32(900)}
	if g.Role.ExternalID != "" {
		in.ExternalId = &g.Role.ExternalID
	}
	out, err := v.Site.sts(plainCredentials(as)).AssumeRole(ctx, in)
	if isCode(err, "AccessDenied") || isCode(err, "InvalidClientTokenId") { // the key of a session may not be known yet
		return false, nil
	}
	if err == nil {
		into.credentials = stsCredentials(out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey, out.Credentials.SessionToken)
	}
	return err == nil, err
}

// settle tries everything until it is as expected, allowed things first: IAM is eventually consistent, so a refusal
// proves nothing before the probe's rights have been seen to work. What stays other than expected is a surprise.
func (v *Verifier) settle(ctx context.Context, p *probe, trials []*trial) error {
	for _, want := range []bool{true, false} {
		wait := v.Wait
		what := "the rights of " + p.group + " to work"
		if !want {
			what = "AWS to refuse what " + p.group + " may not do"
		}
		if v.drifted || !want {
			wait.Limit = cmp.Or(v.Settle, settleTime)
		}
		err := wait.Until(ctx, what, func(ctx context.Context) (bool, error) { return tryAll(ctx, trials, want) })
		var still *StillWaitingError
		if errors.As(err, &still) && want {
			return nil // and no refusal is tried: it would prove nothing
		}
		if err != nil && still == nil {
			return err
		}
	}
	return nil
}

// tryAll tries what is wanted so and not settled yet, and tells whether all of it is now.
func tryAll(ctx context.Context, trials []*trial, want bool) (bool, error) {
	all := true
	for _, t := range trials {
		if t.want != want || t.done {
			continue
		}
		allowed, err := t.try(ctx)
		if err != nil {
			return false, err
		}
		t.seen, t.done = seenAs(allowed), allowed == want
		all = all && t.done
	}
	return all, nil
}
