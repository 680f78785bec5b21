package provision

import (
	"context"
	"fmt"
	"time"
)

// Waiter polls until IAM, which is eventually consistent, shows what was just written. The zero value polls for two
// minutes, first after half a second, then ever slower.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
type Waiter struct {
	Limit time.Duration                                    // 0: two minutes
	Sleep func(ctx context.Context, d time.Duration) error // nil: the clock on the wall
	Say   func(line string)                                // told once what is waited for, and nil is silence
}

const (
	waitLimit = 2 * time.Minute
	waitFirst = 500 * time.Millisecond
	waitMost  = 5 * time.Second
)

// Until calls done until it answers true or fails. what completes the sentence "waiting for …".
func (w Waiter) Until(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	limit := w.Limit
	if limit == 0 {
		limit = waitLimit
	}
	waited, pause := time.Duration(0), waitFirst
	for {
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		if waited == 0 && w.Say != nil {
			w.Say("waiting for " + what + ", up to " + spoken(limit))
		}
		if waited >= limit {
			return &StillWaitingError{What: what, After: waited}
		}
		if err := w.sleep(ctx, pause); err != nil {
			return err
		}
		waited += pause
		pause = min(pause*3/2, waitMost)
	}
}

// spoken is a time as people say it.
func spoken(d time.Duration) string {
	if d >= time.Minute && d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}

func (w Waiter) sleep(ctx context.Context, d time.Duration) error {
	if w.Sleep != nil {
		return w.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// StillWaitingError is something that did not show in time.
type StillWaitingError struct {
	What  string
	After time.Duration
}

func (e *StillWaitingError) Error() string {
	return fmt.Sprintf("waited %s for %s, in vain", e.After.Round(time.Second), e.What)
}

// Hint says that trying again is safe.
func (e *StillWaitingError) Hint() string {
	return "run the same command again: it goes on where it stopped"
}
