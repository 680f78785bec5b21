//go:build unix

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// hostileValues are what a profile's name may hold in a file that somebody else wrote.
var hostileValues = []string{
	"plain", "", "two words", "it's", `"`, `\`, `\'`, `a\\b`, "$HOME", "$(touch canary)", "`touch canary`", "a;touch canary", "a\nb", "a\n", "\ttab",
	"*", "~", "!!", "%PATH%", "#", "-n", "é日本", "\u2019; touch canary; \u2019", "a'b\"c\\d$e`f", "\x1b[31m", "\xff",
}

// Each shell reads back exactly what was to be assigned.
func TestShellsReadBackWhatEnvPrints(t *testing.T) {
	shells := []struct{ program, format, print string }{
		{"sh", "sh", `printf %s "$SECAWS_PROFILE"`},
		{"bash", "sh", `printf %s "$SECAWS_PROFILE"`},
		{"zsh", "sh", `printf %s "$SECAWS_PROFILE"`},
		{"fish", "fish", `printf %s "$SECAWS_PROFILE"`},
	}
	for _, shell := range shells {
		t.Run(shell.program, func(t *testing.T) {
			needsProgram(t, shell.program)
			dir := t.TempDir()
			for _, value := range hostileValues {
				text, err := formatAssignments(shell.format, []assignment{{name: "AWS_PROFILE", unset: true}, {name: "SECAWS_PROFILE", value: value}})
				must(t, err)
				cmd := exec.Command(shell.program, "-c", text+shell.print)
				cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "LC_ALL=C.UTF-8", "AWS_PROFILE=x"}
				out, err := cmd.CombinedOutput()
				if err != nil || string(out) != value {
					t.Errorf("%q became %q, %v", value, out, err)
				}
			}
		})
	}
}

func TestShellQuoting(t *testing.T) {
	tests := []struct{ format, value, want string }{
		{"sh", "it's", "export N='it'\\''s'\n"},
		{"fish", `it's \`, `set -gx N 'it\'s \\'` + "\n"},
		{"powershell", "it's $x `y` \"z\"", "$Env:N = 'it''s $x `y` \"z\"'\n"},
		{"powershell", "’x", "$Env:N = ('' + [char]0x2019 + 'x')\n"},
		{"powershell", "Ò; x", "$Env:N = ('' + [char]0x00d2 + '; x')\n"}, // of its bytes a Western code page makes a quote
		{"powershell", "a\n😀'b", "$Env:N = ('a' + [char]0x000a + '' + [char]0xd83d + '' + [char]0xde00 + '''b')\n"},
		{"powershell", "\xff", ""},
		{"cmd", "a b&c", "set \"N=a b&c\"\r\n"},
		{"cmd", "50%", ""},
		{"cmd", "a\"b", ""},
		{"cmd", "a\r\nb", ""},
		{"cmd", "é", ""},
		{"dotenv", "FwoG/+=", "N=FwoG/+=\n"},
		{"dotenv", "a b", ""},
		{"sh", "a\x00b", ""},
	}
	for _, tt := range tests {
		got, err := formatAssignments(tt.format, []assignment{{name: "N", value: tt.value}})
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s of %q is %q, %v; want %q", tt.format, tt.value, got, err, tt.want)
		}
	}
	if got, _ := formatAssignments("dotenv", []assignment{{name: "N", unset: true}}); strings.Contains(got, "N") {
		t.Errorf("dotenv unsets with %q", got)
	}
}
