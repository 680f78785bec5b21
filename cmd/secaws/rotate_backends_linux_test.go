package main

import (
	"testing"

	"github.com/secaws/secaws/internal/killpoint"
)

// Killed at any write, to a file or to a keychain's program or service, a rotation leaves a key that works in the
// keychain, and the next run ends it. Between two writes nothing changes that a kill could tear.
func TestRotateKilledAtEachWrite(t *testing.T) {
	backends := map[string]struct {
		open   func(*watched)
		stride int // how many writes from one kill to the next: what the keychain's own programs write is most of them
	}{
		"file":           {func(*watched) {}, 11},
		"pass":           {(*watched).usePass, 97},
		"secret-service": {func(w *watched) { w.unlockDesktop(w.t) }, 11},
	}
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t)
			backend.open(w)
			must(t, w.settle("ops"))
			rotate := []string{"rotate", "ops", "--mfa-process", w.phoneOf("ops")}
			for n := 1; ; n += backend.stride {
				killed, err := killpoint.Run(w.command("secaws", rotate...), n)
				must(t, err)
				w.checkServes(t, "plain")
				if !killed {
					t.Logf("killed at %d writes of %d", n/backend.stride, n)
					w.whole("ops")
					return
				}
				if stderr, code := w.do(0, false, rotate...); code != 0 {
					t.Errorf("run again: exit code %d: %s", code, stderr)
				}
				w.whole("ops")
				if t.Failed() {
					t.Fatalf("killed at write %d", n)
				}
			}
		})
	}
}

func (w *watched) usePass() {
	w.withPass(w.t)
	w.set("SECAWS_BACKEND", "pass")
}
