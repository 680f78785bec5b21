package main

import (
	"os/exec"
	"testing"

	"github.com/secaws/secaws/internal/killpoint"
)

// A rotation killed before any of its writes, on the wire, in the keychain or in a file, leaves a key that works, and
// the next run finishes.
func TestRotateKilledBeforeEachWrite(t *testing.T) {
	w := newWatched(t)
	w.add("eve")
	rotate := func() *exec.Cmd { return w.command("secaws", "rotate", "eve", "--mfa-process", w.phoneOf("eve")) }
	stride := 1
	if raced {
		stride = 7 // slow: some of them
	}
	for n := 1; ; n += stride {
		killed, err := killpoint.Run(rotate(), n)
		must(t, err)
		mustBeAbleToWork(w, "eve")
		if stdout, stderr, code := collect(rotate()); code != 0 {
			t.Errorf("run again: exit code %d: %s%s", code, stdout, stderr)
		}
		w.whole("eve")
		if t.Failed() {
			t.Fatalf("killed before write %d", n)
		}
		if !killed {
			t.Logf("killed before write 1 to %d, every %d", n-1, stride)
			break
		}
	}
	w.clean()
}
