//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// realShell is a shell that the scripts of shell-init are tried in.
type realShell struct {
	name    string
	args    []string // without the person's own files
	init    string   // loads secaws into it
	segment string   // prints what the hook puts before the prompt
	unset   string   // prints which of the variables are set
}

func realShells() []realShell {
	const left = `echo "left: $AWS_ACCESS_KEY_ID$AWS_SESSION_TOKEN$SECAWS_PROFILE$AWS_REGION"`
	return []realShell{
		{"bash", []string{"--norc", "--noprofile"}, `eval "$(secaws shell-init bash)"`, `__secaws_prompt; printf '%s\n' "$__secaws_segment"`, left},
		{"zsh", []string{"-f"}, `eval "$(secaws shell-init zsh)"`, `PROMPT=; __secaws_prompt; __secaws_show; print -P -- $PROMPT`, left},
		{"fish", []string{"--no-config"}, `secaws shell-init fish | source`, `__secaws_prompt; echo`, left},
	}
}

// inShells runs a test in every shell there is.
func inShells(t *testing.T, test func(*testing.T, realShell)) {
	for _, sh := range realShells() {
		t.Run(sh.name, func(t *testing.T) {
			needsProgram(t, sh.name)
			test(t, sh)
		})
	}
}

func (sh realShell) run(s *sandbox, lines ...string) (stdout, stderr string, code int) {
	return collect(s.command(sh.name, append(sh.args, "-c", strings.Join(lines, "\n"))...))
}

func TestSecawsUse(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	inShells(t, func(t *testing.T, sh realShell) {
		last := "echo status $?"
		if sh.name == "fish" {
			last = "echo status $status"
		}
		stdout, stderr, code := sh.run(st.sandbox, sh.init, "secaws-use plain", last, `echo "$SECAWS_PROFILE $AWS_REGION"`, `echo "$AWS_ACCESS_KEY_ID"`,
			"secaws-use nowhere", last, `echo "still $SECAWS_PROFILE"`, "secaws-use --clear", sh.unset)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		if code != 0 || len(lines) != 6 || lines[0] != "status 0" || lines[1] != "plain us-west-2" || !strings.HasPrefix(lines[2], "ASIA") ||
			lines[3] != "status 1" || lines[4] != "still plain" || lines[5] != "left:" {
			t.Errorf("exit code %d, %q\n%s", code, lines, stderr)
		}
		if !strings.Contains(stderr, `secaws: profile "nowhere": not found`) {
			t.Errorf("stderr %s", stderr)
		}
	})
}

func TestSecawsUseFails(t *testing.T) {
	s, err := newSandbox(t.TempDir())
	must(t, err)
	inShells(t, func(t *testing.T, sh realShell) {
		if _, stderr, code := sh.run(s, sh.init, "secaws-use nowhere"); code != 1 {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
}

// secaws-use runs nothing but credentials, renews them, and takes each profile's own region, if the person has none.
func TestSecawsUseKeepsTheShell(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	config := filepath.Join(st.home(), ".aws", "config")
	must(t, os.WriteFile(config, []byte(readFile(t, config)+"[profile far]\nregion = ap-south-1\nsecaws_key = ops\n[profile none]\nsecaws_key = ops\n"), 0o600))
	st.set("AWS_PROFILE", "leftover")
	st.set("AWS_SECURITY_TOKEN", "leftover")
	inShells(t, func(t *testing.T, sh realShell) {
		show := `echo "$SECAWS_PROFILE $AWS_REGION $AWS_DEFAULT_REGION $AWS_PROFILE$AWS_SECURITY_TOKEN."`
		export := "export AWS_REGION=eu-north-1"
		if sh.name == "fish" {
			export = "set -gx AWS_REGION eu-north-1"
		}
		stdout, stderr, code := sh.run(st.sandbox, sh.init, "secaws-use --help", "secaws-use plain --format json", "secaws-use --json", show,
			"secaws-use plain", show, "secaws-use far", show, "secaws-use", show, "secaws-use nowhere", show, "secaws-use none", show,
			"secaws-use far", export, "secaws-use plain", show, "secaws-use --clear", show, "secaws-use --clear", show)
		want := "   leftoverleftover.\nplain us-west-2 us-west-2 .\nfar ap-south-1 ap-south-1 .\nfar ap-south-1 ap-south-1 .\nfar ap-south-1 ap-south-1 .\nnone   .\n" +
			"plain eu-north-1 eu-north-1 .\n eu-north-1  .\n eu-north-1  .\n"
		if code != 0 || stdout != want {
			t.Errorf("exit code %d,\n%s, want\n%s%s", code, stdout, want, stderr)
		}
		if n := strings.Count(stderr, "secaws-use: want secaws-use [PROFILE] or secaws-use --clear"); n != 3 {
			t.Errorf("%d of 3 were refused: %s", n, stderr)
		}
	})
}

// The hooks and the command prompt agree on what production is.
func TestHooksKnowProduction(t *testing.T) {
	s, err := newSandbox(t.TempDir())
	must(t, err)
	names := []string{"prod", "prod-Ops", "Ops@PROD", "acme_production", "my.prod.eu", "prd", "x live", "preprod", "preprod-Ops", "pre-prod",
		"non-prod", "not_live", "NON.PROD", "products", "dev", "production1", "-prod-", "", "*", "non-prod-prod", "prod-non"}
	inShells(t, func(t *testing.T, sh realShell) {
		lines := []string{sh.init}
		want := ""
		for _, name := range names {
			test := "; if __secaws_production \"$X\"; then echo true; else echo false; fi"
			if sh.name == "fish" {
				test = "; if __secaws_production \"$X\"; echo true; else; echo false; end"
				lines = append(lines, "set X "+quoteFish(name)+test)
			} else {
				lines = append(lines, "X="+quoteSh(name)+test)
			}
			want += fmt.Sprintln(isProduction(name))
		}
		if stdout, stderr, _ := sh.run(s, lines...); stdout != want {
			t.Errorf("for %q\ngot\n%s, want\n%s%s", names, stdout, want, stderr)
		}
	})
}

// plainText takes the terminal's sequences and the marks of bash out.
func plainText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			for i++; i < len(s) && !strings.ContainsRune("mB", rune(s[i])); i++ {
			}
		case s[i] > 2 && s[i] != 0x0f:
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(b.String())
}

func TestPromptHooks(t *testing.T) {
	s, err := newSandbox(t.TempDir())
	must(t, err)
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	tests := []struct {
		env       map[string]string
		want      string
		prod, low bool
	}{
		{map[string]string{}, "", false, false},
		{map[string]string{"AWS_PROFILE": "dev"}, "dev", false, false},
		{map[string]string{"AWS_PROFILE": "prod-Ops", "SECAWS_ROLE": "stale", "AWS_CREDENTIAL_EXPIRATION": in(time.Hour)}, "prod-Ops", true, false},
		{map[string]string{"SECAWS_PROFILE": "Ops", "SECAWS_ROLE": "Ops", "SECAWS_ACCOUNT": "preprod", "AWS_CREDENTIAL_EXPIRATION": in(52*time.Minute + 30*time.Second)}, "Ops Ops@preprod 52m", false, false},
		{map[string]string{"SECAWS_PROFILE": "Ops", "SECAWS_ACCOUNT": "Prod", "AWS_CREDENTIAL_EXPIRATION": in(4*time.Minute + 30*time.Second)}, "Ops @Prod 4m", true, true},
		{map[string]string{"SECAWS_PROFILE": "a-non-prod", "AWS_CREDENTIAL_EXPIRATION": in(11*time.Hour + 7*time.Minute + 30*time.Second)}, "a-non-prod 11h07m", false, false},
		{map[string]string{"SECAWS_PROFILE": "Ops", "AWS_CREDENTIAL_EXPIRATION": in(-time.Hour)}, "Ops ended", false, true},
		{map[string]string{"SECAWS_PROFILE": "Ops", "AWS_CREDENTIAL_EXPIRATION": "tomorrow"}, "Ops", false, false},
		{map[string]string{"SECAWS_PROFILE": "$(touch canary) `touch canary` %n \\w\a", "SECAWS_ROLE": "${x}"}, "$(touch canary) `touch canary` %n \\w? ${x}", false, false},
	}
	inShells(t, func(t *testing.T, sh realShell) {
		for _, tt := range tests {
			box := &sandbox{root: s.root, env: append([]string(nil), s.env...)}
			for name, value := range tt.env {
				box.set(name, value)
			}
			stdout, stderr, code := sh.run(box, sh.init, sh.segment)
			if got := plainText(stdout); code != 0 || stderr != "" || got != tt.want {
				t.Errorf("%v: exit code %d, %q (%q), want %q\n%s", tt.env, code, got, stdout, tt.want, stderr)
			}
			if got := strings.Contains(stdout, "31m"); got != tt.prod {
				t.Errorf("%v: %q: red is %v", tt.env, stdout, got)
			}
			if got := strings.Contains(stdout, "33m"); got != tt.low {
				t.Errorf("%v: %q: yellow is %v", tt.env, stdout, got)
			}
		}
	})
	if exists(filepath.Join(s.root, "canary")) {
		t.Error("a name was run")
	}
}

// The hooks reckon with dates in the shell's own arithmetic: years, leap days and the ends of months.
func TestPromptHooksKnowTheCalendar(t *testing.T) {
	s, err := newSandbox(t.TempDir())
	must(t, err)
	inShells(t, func(t *testing.T, sh realShell) {
		for _, date := range []string{"2027-12-31T23:59:59Z", "2028-02-28T08:09:08Z", "2028-02-29T23:00:00Z", "2028-03-01T00:00:00Z", "2100-02-28T12:00:00Z", "2100-03-01T12:00:00Z", "2104-02-29T01:01:01Z"} {
			at, err := time.Parse(time.RFC3339, date)
			must(t, err)
			s.set("SECAWS_PROFILE", "x")
			s.set("AWS_CREDENTIAL_EXPIRATION", date)
			before := time.Until(at)
			stdout, stderr, _ := sh.run(s, sh.init, sh.segment)
			after := time.Until(at)
			got := plainText(stdout)
			// fish reckons the time from two readings of its clock, and may be a second late.
			if got != "x "+hours(before) && got != "x "+hours(after) && got != "x "+hours(before+time.Second) {
				t.Errorf("%s: %q, want x %s\n%s", date, got, hours(before), stderr)
			}
		}
	})
}

func hours(d time.Duration) string {
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// At a terminal the segment stands before the person's own prompt, and the status of the last command is still theirs.
func TestPromptAtATerminal(t *testing.T) {
	dialogs := map[string][]string{
		"bash": {`send PS1='<$?> '; PROMPT_COMMAND='mine=$?'; eval "$(secaws shell-init bash)"; eval "$(secaws shell-init bash)"`, `expect h<0> `,
			`send export SECAWS_PROFILE=Ops SECAWS_ROLE=R`, `expect Ops R\S* <0> $`, `send (exit 3)`, `expect Ops R\S* <3> $`, `send echo mine=$mine`, `expect mine=3`, `send exit 0`},
		"zsh": {`send PROMPT='<%?> '; eval "$(secaws shell-init zsh)"; eval "$(secaws shell-init zsh)"`, `expect <0> `,
			`send export SECAWS_PROFILE=Ops SECAWS_ROLE=R`, `expect Ops R\S* <0> `, `send (exit 3)`, `expect Ops R\S* <3> `, `send exit 0`},
		"fish": {`send function fish_prompt; echo -n "<$status> "; end; secaws shell-init fish | source; secaws shell-init fish | source`, `expect <0> `,
			`send set -gx SECAWS_PROFILE Ops; set -gx SECAWS_ROLE R`, `expect Ops R\S* <0> `, `send sh -c 'exit 3'`, `expect Ops R\S* <3> `, `send exit 0`},
	}
	s, err := newSandbox(t.TempDir())
	must(t, err)
	s.set("TERM", "xterm")
	inShells(t, func(t *testing.T, sh realShell) {
		p, err := sitDown(s.command(sh.name, append(sh.args, "-i")...))
		must(t, err)
		d := dialog{lines: dialogs[sh.name], expand: func(text string) string { return text }}
		if code := d.playOut(t, p); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

// Whoever gives up at the question for a code keeps the profile that the shell has, with its region.
func TestSecawsUseInterrupted(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	st.set("TERM", "xterm")
	st.unset("AWS_REGION")
	st.unset("AWS_DEFAULT_REGION")
	inShells(t, func(t *testing.T, sh realShell) {
		p, err := sitDown(st.command(sh.name, append(sh.args, "-i")...))
		must(t, err)
		d := dialog{expand: func(text string) string { return text }, lines: []string{
			"send " + sh.init, `send secaws-use plain`, `send echo "1-$SECAWS_PROFILE-$AWS_REGION-$AWS_DEFAULT_REGION-"`, "expect 1-plain-us-west-2-us-west-2-",
			"send secaws-use Ops", "expect MFA code", "key ^C", "expect interrupted",
			`send echo "2-$SECAWS_PROFILE-$AWS_REGION-$AWS_DEFAULT_REGION-"`, "expect 2-plain-us-west-2-us-west-2-",
			"send secaws-use --clear", `send echo "3-$SECAWS_PROFILE-$AWS_REGION-$AWS_DEFAULT_REGION-"`, "expect 3----", "send exit",
		}}
		d.playOut(t, p)
	})
}

func TestNoPrompt(t *testing.T) {
	for _, name := range shellNames() {
		s, err := newSandbox(t.TempDir())
		must(t, err)
		script, stderr, code := s.run("secaws", "shell-init", "--no-prompt", name)
		if code != 0 || !strings.Contains(script, "secaws-use") || strings.Contains(script, "__secaws_prompt") || strings.Contains(script, "@") && strings.Contains(script, "@SECAWS@") {
			t.Errorf("%s: exit code %d, %s\n%s", name, code, stderr, script)
		}
	}
}

// BenchmarkShellInit is what shell-init adds to the start of a shell (aim: under 10 ms), beside the bare shell in the
// same run. The fastest run is what the script costs; the others measure the machine. The program is built as it is
// released, without the race detector.
func BenchmarkShellInit(b *testing.B) {
	s, err := newSandbox(b.TempDir())
	must(b, err)
	dir := filepath.Join(s.root, "release")
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs,nethttpomithttp2", "-ldflags", "-s -w", "-o", dir+"/", ".")
	build.Env = append(slices.Clone(outside), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	s.set("PATH", dir+string(filepath.ListSeparator)+valueOf(s.env, "PATH"))
	for _, sh := range realShells()[:2] {
		b.Run(sh.name, func(b *testing.B) {
			bare, with := time.Hour, time.Hour
			for b.Loop() {
				bare, with = min(bare, timed(b, s, sh, ":")), min(with, timed(b, s, sh, sh.init))
			}
			b.ReportMetric(float64(bare.Microseconds())/1000, "bare-ms")
			b.ReportMetric(float64((with-bare).Microseconds())/1000, "added-ms")
		})
	}
}

func timed(t testing.TB, s *sandbox, sh realShell, line string) time.Duration {
	t.Helper()
	cmd := s.command(sh.name, append(sh.args, "-c", line)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return time.Since(start)
}
