package configgen

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// fuzzCases is how many names and values are tried.
const fuzzCases = 10_000

// attempt is one section that somebody wants written, and what came of it.
type attempt struct {
	section Section
	argv    []string
	command string // "" = refused
	after   string // text of the file; "" = refused
	path    string // of that text
}

const fuzzBefore = "# mine\n[default]\nregion = eu-west-1\n\n[profile Ops2]\n  output = json\n  s3 =\n    a = b\n# end"

// hostile strings together text that shells, parsers and terminals take for more than text.
func hostile(r *rand.Rand) string {
	pieces := []string{"a", "B7", "prod", "-", "_", ".", "@", "+", "=", ",", "/", " ", "\t", "\n", "\r", "\x00", "\x1b[31m", "\u009b", "\u202e", "\u2028",
		"é", "日本", "\xff", "[", "]", "[profile x]", "\nrole_arn=x", "#", " #", ";", " ;", "'", `"`, `\`, "$", "$(touch canary)", "`touch canary`", ";touch canary;",
		"|touch canary", "&touch canary", "\ntouch canary\n", "%PATH%", "!x!", "^", "~", "*", "?", "<", ">canary", "(", ")", "{a,b}", ":", "\u00a0", strings.Repeat("n", 60)}
	plain := 10 // the first pieces are harmless
	var b strings.Builder
	for range 1 + r.IntN(6) {
		if r.IntN(3) > 0 {
			b.WriteString(pieces[r.IntN(plain)])
		} else {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
	}
	return b.String()
}

// try writes one section, as config write would.
func try(t *testing.T, r *rand.Rand, program string) attempt {
	t.Helper()
	a := attempt{section: Section{Name: hostile(r)}, argv: []string{program, "credential-process", ""}}
	a.argv[2] = a.section.Name
	command, err := CommandLine(a.argv)
	if err != nil {
		command = ""
	}
	a.command = command
	a.section.Values = []KeyValue{{"region", hostile(r)}, {"credential_process", command}, {"secaws_key", hostile(r)}, {"secaws_mfa_serial", hostile(r)}}
	d, err := ParseDocument("F", fuzzBefore)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Set(a.section, false); err != nil {
		if d.String() != fuzzBefore {
			t.Fatalf("refused %q, and changed the text", a.section)
		}
		return a
	}
	a.after = d.String()
	if !strings.HasPrefix(a.after, fuzzBefore+"\n\n[profile "+a.section.Name+"]\n") || strings.Count(a.after, "\n[") != 3 {
		t.Fatalf("%q was written as %q", a.section, a.after)
	}
	return a
}

func TestFuzzedNamesAndValues(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "my bin", "sécaws")
	if runtime.GOOS == "windows" {
		program = `C:\bin\secaws.exe`
	}
	r := rand.New(rand.NewPCG(4, 5))
	var written []attempt
	refused := 0
	for i := range fuzzCases {
		a := try(t, r, program)
		if a.after == "" {
			refused++
			continue
		}
		a.path = filepath.Join(dir, fmt.Sprint(i))
		write(t, a.path, a.after, 0o600)
		written = append(written, a)
		readBySDK(t, a)
	}
	t.Logf("%d written, %d refused", len(written), refused)
	if len(written) < 500 || refused < 500 {
		t.Errorf("%d written, %d refused: the fuzz is one-sided", len(written), refused)
	}
	t.Run("botocore", func(t *testing.T) { readByBotocore(t, written) })
	t.Run("sh", func(t *testing.T) { runBySh(t, dir, program, written) })
}

func readBySDK(t *testing.T, a attempt) {
	t.Helper()
	got, err := config.LoadSharedConfigProfile(context.Background(), a.section.Name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{a.path}, []string{os.DevNull}
	})
	if err != nil {
		t.Errorf("the SDK does not read %q: %v", a.section, err)
		return
	}
	region, _ := a.section.value("region")
	if got.Region != region || got.CredentialProcess != a.command {
		t.Errorf("of %q the SDK reads region %q and process %q", a.section, got.Region, got.CredentialProcess)
	}
}

func readByBotocore(t *testing.T, written []attempt) {
	var files []judgeFiles
	var commands []string
	for _, a := range written {
		files, commands = append(files, judgeFiles{Config: a.path, Credentials: os.DevNull}), append(commands, a.command)
	}
	v := judge(t, files, commands)
	others := map[string]map[string]any{"default": {"region": "eu-west-1"}, "Ops2": {"output": "json", "s3": map[string]any{"a": "b"}}}
	for i, a := range written {
		want := map[string]map[string]any{a.section.Name: {}}
		for name, values := range others {
			want[name] = values
		}
		for _, kv := range a.section.Values {
			want[a.section.Name][kv.Key] = kv.Value
		}
		if diff := cmp.Diff(want, v.Files[i].Profiles); diff != "" {
			t.Errorf("%q: -want +botocore:\n%s", a.section, diff)
		}
		if diff := cmp.Diff(a.argv, v.POSIX[i]); diff != "" {
			t.Errorf("%q: botocore splits it otherwise:\n%s", a.command, diff)
		}
		if diff := cmp.Diff(a.argv, v.Windows[i]); diff != "" {
			t.Errorf("%q: botocore on Windows splits it otherwise:\n%s", a.command, diff)
		}
	}
}

// runBySh runs every command as the SDKs for Go and JavaScript do; the program notes its argv.
func runBySh(t *testing.T, dir, program string, written []attempt) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		skip(t, "there is no sh")
	}
	if err := os.Mkdir(filepath.Dir(program), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, program, "#!"+sh+"\nfor arg in \"$0\" \"$@\"; do printf '%s\\0' \"$arg\"; done\n", 0o700)
	empty := filepath.Join(dir, "cwd")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	next := make(chan attempt)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for a := range next {
				cmd := exec.Command(sh, "-c", a.command)
				cmd.Dir = empty
				out, err := cmd.CombinedOutput()
				if got, want := string(out), strings.Join(a.argv, "\x00")+"\x00"; err != nil || got != want {
					t.Errorf("sh -c %q: %v, argv %q", a.command, err, got)
				}
			}
		})
	}
	for _, a := range written {
		next <- a
	}
	close(next)
	workers.Wait()
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("the commands made %v, %v", left, err)
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		goos, program, name, want string
	}{
		{"linux", "/usr/local/bin/secaws", "Ops", "/usr/local/bin/secaws credential-process Ops"},
		{"linux", "/home/jo e/bin/secaws", "Ops", `"/home/jo e/bin/secaws" credential-process Ops`},
		{"linux", "/home/jürgen/secaws", "a@b=c,d", "/home/jürgen/secaws credential-process a@b=c,d"},
		{"linux", "/opt/a=b/secaws", "Ops", `"/opt/a=b/secaws" credential-process Ops`},
		{"linux", "/my bin/secaws", "a b", ""}, // quotes at both ends
		{"linux", "secaws", "Ops", ""},
		{"linux", "~/secaws", "Ops", ""},
		{"linux", "/opt/$HOME/secaws", "Ops", ""},
		{"linux", "/opt/it's/secaws", "Ops", ""},
		{"linux", `/opt/a\b/secaws`, "Ops", ""},
		{"linux", "/opt/secaws", "", ""},
		{"linux", "/opt/\u00a0/secaws", "Ops", ""},
		{"windows", `C:\bin\secaws.exe`, "Ops", `C:\bin\secaws.exe credential-process Ops`},
		{"windows", `C:\Program Files\secaws.exe`, "Ops", `"C:\Program Files\secaws.exe" credential-process Ops`},
		{"windows", `C:\Program Files (x86)\secaws.exe`, "Ops", ""},
		{"windows", `C:\a=b\secaws.exe`, "Ops", ""},
		{"windows", `C:\%PATH%\secaws.exe`, "Ops", ""},
		{"windows", `\bin\secaws.exe`, "Ops", ""},
	}
	for _, tt := range tests {
		got, err := commandLine(tt.goos, []string{tt.program, "credential-process", tt.name})
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q %q: got %q, %v, want %q", tt.goos, tt.program, tt.name, got, err, tt.want)
		}
	}
}
