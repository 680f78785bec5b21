//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

// mycmd is a program with a completion of its own in every shell. It tells its arguments.
const mycmd = "#!/bin/sh\nprintf 'got:'\nprintf '<%s>' \"$@\"\necho\n"

// completer is one that a shell runs as bash runs aws_completer: it answers by COMP_LINE alone.
const completer = "#!/bin/sh\n[ \"$COMP_LINE\" = 'mycmd2 s3 l' ] && [ \"$COMP_POINT\" = 11 ] && echo ls\n"

// completionDialogs play the same in every shell; what is typed ahead of a tab is waited for, and each line is run, so
// that the outcome counts and not what the shell shows on the way.
func completionDialogs() map[string][]string {
	line := func(typed, shown, rest, outcome string) []string {
		return []string{"type " + typed, "expect " + shown[:len(shown)-1], "key ^I", "expect " + shown[len(shown)-1:], "type " + rest, "key ^M", "expect " + outcome}
	}
	both := func(first ...string) []string {
		lines := append(first, "send echo rea''dy", "expect ready\r\n")
		lines = append(lines, line("secaws exec aut", "aut*o", "-- mycmd x", "got:<x>")...)
		lines = append(lines, line("secaws exec auto -- mycmd al", "al*p", "", "got:<alpha>")...)
		lines = append(lines, line("secaws exec auto mycmd al", "al*p", "", "got:<alpha>")...)
		lines = append(lines, line("secaws-use aut", "aut*o", "; echo use-$SECAWS_PROFILE-", "use-auto-")...)
		lines = append(lines, line("secaws config sho", "sho*w", "plain", "served to SDKs")...)
		return append(lines, line("secaws login x", `x.*y`, "", `profile "x;touch canary"`)...)
	}
	exit := "send exit"
	return map[string][]string{
		"bash": append(append(both(`send eval "$(secaws completion bash)"; eval "$(secaws shell-init --no-prompt bash)"; complete -W 'alpha beta' mycmd; complete -C completer mycmd2; load() { complete -W 'delta' "$1"; return 124; }; complete -D -F load`),
			append(line("secaws exec auto -- mycmd2 s3 l", "l.*s", "", "got:<s3><ls>"), line("secaws exec auto -- mycmd3 de", "de*l", "", "got:<delta>")...)...), exit),
		"zsh":  append(both(`send autoload -Uz compinit; compinit -u; eval "$(secaws completion zsh)"; eval "$(secaws shell-init --no-prompt zsh)"; _mycmd() { compadd alpha beta }; compdef _mycmd mycmd`), exit),
		"fish": append(both(`send secaws completion fish | source; secaws shell-init --no-prompt fish | source; complete -c mycmd -f -a 'alpha beta'`), exit),
	}
}

func TestCompletionInShells(t *testing.T) {
	st := newStage(t, awslab.Options{})
	must(t, st.settle("ops"))
	tools := filepath.Join(st.root, "tools")
	must(t, os.Mkdir(tools, 0o700))
	for name, text := range map[string]string{"mycmd": mycmd, "mycmd2": mycmd, "mycmd3": mycmd, "completer": completer} {
		must(t, os.WriteFile(filepath.Join(tools, name), []byte(text), 0o700))
	}
	config := filepath.Join(st.home(), ".aws", "config")
	must(t, os.WriteFile(config, []byte(readFile(t, config)+"[profile \"x;touch canary\"]\nsso_session = corp\n"), 0o600))
	st.set("PATH", tools+":"+valueOf(st.env, "PATH"))
	st.set("TERM", "xterm")
	inShells(t, func(t *testing.T, sh realShell) {
		p, err := sitDown(st.command(sh.name, append(sh.args, "-i")...))
		must(t, err)
		d := dialog{lines: completionDialogs()[sh.name], expand: func(text string) string { return text }}
		d.playOut(t, p)
		if exists(filepath.Join(st.root, "canary")) {
			t.Error("a profile's name was run")
		}
	})
}

// bash parts words at characters that names have, and completes behind the last of them only.
func TestBashPartsWords(t *testing.T) {
	needsProgram(t, "bash")
	s, err := newSandbox(t.TempDir())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(s.home(), ".aws", "config"), []byte("[profile a@b:c]\n[profile a@bd]\n[profile \"my team\"]\n"), 0o600))
	tests := []struct{ words, want string }{ // of the line, as bash parts it: | where there is white space, _ where there is none
		{"secaws|login|a_@_b", "b:c bd"},
		{"secaws|login|a_@", "b:c bd"},
		{"secaws|login|a_@_b_:", "c"},
		{"secaws|env|--format_=_f", "fish"},
		{"secaws|env|--format_=", "sh fish powershell cmd dotenv json"},
		{"secaws|login|m", "my\\ team"},
		{"secaws-use|a_@_b_:", "c"},
		{"secaws-use|-", "--clear"},
		{"secaws-use|a|b", ""},
	}
	for _, tt := range tests {
		line := strings.NewReplacer("|", " ", "_", "").Replace(tt.words)
		script := []string{`eval "$(secaws completion bash)"`, "COMP_LINE='" + line + "'", "COMP_POINT=${#COMP_LINE}"}
		parts := strings.FieldsFunc(tt.words, func(r rune) bool { return r == '|' || r == '_' })
		script = append(script, "COMP_WORDS=('"+strings.Join(parts, "' '")+"')", "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))",
			`f=$(complete -p "${COMP_WORDS[0]}"); f=${f#*-F }; ${f%% *} 2>/dev/null`, `echo "${COMPREPLY[*]}"`)
		stdout, stderr, _ := s.run("bash", "--norc", "-c", strings.Join(script, "\n"))
		if got := strings.TrimSuffix(stdout, "\n"); got != tt.want {
			t.Errorf("%s: %q, want %q\n%s", tt.words, got, tt.want, stderr)
		}
	}
}
