package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
		if !utf8.ValidString(a.value) {
			return "", fmt.Errorf("PowerShell cannot take %q unchanged", a.value)
		}
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
// it does not. What its code page makes of other than ASCII nobody knows.
func formatCmd(a assignment) (string, error) {
	if strings.ContainsAny(a.value, "%!\"") || !isASCII(a.value) {
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

// quotePowerShell quotes for PowerShell in ASCII alone: it reads what programs print in a code page that may make quotes
// of other characters, and takes typographic single quotes for quotes. Those characters are put in by their numbers, one
// for each unit of UTF-16.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func quotePowerShell(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\'':
			b.WriteString("''")
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "' + [char]0x%04x + '", unit)
			}
		}
	}
	if isASCII(s) {
		return "'" + b.String() + "'"
	}
	return "('" + b.String() + "')" // an expression, wherever it stands
}

// isASCII tells whether all of s prints, and means the same in every code page.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
