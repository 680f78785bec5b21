//go:build unix

package main

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// powerShellText is what a grammar of PowerShell makes of a text, as testdata/powershell.cjs tells it.
type powerShellText struct {
	Errors          []string
	Variable, Value string
}

// parsedPowerShell stands in for PowerShell itself, which this machine has not.
func parsedPowerShell(t *testing.T, texts []string) []powerShellText {
	t.Helper()
	needsProgram(t, "node")
	modules := outsideEnv("SECAWS_JS_MODULES")
	for _, name := range []string{"web-tree-sitter", "tree-sitter-powershell"} {
		needs(t, modules != "" && exists(filepath.Join(modules, name)), name+" (SECAWS_JS_MODULES names the node_modules folder)")
	}
	in, err := json.Marshal(texts)
	must(t, err)
	cmd := exec.Command("node", "--liftoff-only" /* to compile the grammar better takes 15 s */, filepath.Join("testdata", "powershell.cjs"))
	cmd.Env, cmd.Stdin = outside, strings.NewReader(string(in))
	stdout, stderr, code := collect(cmd)
	var read []powerShellText
	if err := json.Unmarshal([]byte(stdout), &read); err != nil || len(read) != len(texts) {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	return read
}

// What env prints for PowerShell is one assignment of the very value, in ASCII, whatever the value holds.
func TestPowerShellAssignments(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	values := append([]string{}, hostileValues[:len(hostileValues)-1]...) // the last is no UTF-8
	pieces := []string{"a", "'", "''", `"`, "`", "$", "$(x)", ";", "\n", "\r", "\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "Ò", "😀", "#", "@", "(", ")", "{", "}", "%", "&", "|", "-", "--%", "<#", "#>", " "}
	for range 1000 {
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		values = append(values, b.String())
	}
	var texts []string
	for _, value := range values {
		text, err := formatAssignment("powershell", assignment{name: "SECAWS_PROFILE", value: value})
		must(t, err)
		if !isASCII(strings.TrimSuffix(text, "\n")) {
			t.Errorf("%q is not ASCII", text)
		}
		texts = append(texts, text)
	}
	for i, got := range parsedPowerShell(t, texts) {
		if len(got.Errors) > 0 || got.Variable != "$Env:SECAWS_PROFILE" || got.Value != values[i] {
			t.Errorf("%q is written as %s, which is %+v", values[i], texts[i], got)
		}
	}
}

func TestPowerShellScripts(t *testing.T) {
	var texts []string
	for _, name := range []string{"init.ps1", "completion.ps1"} {
		script, err := shellScripts.ReadFile("shell/" + name)
		must(t, err)
		before, after, _ := strings.Cut(string(script), "@PROMPT@\n")
		for _, path := range []string{`C:\Program Files\secaws.exe`, `C:\Users\J'ürgen\secaws.exe`} {
			texts = append(texts, strings.ReplaceAll(before, "@SECAWS@", quotePowerShell(path)), strings.ReplaceAll(before+after, "@SECAWS@", quotePowerShell(path)))
		}
	}
	texts = append(texts, "function global:f {\n  if (1 {\n}\n") // no PowerShell
	read := parsedPowerShell(t, texts)
	for i, got := range read[:len(read)-1] {
		if len(got.Errors) > 0 {
			t.Errorf("%v in\n%s", got.Errors, texts[i])
		}
	}
	if len(read[len(read)-1].Errors) == 0 {
		t.Error("the grammar finds no fault in what is no PowerShell")
	}
}
