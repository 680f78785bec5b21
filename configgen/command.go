package configgen

import (
	"fmt"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CommandLine writes argv as the value of credential_process, so that every SDK on
// this system starts the program with exactly that argv: the AWS CLI and boto3
// split it themselves, the SDKs for Go and JavaScript give it to sh -c or cmd.exe
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
// argv[0] must be an absolute path. What the four would not read alike is refused
// with a *CommandError; a path with blanks is put in double quotes.
func CommandLine(argv []string) (string, error) { return commandLine(runtime.GOOS, argv) }

// CommandError is an argument that cannot be written for sh, cmd.exe and botocore alike.
type CommandError struct{ Argument, problem string }

func (e *CommandError) Error() string {
	return fmt.Sprintf("credential_process cannot hold %q: %s", e.Argument, e.problem)
}

// Hint tells the way round.
func (e *CommandError) Hint() string {
	return "put secaws into a folder whose path has only letters, digits and . _ + -"
}

func commandLine(goos string, argv []string) (string, error) {
	if len(argv) == 0 {
		return "", &CommandError{problem: "it names no program"}
	}
	words := make([]string, len(argv))
	for i, arg := range argv {
		word, err := commandWord(goos, arg, i == 0)
		if err != nil {
			return "", err
		}
		words[i] = word
	}
	line := strings.Join(words, " ")
	if plain(line) != line {
		return "", &CommandError{Argument: line, problem: "the SDK for Go would take the quotes at both ends away"}
	}
	return line, nil
}

func commandWord(goos, arg string, program bool) (string, error) {
	if problem := wordProblem(goos, arg, program); problem != "" {
		return "", &CommandError{Argument: arg, problem: problem}
	}
	// cmd.exe ends a program's name at = and , and takes an @ at its start away; as arguments they are plain.
	if strings.Contains(arg, " ") || program && strings.ContainsAny(arg, "=,@") {
		return `"` + arg + `"`, nil
	}
	return arg, nil
}

// wordProblem says what keeps arg from being written, "" if nothing does.
func wordProblem(goos, arg string, program bool) string {
	windows := goos == "windows"
	switch {
	case arg == "":
		return "it is empty"
	case !utf8.ValidString(arg):
		return "it is not UTF-8"
	case program && !isAbsolute(windows, arg):
		return "it is no absolute path"
	case windows && program && strings.ContainsAny(arg, "=,@"):
		return "cmd.exe reads = , @ in a program's path in its own way"
	case strings.HasPrefix(arg, " ") || strings.HasSuffix(arg, " "):
		return "it has blanks at its ends"
	}
	for _, r := range arg {
		if !isWordRune(r) && r != ' ' && !(windows && r == '\\') {
			return fmt.Sprintf("%q means something else to one of the shells", r)
		}
	}
	return ""
}

// isWordRune is what stands for itself in sh, cmd.exe and botocore's splitting alike.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isNameRune(r) || r == '/' || r == ':'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func isAbsolute(windows bool, path string) bool {
	if !windows {
		return strings.HasPrefix(path, "/")
	}
	return len(path) > 3 && isLetter(rune(path[0])) && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
}
