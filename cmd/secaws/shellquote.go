package main

import (
	"errors"
	"fmt"
	"strings"
)

// shellFormats are those that env prints.
var shellFormats = []string{"sh", "fish", "powershell", "cmd", "dotenv", "json"}

// formatAssignment is one line, or none, for one kind of shell.
func formatAssignment(format string, a assignment) (string, error) {
	if strings.ContainsRune(a.value, 0) {
		return "", errors.New("no shell can hold a zero byte")
	}
	switch format {
	case "sh":
		if a.unset {
			return "unset " + a.name + "\n", nil
		}
		return "export " + a.name + "=" + quoteSh(a.value) + "\n", nil
	case "fish":
		if a.unset {
			return "set -e " + a.name + "\n", nil
		}
		return "set -gx " + a.name + " " + quoteFish(a.value) + "\n", nil
	case "powershell":
		if a.unset {
			return "Remove-Item -ErrorAction SilentlyContinue Env:" + a.name + "\n", nil
		}
		return "$Env:" + a.name + " = " + quotePowerShell(a.value) + "\n", nil
	case "cmd":
		return formatCmd(a)
	}
	return formatDotenv(a)
}

// formatCmd writes for cmd.exe, in which nothing quotes a percent sign: in a batch file %% stands for one, at the prompt
// it does not.
func formatCmd(a assignment) (string, error) {
	if strings.ContainsAny(a.value, "%!\"\r\n") {
		return "", fmt.Errorf("cmd.exe cannot take %q unchanged", a.value)
	}
	return "set \"" + a.name + "=" + a.value + "\"\r\n", nil
}

// formatDotenv writes the bare form, which docker's --env-file and all libraries read alike; there are no two readers
// that agree on quotes.
func formatDotenv(a assignment) (string, error) {
	if a.unset {
		return "", nil
	}
	for _, r := range a.value {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("_./+=:@,-", r)) {
			return "", fmt.Errorf("readers of dotenv files do not agree on %q", a.value)
		}
	}
	return a.name + "=" + a.value + "\n", nil
}

// quoteSh quotes for sh, bash and zsh: nothing but the quote itself means anything between single quotes.
func quoteSh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteFish quotes for fish, where a backslash means something between single quotes, too.
// https://fishshell.com/docs/current/language.html#quotes
func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// quotePowerShell quotes for PowerShell, which takes typographic single quotes for quotes.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func quotePowerShell(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}
