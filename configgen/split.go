package configgen

import (
	"errors"
	"runtime"
	"strings"
)

var (
	errOpenQuote  = errors.New("a quote is not closed")
	errOpenEscape = errors.New("a backslash at the end escapes nothing")
)

// splitCommand cuts a command line of the config file into argv, as botocore does
// on this system, without a shell.
func splitCommand(s string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return splitWindows(s)
	}
	return splitPOSIX(s)
}

// splitPOSIX is Python's shlex.split: https://docs.python.org/3/library/shlex.html#parsing-rules
func splitPOSIX(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\\' && quote != '\'':
			i++
			if i == len(runes) {
				return nil, errOpenEscape
			}
			if quote == '"' && runes[i] != '\\' && runes[i] != '"' {
				word.WriteRune('\\')
			}
			word.WriteRune(runes[i])
			inWord = true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errOpenQuote
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// splitWindows cuts as the C runtime of Windows does, which botocore copies there:
// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
func splitWindows(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted, inWord, slashes := false, false, 0
	flush := func() { word.WriteString(strings.Repeat(`\`, slashes)); slashes = 0 }
	for _, r := range s {
		switch {
		case r == '\\':
			slashes++
			inWord = true
		case r == '"':
			odd := slashes%2 == 1
			slashes /= 2
			flush()
			inWord = true
			if odd {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
		case (r == ' ' || r == '\t') && !quoted:
			flush()
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			flush()
			word.WriteRune(r)
			inWord = true
		}
	}
	if quoted {
		return nil, errOpenQuote
	}
	flush()
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
