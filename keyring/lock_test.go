package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLockTellsTheOutcome(t *testing.T) {
	o := options(t)
	for _, outcome := range []string{"", "canceled", "wrong code,\nthree times"} {
		t.Run(outcome, func(t *testing.T) {
			k := open(t, o)
			release, previous, err := k.Lock(t.Context(), "id", nil)
			if err != nil || previous != "" {
				t.Fatalf("a free lock: previous %q, %v", previous, err)
			}
			var waiters sync.WaitGroup
			told, waits := make(chan string, 5), make(chan string)
			for range cap(told) {
				waiters.Go(func() {
					release, previous, err := open(t, o).Lock(t.Context(), "id", func(holder string) { waits <- holder })
					if err != nil {
						t.Error(err)
						return
					}
					told <- previous
					if err := release(""); err != nil {
						t.Error(err)
					}
				})
			}
			for range cap(told) {
				<-waits
			}
			if err := release(outcome); err != nil {
				t.Fatal(err)
			}
			waiters.Wait()
			close(told)
			for got := range told {
				if got != oneLine(outcome) {
					t.Errorf("a waiter was told %q, want %q", got, oneLine(outcome))
				}
			}
			release, previous, err = k.Lock(t.Context(), "id", nil)
			if err != nil || previous != "" {
				t.Errorf("one who did not wait was told %q, %v", previous, err)
			}
			if err := release(""); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLocksOfOtherIdentitiesAreFree(t *testing.T) {
	k := open(t, options(t))
	a, _, err := k.Lock(t.Context(), "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := k.Lock(t.Context(), "b", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a("x"), b("")); err != nil {
		t.Error(err)
	}
}

func TestLockEndsWithItsContext(t *testing.T) {
	k := open(t, options(t))
	release, _, err := k.Lock(t.Context(), "id", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*lockPoll)
	defer cancel()
	if _, _, err := k.Lock(ctx, "id", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's end", err)
	}
	if err := release(""); err != nil {
		t.Error(err)
	}
}

// TestWaiterKnowsItsHolder waits, in two processes, until the waiter says for whom.
func TestWaiterKnowsItsHolder(t *testing.T) {
	w := wire(options(t))
	w.Terminal = "/dev/pts/7"
	holder, held, tell := start(t, "hold lock", w, "id")
	next(t, held)
	_, waiter, _ := start(t, "wait for lock", w, "id")
	next(t, waiter)
	if got, want := next(t, waiter), fmt.Sprintf("waiting for pid %d on /dev/pts/7", holder.Process.Pid); got != want {
		t.Errorf("the waiter said %q, want %q", got, want)
	}
	fmt.Fprintln(tell, "canceled")
	if got, want := next(t, waiter), `got it, previous "canceled"`; got != want {
		t.Errorf("the waiter said %q, want %q", got, want)
	}
}

// TestKilledHolderHandsOn kills the process that holds the lock.
func TestKilledHolderHandsOn(t *testing.T) {
	w := wire(options(t))
	for range 2 { // the second time an outcome of the first is lying there
		holder, held, _ := start(t, "hold lock", w, "id")
		next(t, held)
		_, waiter, _ := start(t, "wait for lock", w, "id")
		next(t, waiter)
		next(t, waiter) // it waits
		killed := time.Now()
		if err := holder.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if got, want := next(t, waiter), `got it, previous ""`; got != want {
			t.Errorf("the waiter said %q, want %q", got, want)
		}
		if took := time.Since(killed); took > time.Second {
			t.Errorf("handed on after %v, want within a second", took)
		}
		canceled, held, tell := start(t, "hold lock", w, "id")
		next(t, held)
		fmt.Fprintln(tell, "canceled")
		canceled.Wait()
	}
}

// TestKillsLoseNoKey kills processes that replace a key, at random moments: the
// key is there, as it was or as it became, and nothing piles up.
func TestKillsLoseNoKey(t *testing.T) {
	o := options(t)
	k := open(t, o)
	add(t, k, generation("ops", 0))
	kills, step := 40, 700*time.Microsecond
	switch {
	case underTest() == Pass: // each write runs gpg
		kills, step = 6, 20*time.Millisecond
	case raceEnabled:
		kills = 15
	}
	for n := range kills {
		cmd, lines, _ := start(t, "write keys", wire(o), "ops")
		finished, _ := strconv.Atoi(next(t, lines))
		<-time.After(time.Duration(n%20) * step) // somewhere in the next writes
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			finished, _ = strconv.Atoi(lines.Text())
		}
		cmd.Wait()
		c, err := open(t, o).Credentials(t.Context(), "ops")
		if err != nil {
			t.Fatalf("kill %d: the key is lost: %v", n, err)
		}
		got, _ := strconv.Atoi(strings.TrimPrefix(c.SecretAccessKey, "canary-"))
		if got != finished && got != finished+1 {
			t.Errorf("kill %d: generation %d is there, want %d or %d", n, got, finished, finished+1)
		}
		if info, err := open(t, o).Info(t.Context(), "ops"); err != nil || info.ID != c.AccessKeyID {
			t.Errorf("kill %d: the index says %q, %v, the keychain %q", n, info.ID, err, c.AccessKeyID)
		}
	}
	add(t, k, key("ops"))
	if infos, err := k.List(t.Context()); len(infos) != 1 || err != nil {
		t.Errorf("%v, %v are listed, want the key alone", infos, err)
	}
}

// TestKillsTearNoSession kills processes that save a session.
func TestKillsTearNoSession(t *testing.T) {
	o := options(t)
	k := open(t, o)
	if err := k.Save(t.Context(), "id", bytes.Repeat([]byte("0"), 4096)); err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		cmd, lines, _ := start(t, "save sessions", wire(o), "id")
		next(t, lines)
		<-time.After(time.Duration(n%10) * 300 * time.Microsecond) // somewhere in the next writes
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		data, err := open(t, o).Load(t.Context(), "id")
		if err != nil || len(data) != 4096 || strings.Trim(string(data), string(data[:1])) != "" {
			t.Fatalf("kill %d: %d bytes, %v", n, len(data), err)
		}
	}
	if ids, err := k.IDs(t.Context()); len(ids) != 1 || err != nil {
		t.Errorf("IDs = %q, %v, want the session alone", ids, err)
	}
}
