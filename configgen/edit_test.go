package configgen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, path, text string, perm fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, perm); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func setOps(d *Document) error { return d.Set(opsSection(), false) }

func TestEditKeepsModeLinkAndBackup(t *testing.T) {
	if runtime.GOOS == "windows" {
		skip(t, "links and modes are Unix's")
	}
	dir := t.TempDir()
	real, link, folder := filepath.Join(dir, "dotfiles", "aws-config"), filepath.Join(dir, "home", "config"), filepath.Join(dir, "home")
	for _, d := range []string{filepath.Dir(real), folder} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, real, "[default]\n", 0o640)
	if err := os.Symlink("../dotfiles/aws-config", link); err != nil {
		t.Fatal(err)
	}
	if err := Edit(link, setOps); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != "../dotfiles/aws-config" {
		t.Errorf("the link is now %q, %v", target, err)
	}
	info, err := os.Stat(real)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got, want := read(t, link), "[default]\n\n"+opsText; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := read(t, backupPath(real)); got != "[default]\n" {
		t.Errorf("the backup is %q", got)
	}
}

func TestEditMakesWhatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".aws", "config")
	if err := Edit(path, setOps); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != opsText {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(backupPath(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup of nothing: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): fs.ModeDir | 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), dangling); err != nil {
		t.Fatal(err)
	}
	if err := Edit(dangling, setOps); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "elsewhere")); got != opsText {
		t.Errorf("behind the link: %q", got)
	}
}

func TestEditLeavesAloneWhatItMustNotTouch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	write(t, path, opsText, 0o644)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Edit(path, setOps); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("nothing changed, and the file was written: %v", err)
	}
	refused := errors.New("no")
	if err := Edit(path, func(d *Document) error { _ = d.Remove("Ops", false); return refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if got := read(t, path); got != opsText {
		t.Errorf("a refused change changed the file: %q", got)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Edit(folder, setOps); err == nil {
		t.Error("a folder was edited")
	}
}

func TestEditKeepsNoSecretInABackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[profile x]\naws_access_key_id = A\nAWS_Secret_Access_Key = CANARY\n", 0o600)
	if err := Edit(path, setOps); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(backupPath(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a backup of a file with a secret: %v", err)
	}
}

// What another program writes between our read and our write is not lost.
func TestEditSeesForeignWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[default]\n", 0o600)
	calls := 0
	err := Edit(path, func(d *Document) error {
		if calls++; calls == 1 {
			write(t, path, "[default]\nregion = x\n", 0o600)
		}
		return setOps(d)
	})
	if err != nil || calls != 2 {
		t.Fatalf("%v after %d calls", err, calls)
	}
	if got, want := read(t, path), "[default]\nregion = x\n\n"+opsText; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWriterProcess is no test: it is the body of the processes that the tests below start.
func TestWriterProcess(t *testing.T) {
	path, id := os.Getenv("CONFIGGEN_WRITER"), os.Getenv("CONFIGGEN_WRITER_ID")
	if path == "" {
		return
	}
	edits := 50
	if os.Getenv("CONFIGGEN_WRITER_ONCE") != "" {
		edits = 1
	}
	for i := range edits {
		name := fmt.Sprintf("w%s-%d", id, i)
		s := Section{Name: name, Values: []KeyValue{{"region", "us-west-2"}, {"secaws_key", name}}}
		if err := Edit(path, func(d *Document) error { return d.Set(s, false) }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func writer(ctx context.Context, path string, id int) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWriterProcess$")
	cmd.Env = append(os.Environ(), "CONFIGGEN_WRITER="+path, fmt.Sprintf("CONFIGGEN_WRITER_ID=%d", id))
	cmd.Stderr = os.Stderr
	return cmd
}

func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "# top\n[default]\nregion = x", 0o600)
	var writers []*exec.Cmd
	for id := range 3 {
		w := writer(context.Background(), path, id)
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	for _, w := range writers {
		if err := w.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Load(Paths{Config: path})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(f.Names()); got != 151 {
		t.Errorf("%d profiles, want 150 and default", got)
	}
	if !strings.HasPrefix(read(t, path), "# top\n[default]\nregion = x\n") {
		t.Error("what was there is gone")
	}
}

// Who reads while others write finds a whole file, each time.
func TestReadersBesideWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[default]\nregion = x\n", 0o600)
	done := make(chan error, 4)
	for id := range 4 {
		w := writer(context.Background(), path, id)
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { done <- w.Wait() }()
	}
	last, running, known := 1, 4, ""
	for reads := 0; running > 0 || reads < 10_000; reads++ {
		if text := read(t, path); text != known {
			f, err := parse(path, text)
			if err != nil {
				t.Fatalf("read %d: %v", reads, err)
			}
			n := len(f.sections)
			if n < last || n > 1 && f.sections[n-1].entry("secaws_key") == nil {
				t.Fatalf("read %d: there were %d profiles; now %q", reads, last, text)
			}
			last, known = n, text
		}
		select {
		case err := <-done:
			if running--; err != nil {
				t.Error(err)
			}
		default:
		}
	}
	f, err := parse(path, read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.sections) != 201 {
		t.Errorf("%d profiles, want 200 and default", len(f.sections))
	}
}

// A writer killed at any moment leaves a file that is whole: some number of complete sections.
func TestKilledWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "# top\n", 0o600)
	r := rand.New(rand.NewPCG(6, 9))
	last := 0
	for id := range 60 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(60))*time.Millisecond)
		_ = writer(ctx, path, id).Run() // killed, or done
		cancel()
		f, err := Load(Paths{Config: path})
		if err != nil {
			t.Fatalf("after %d kills: %v", id+1, err)
		}
		for _, name := range f.Names() {
			if raw, _ := f.Raw(name); raw["region"] != "us-west-2" || raw["secaws_key"] != name {
				t.Fatalf("half a section: %v", raw)
			}
		}
		if n := len(f.Names()); n < last {
			t.Fatalf("%d profiles, and there were %d", n, last)
		} else {
			last = n
		}
	}
	if last == 0 {
		t.Error("no writer lived long enough to write")
	}
	if err := Edit(path, setOps); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".secaws-tmp-*")); err != nil || len(left) > 0 {
		t.Errorf("the killed writers left %v, %v", left, err)
	}
}
