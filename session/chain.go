package session

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// chain is one run of a plan: its steps, and what was learnt on the way.
type chain struct {
	*Retriever
	profile  Profile
	info     KeyInfo
	steps    []Step
	ids      []string // of the sessions the steps yield
	started  time.Time
	deadline time.Time // for waiting, where nobody can be asked
	clock    *Clock
	signer   Signer // once read
	asked    bool   // a code was asked for and no session stored since
	told     bool   // of the endpoint
}

// good decides whether a session from the store will do.
type good func(context.Context, record) (bool, error)

// session returns that of step i: from the store if it will do, else made under its
// lock, unless another process made it while we waited for the lock.
func (c *chain) session(ctx context.Context, i int, will good) (record, error) {
	rec, ok, err := c.find(ctx, i, will)
	if ok || err != nil {
		return rec, err
	}
	release, previous, err := c.lock(ctx, i)
	if err != nil {
		return record{}, err
	}
	rec, err = c.sessionAlone(ctx, i, will, previous)
	if releaseErr := release(c.outcome(ctx, err)); releaseErr != nil {
		c.notice("unlock: %v", releaseErr)
	}
	return rec, err
}

// sessionAlone is session for the holder of the lock.
func (c *chain) sessionAlone(ctx context.Context, i int, will good, previous string) (record, error) {
	rec, ok, err := c.find(ctx, i, will)
	if ok || err != nil {
		return rec, err
	}
	if previous != "" {
		return record{}, &PassedError{Profile: c.profile.Name, Outcome: previous}
	}
	return c.make(ctx, i)
}

func (c *chain) find(ctx context.Context, i int, will good) (record, bool, error) {
	rec, ok, err := c.load(ctx, i)
	if !ok || err != nil {
		return record{}, false, err
	}
	ok, err = will(ctx, rec)
	return rec, ok, err
}

func (c *chain) load(ctx context.Context, i int) (record, bool, error) {
	data, err := c.Store.Load(ctx, c.ids[i])
	if data == nil || err != nil {
		return record{}, false, err
	}
	rec, ok := decode(data)
	return rec, ok && rec.KeyID == c.info.ID && rec.RoleARN == c.steps[i].RoleARN, nil
}

// lock waits for the lock of step i: as long as it takes for a person who sees why,
// else until the deadline.
func (c *chain) lock(ctx context.Context, i int) (func(string) error, string, error) {
	waiting := ctx
	if !c.CanPrompt {
		limited, cancel := context.WithDeadline(ctx, c.deadline)
		defer cancel()
		waiting = limited
	}
	var holder atomic.Value
	release, previous, err := c.Store.Lock(waiting, c.ids[i], func(who string) {
		holder.Store(who)
		c.notice("waiting for %s, which is getting the same session", who)
	})
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		who, _ := holder.Load().(string)
		err = &BusyError{Profile: c.profile.Name, Holder: who}
	}
	return release, previous, err
}

// wanted holds for a session to give out: fresh, or all there is without asking for a code.
func (c *chain) wanted(ctx context.Context, rec record) (bool, error) {
	left, lifetime := c.left(rec), rec.lifetime()
	if !fresh(left, lifetime, false) || fresh(left, lifetime, true) {
		return fresh(left, lifetime, true), nil
	}
	silent, err := c.silent(ctx, len(c.steps)-1)
	return !silent, err
}

// alive holds for a session that is only wanted to make the next one.
func (c *chain) alive(_ context.Context, rec record) (bool, error) {
	return c.left(rec) > minLeft, nil
}

// silent reports whether step i can be made without a code.
func (c *chain) silent(ctx context.Context, i int) (bool, error) {
	if c.steps[i].MFASerial != "" || i == 0 {
		return c.steps[i].MFASerial == "", nil
	}
	_, ok, err := c.find(ctx, i-1, c.alive)
	if ok || err != nil {
		return ok, err
	}
	return c.silent(ctx, i-1)
}

func (c *chain) left(rec record) time.Duration {
	if c.sinceStart(rec) {
		return rec.Credentials.Expires.Sub(c.Now().Add(rec.Offset))
	}
	return rec.left(c.moment())
}

// sinceStart holds for a session made while we ran, during which nobody set the clock.
func (c *chain) sinceStart(rec record) bool {
	return !rec.Issued.Before(c.started) && !rec.Issued.After(c.Now())
}

// outcome is what those who wait are to know of how we ended: they fail as we do if
// they would only have to ask the person again.
func (c *chain) outcome(ctx context.Context, err error) string {
	var passed *PassedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &passed):
		return passed.Outcome
	case errors.Is(err, ErrCanceled), c.asked && ctx.Err() != nil:
		return outcomeCanceled
	case c.asked:
		return outcomeRefused
	}
	return ""
}
