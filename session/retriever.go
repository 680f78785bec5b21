package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Retriever gives out sessions: from the store while they are fresh, else made once
// for all who wait for the same one. Set every field down to Now.
type Retriever struct {
	Keys     Keys
	Store    Store
	Prompter Prompter
	STS      func(Caller) STS
	Now      func() time.Time

	CanPrompt bool                 // there is a person: a prompt would be seen, and may be waited for
	Notice    func(line string)    // tells the person what goes on; nil = nobody
	Environ   []string             // of an mfa_process
	Stderr    io.Writer            // of an mfa_process; nil = nowhere
	Patience  time.Duration        // wait for other processes where CanPrompt is not set; 0 = 50 s
	Uptime    func() time.Duration // since the machine started; nil = the system's

	pause func(context.Context, time.Duration) error // in tests
}

// The Go SDK kills a credential_process after 60 s.
const usualPatience = 50 * time.Second

// Retrieve returns credentials for the profile. Warm, it reads the index and one
// session and nothing else: no key, no network.
//
// Errors are *ProfileError, *EndpointError, *Error, *NoTerminalError, *BusyError,
// *PassedError, *ProcessError, ErrCanceled, or those of Keys and Store.
func (r *Retriever) Retrieve(ctx context.Context, p Profile) (Session, error) {
	c, err := r.begin(ctx, p)
	if err != nil {
		return Session{}, err
	}
	last := len(c.steps) - 1
	rec, err := c.session(ctx, last, c.wanted)
	if old, ok := c.insteadOf(ctx, err); ok {
		rec, err = old, nil
	}
	if err != nil {
		return Session{}, canceled(ctx, err)
	}
	return rec.session(p), nil
}

// Login makes the session for which an MFA code is asked, unless the one there is
// good for longer than least, and returns it. A profile without MFA gets the first
// session of its chain.
func (r *Retriever) Login(ctx context.Context, p Profile, least time.Duration) (Session, error) {
	c, err := r.begin(ctx, p)
	if err != nil {
		return Session{}, err
	}
	rec, err := c.session(ctx, 0, func(_ context.Context, rec record) (bool, error) {
		return c.sinceStart(rec) || c.left(rec) > least, nil
	})
	if err != nil {
		return Session{}, canceled(ctx, err)
	}
	return rec.session(p), nil
}

// Identities are those of the sessions on the way to the profile's credentials, from
// the key outwards. The last is the profile's own, the others may be shared.
func (r *Retriever) Identities(ctx context.Context, p Profile) ([]string, error) {
	c, err := r.begin(ctx, p)
	if err != nil {
		return nil, err
	}
	return c.ids, nil
}

// begin plans: the only thing it reads is the index of keys.
func (r *Retriever) begin(ctx context.Context, p Profile) (*chain, error) {
	info, err := r.Keys.Info(ctx, p.Key)
	if err != nil {
		return nil, fmt.Errorf("profile %q: %w", p.Name, err)
	}
	steps, err := Plan(nameSessions(p, info))
	if err != nil {
		return nil, err
	}
	now := r.Now()
	return &chain{
		Retriever: r, profile: p, info: info, steps: steps, ids: identities(info.ID, steps),
		started: now, clock: NewClock(r.Now, 0), deadline: time.Now().Add(orElse(r.Patience, usualPatience)),
	}, nil
}

// insteadOf is a session past its margin but still good, where a new one could not
// be had for a reason that will pass.
func (c *chain) insteadOf(ctx context.Context, err error) (record, bool) {
	var failure *Error
	if !errors.As(err, &failure) || !failure.Passing() {
		return record{}, false
	}
	old, ok, loadErr := c.load(ctx, len(c.steps)-1)
	if loadErr != nil || !ok || c.left(old) <= minLeft {
		return record{}, false
	}
	c.notice("%v; using the session there is, for another %d min", err, int(c.left(old).Minutes()))
	return old, true
}

func (r *Retriever) notice(format string, args ...any) {
	if r.Notice != nil {
		r.Notice(fmt.Sprintf(format, args...))
	}
}

func (r *Retriever) moment() moment {
	if r.Uptime != nil {
		return moment{r.Now(), r.Uptime()}
	}
	return moment{r.Now(), uptime()}
}

// canceled is ErrCanceled where it was the caller who gave up.
func canceled(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) && !errors.Is(err, ErrCanceled) {
		return fmt.Errorf("%w: %w", ErrCanceled, err)
	}
	return err
}
