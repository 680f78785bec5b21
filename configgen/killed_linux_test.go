package configgen

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/killpoint"
)

// Killed before each of its writes, an edit leaves the old file or the new one, whole, behind the link it found; the
// next edit takes away what was left beside it.
func TestKilledAtEveryWrite(t *testing.T) {
	const before = "# top\n[default]\nregion = x\n"
	const after = before + "\n[profile w0-0]\nregion = us-west-2\nsecaws_key = w0-0\n"
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "config")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for n := 1; ; n++ {
		write(t, real, before, 0o640)
		if err := os.RemoveAll(backupPath(real)); err != nil {
			t.Fatal(err)
		}
		cmd := writer(context.Background(), link, 0)
		cmd.Env = append(cmd.Env, "CONFIGGEN_WRITER_ONCE=1")
		killed, err := killpoint.Run(cmd, n)
		if err != nil {
			t.Fatal(err)
		}
		text := read(t, real)
		seen[text]++
		if text != before && text != after {
			t.Fatalf("killed at write %d: %q", n, text)
		}
		if target, err := os.Readlink(link); err != nil || target != "real" {
			t.Fatalf("killed at write %d: the link is %q, %v", n, target, err)
		}
		if data, err := os.ReadFile(backupPath(real)); err == nil && string(data) != before {
			t.Fatalf("killed at write %d: the backup is %q", n, data)
		}
		if !killed {
			break
		}
	}
	if seen[before] < 5 || seen[after] < 2 {
		t.Errorf("the kills left %d old files and %d new ones", seen[before], seen[after])
	}
	left, err := filepath.Glob(filepath.Join(dir, ".secaws-tmp-*"))
	if err != nil || len(left) > 0 || !strings.Contains(read(t, real), "w0-0") {
		t.Errorf("after an edit that was left alone there are %v, %v", left, err)
	}
}
