//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// bin is the folder of the programs under test, which the first sandbox builds; TestMain removes it.
var (
	bin   string
	built = sync.OnceValue(func() error { return buildPrograms(bin) })
)

// outside is the environment that the tests were started in. Nothing under test sees more of it than PATH.
var outside = os.Environ()

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

// runTests runs the tests in an empty environment and looks whether anything of the person who runs them was touched.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "secaws-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	before := personsOwn()
	emptyEnvironment(filepath.Join(dir, "no-home"))
	code := m.Run()
	if after := personsOwn(); !slices.Equal(before, after) {
		fmt.Fprintf(os.Stderr, "the tests touched the person's own files; before:\n%s\nafter:\n%s\n", strings.Join(before, "\n"), strings.Join(after, "\n"))
		return 1
	}
	return code
}

// buildPrograms builds as make build does, and with the race detector where the tests have it.
func buildPrograms(dir string) error {
	args := []string{"build", "-tags", "urfave_cli_no_docs,nethttpomithttp2", "-o", dir + "/"}
	if raced {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "github.com/secaws/secaws/cmd/secaws", "github.com/secaws/secaws/cmd/awslab")...)
	cmd.Env = outside
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the programs under test: %w\n%s", err, out)
	}
	return nil
}

// emptyEnvironment takes from this process all that would lead code under test to the person's keychain, files and
// credentials.
func emptyEnvironment(home string) {
	for _, entry := range outside {
		name, _, _ := strings.Cut(entry, "=")
		for _, prefix := range []string{"AWS_", "SECAWS_", "XDG_", "DBUS_", "DISPLAY", "WAYLAND", "GNUPGHOME", "PASSWORD_STORE"} {
			if strings.HasPrefix(name, prefix) && name != "SECAWS_TEST_NO_SKIP" && name != "SECAWS_JS_MODULES" {
				os.Unsetenv(name)
			}
		}
	}
	os.Setenv("HOME", home)
}

// personsOwn lists what there is of the person's own AWS files and of secaws's, with sizes and times.
func personsOwn() []string {
	home := outsideEnv("HOME")
	var found []string
	for _, dir := range []string{".aws", ".local/state/secaws", ".local/share/secaws", ".config/secaws", ".password-store"} {
		_ = filepath.WalkDir(filepath.Join(home, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if info, err := entry.Info(); err == nil {
				found = append(found, fmt.Sprint(path, " ", info.Size(), " ", info.ModTime().UnixNano()))
			}
			return nil
		})
	}
	return found
}

func outsideEnv(key string) string {
	for _, entry := range outside {
		if name, value, ok := strings.Cut(entry, "="); ok && name == key {
			return value
		}
	}
	return ""
}

// needs skips a test for what the machine lacks, by name, and fails it where a skip is a failure.
func needs(t testing.TB, ok bool, what string) {
	t.Helper()
	switch {
	case ok:
	case outsideEnv("SECAWS_TEST_NO_SKIP") == "1":
		t.Fatalf("this machine lacks %s, and SECAWS_TEST_NO_SKIP=1", what)
	default:
		t.Skipf("this machine lacks %s", what)
	}
}

// needsProgram is needs for a program in PATH.
func needsProgram(t testing.TB, name string) {
	t.Helper()
	_, err := exec.LookPath(name)
	needs(t, err == nil, "the program "+name)
}

// needsUser is needs for a user other than root, to whom permissions mean nothing.
func needsUser(t testing.TB) {
	t.Helper()
	needs(t, os.Getuid() != 0, "an ordinary user (the tests run as root)")
}

// sandbox is a person's machine of a test's own: home folder, temporary folder, environment.
type sandbox struct {
	root string
	env  []string
}

// newSandbox makes one below root: the file backend with a passphrase in the environment, and no hold.
func newSandbox(root string) (*sandbox, error) {
	if err := built(); err != nil {
		return nil, err
	}
	home, tmp := filepath.Join(root, "home"), filepath.Join(root, ".tmp")
	settings := filepath.Join(home, ".config", "secaws")
	for _, dir := range []string{filepath.Join(home, ".aws"), tmp, settings} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	err := os.WriteFile(filepath.Join(settings, "settings.json"), []byte(`{"backend":"file","hold":"off"}`), 0o600)
	s := &sandbox{root: root, env: []string{
		"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"HOME=" + home,
		"TMPDIR=" + tmp,
		"SECAWS_TEST_ROOT=" + root,
		"SECAWS_FILE_PASSPHRASE=correct horse battery staple",
		"AWS_EC2_METADATA_DISABLED=true",
		"TZ=UTC",
		"LC_ALL=C.UTF-8",
		"PS1=$ ",
		"GORACE=exitcode=66 atexit_sleep_ms=0",
	}}
	if pyenv := filepath.Join(outsideEnv("HOME"), ".pyenv"); exists(pyenv) {
		s.env = append(s.env, "PYENV_ROOT="+pyenv)
	}
	return s, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (s *sandbox) home() string { return filepath.Join(s.root, "home") }

// set puts a variable into the environment, in place of one of its name.
func (s *sandbox) set(key, value string) {
	s.unset(key)
	s.env = append(s.env, key+"="+value)
}

func (s *sandbox) unset(key string) {
	s.env = slices.DeleteFunc(s.env, func(entry string) bool { return strings.HasPrefix(entry, key+"=") })
}

// command is a program in the sandbox, without a terminal: in a session of its own.
func (s *sandbox) command(name string, args ...string) *exec.Cmd {
	path := name
	if !strings.Contains(name, "/") {
		path = s.lookPath(name)
	}
	cmd := exec.Command(path, args...)
	cmd.Env, cmd.Dir, cmd.SysProcAttr = slices.Clone(s.env), s.root, ownSession()
	return cmd
}

// lookPath finds a program in the sandbox's PATH.
func (s *sandbox) lookPath(name string) string {
	if path := filepath.Join(bin, name); exists(path) {
		return path
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return name
}

// run runs a program without input and returns what it wrote and its exit code.
func (s *sandbox) run(name string, args ...string) (stdout, stderr string, code int) {
	return collect(s.command(name, args...))
}

// piped starts a program that ends when its input does, as it does with the test.
func piped(t testing.TB, cmd *exec.Cmd) (stdin io.Writer, stdout *bufio.Reader) {
	t.Helper()
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return in, bufio.NewReader(out)
}

func collect(cmd *exec.Cmd) (stdout, stderr string, code int) {
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if failure := cmd.Run(); failure != nil && cmd.ProcessState == nil {
		return "", failure.Error(), -1
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}
