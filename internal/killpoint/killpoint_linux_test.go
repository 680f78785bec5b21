package killpoint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A shell that appends three lines with a process each is killed after 0, 1, 2 and 3 of them.
func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	seen := map[string]bool{}
	for n := 1; n < 100; n++ {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		killed, err := Run(exec.Command("sh", "-c", `for i in 1 2 3; do (echo $i; echo x) | cat >>"$0"; done`, path), n)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "\n", "")
		seen[text] = true
		if !killed {
			if text != "1x2x3x" {
				t.Errorf("left alone it wrote %q", text)
			}
			break
		}
		if text == "1x2x3x" && n < 6 {
			t.Errorf("killed at %d, and it had written everything", n)
		}
	}
	for _, want := range []string{"", "1x", "1x2x", "1x2x3x"} {
		if !seen[want] {
			t.Errorf("no kill left %q: %v", want, seen)
		}
	}
}
