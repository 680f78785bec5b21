package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// completeIn asks for candidates in a home folder, and returns the words without what they are.
func completeIn(t *testing.T, home string, words ...string) []string {
	t.Helper()
	var out, err bytes.Buffer
	e := &env{
		stdin: strings.NewReader(""), stdout: &out, stderr: &err, now: time.Now, terminal: noTerminal{}, process: harmless{}, listen: func() {},
		environ: []string{"HOME=" + home, "USERPROFILE=" + home, "LOCALAPPDATA=" + home, "SECAWS_BACKEND=no-such-backend"},
	}
	if code := run(context.Background(), append([]string{"secaws", completeName, "--"}, words...), e); code != 0 || err.Len() > 0 {
		t.Errorf("%q: exit code %d, %s", words, code, err.String())
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		word, _, _ := strings.Cut(line, "\t")
		got = append(got, word)
	}
	return got
}

// completionHome has profiles, a blueprint and a log.
func completionHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	e := &env{environ: []string{"HOME=" + home, "USERPROFILE=" + home, "LOCALAPPDATA=" + home}}
	p, err := e.paths()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		p.config: "[profile Ops]\nregion = us-west-2\nsecaws_key = ops\nsecaws_mfa_serial = arn:aws:iam::111111111111:mfa/ops\n" +
			"[profile prod-Ops]\nsecaws_key = ops\nsecaws_role_arn = arn:aws:iam::222222222222:role/Ops\n[profile \"my team\"]\n[profile \"x\x1b[31m\"]\n",
		p.blueprint: "region: us-west-2\nidentity: {name: admin, bootstrap: boot-admin}\naccounts:\n  prod: {bootstrap: boot-prod}\n" +
			"roles:\n  Admin:\n    group: Administrators\n    policies: [AdministratorAccess]\n    in: {admin: [AdministratorAccess]}\n  Dev:\n    group: Developers\n    policies: [ReadOnlyAccess]\n" +
			"admin_role: Admin\nprofile_name: \"{account}-{role}\"\ndefault_account: prod\nself_management: true\n",
		p.audit(): `{"time":"2026-01-01T00:00:00Z","command":"add","key":"ci"}` + "\n" + `{"time":"2026-01-01T00:00:00Z","command":"add","key":"old"}` + "\n" +
			`{"time":"2026-01-01T00:00:01Z","command":"remove","key":"old"}` + "\n" + `{"time":"2026-01-01T00:00:02Z","command":"user add","key":"dev"}` + "\n" +
			`{"time":"2026-01-01T00:00:03Z","command":"user invite","key":"ada"}` + "\n",
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func TestComplete(t *testing.T) {
	home := completionHome(t)
	tests := []struct{ line, want string }{ // | parts words
		{"log", "login logout"},
		{"user|re", "remove reset-mfa"},
		{"help|user|re", "remove reset-mfa"},
		{"__", ""},
		{"nothing|", ""},
		{"login|", "Ops my_team prod-Ops"},
		{"login|prod", "prod-Ops"},
		{"login|Ops|", ""},
		{"login|--direct|O", "Ops"},
		{"login|--", "--direct --force --help --json"},
		{"login|--|--", ""},
		{"exec|", "Ops my_team prod-Ops"},
		{"exec|--d", "--direct"},
		{"exec|Ops|", ":command_3"},
		{"exec|Ops|--", "--aws-vault --direct --help --no-session --"},
		{"exec|Ops|--|", ":command_4"},
		{"exec|--direct|Ops|--|aws|s3|l", ":command_5"},
		{"exec|--|aws|", ":command_3"},
		{"exec|Ops|aws|--", ":command_3"},
		{"help|exec|Ops|--|aws|", ":command_5"},
		{"remove|", "ci dev ops"},
		{"rotate|o", "ops"},
		{"user|disable|", "ada dev ops"},
		{"user|add|x|--group|", "Administrators Developers"},
		{"user|add|x|--group=Dev", "--group=Developers"},
		{"user|add|x|--blueprint|", ":files"},
		{"user|add|x|--blueprint|/nowhere|--group|", ""},
		{"setup|init|--default|", "admin prod"},
		{"setup|destroy|--confirm|", "admin"},
		{"setup|map|--format|", "text mermaid"},
		{"env|--format|p", "powershell"},
		{"env|--format=p", "--format=powershell"},
		{"config|write|new|--key|", "ci dev ops"},
		{"config|write|new|--role|", "arn:aws:iam::222222222222:role/Ops"},
		{"config|write|new|--region|", "us-west-2"},
		{"import|--from|aw", "aws-vault"},
		{"import|--from|keys.csv", ":files"},
		{"join|", ":files"},
		{"completion|", "bash zsh fish powershell"},
	}
	for _, tt := range tests {
		want := strings.ReplaceAll(tt.want, "_", " ")
		got := strings.Join(completeIn(t, home, strings.Split(tt.line, "|")...), " ")
		if got != want {
			t.Errorf("%s: got %q, want %q", tt.line, got, want)
		}
	}
}

// Every command and flag is offered, and every kind of name belongs to a command or flag that there is.
func TestCompletionKnowsEveryCommand(t *testing.T) {
	home, e := completionHome(t), &env{}
	paths := map[string]bool{}
	for _, c := range build(e, nil) {
		if c.Hidden {
			continue
		}
		if got := completeIn(t, home, c.Name); len(got) == 0 || got[0] != c.Name {
			t.Errorf("%s is not offered: %q", c.Name, got)
		}
		paths[c.Name] = true
		for _, sub := range c.Subcommands {
			paths[c.Name+" "+sub.Name] = true
			for _, f := range sub.Flags {
				flag := "--" + f.Names()[0]
				if got := completeIn(t, home, c.Name, sub.Name, flag); len(got) == 0 || got[0] != flag {
					t.Errorf("%s %s %s is not offered: %q", c.Name, sub.Name, flag, got)
				}
				paths[c.Name+" "+sub.Name+" "+flag], paths[flag] = true, true
			}
		}
		for _, f := range c.Flags {
			paths[c.Name+" --"+f.Names()[0]], paths["--"+f.Names()[0]] = true, true
		}
	}
	for path := range argumentKinds {
		if !paths[path] {
			t.Errorf("argumentKinds has %q, which is no command", path)
		}
	}
	for path := range valueKinds {
		if !paths[path] {
			t.Errorf("valueKinds has %q, which is no flag", path)
		}
	}
}

// Whatever the files hold, tab gives no message, and no file is made.
func TestCompleteIsSilent(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte("[broken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{""}, {"login", ""}, {"remove", ""}, {"user", "remove", ""}, {"user", "add", "--group", ""}, {"exec", ""}} {
		completeIn(t, home, words...)
	}
	var found []string
	_ = filepath.WalkDir(home, func(path string, entry os.DirEntry, err error) error {
		if !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if diff := cmp.Diff([]string{filepath.Join(home, ".aws", "config")}, found); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("exec|Ops|--|aws|")
	f.Add("user|add|--group=")
	f.Add("-|--|=|")
	commands := build(&env{}, nil)
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "|")
		a := ask(commands, words)
		if a.command > len(words) {
			t.Errorf("%q: a command at %d of %d words", words, a.command, len(words))
		}
		for _, line := range strings.Split(strings.TrimSuffix(a.text(), "\n"), "\n") {
			if line != "" && !strings.HasPrefix(line, words[len(words)-1]) {
				t.Errorf("%q: %q does not begin as typed", words, line)
			}
		}
	})
}
