package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print what a shell needs to complete secaws's command lines",
		UsageText: "secaws completion bash|zsh|fish|powershell",
		Description: example("Completes commands, flags and the names of profiles, keys, users, groups and accounts, from files alone: it\n"+
			"asks no keychain and no network. Behind exec PROFILE -- the shell completes the command as it does alone.", `eval "$(secaws completion bash)"`),
		Action: func(c *cli.Context) error {
			return e.printScript(c, "completion", func(script string) string { return script })
		},
	}
}

// completeName is the hidden command that the scripts of completion call.
const completeName = "__complete"

// completeCommand prints the candidates for the last of the words behind "secaws", one a line: the word, a tab, what it
// is. Two answers are no words: ":files" leaves it to the shell to complete a file, ":command N" another program's
// command line, which begins at word N of the whole line. What goes wrong gives no candidates: a person who presses tab
// wants no messages.
func completeCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:   completeName,
		Hidden: true,
		Action: func(c *cli.Context) error { return e.print(e.complete(c.Args().Slice())) },
	}
}

func (e *env) complete(words []string) string {
	if len(words) == 0 {
		return ""
	}
	a := ask(build(e, nil), words)
	switch {
	case a.command > 0:
		return ":command " + strconv.Itoa(a.command) + "\n"
	case a.names == nameFile:
		return ":files\n"
	}
	for _, name := range e.namesFor(a) {
		a.offer(name, "")
	}
	if text := a.text(); text != "" || a.names != nameSource {
		return text
	}
	return ":files\n"
}

// candidate is what the word could become.
type candidate struct{ word, about string }

// asking is what may stand in the place of the word that is being typed.
type asking struct {
	typed      string // the word so far
	prefix     string // "--flag=" where the value is typed behind it
	candidates []candidate
	names      nameKind
	command    int               // index in the whole line at which another program's own line begins, 0: nowhere
	given      map[string]string // values of the flags before
}

func (a *asking) offer(word, about string) {
	a.candidates = append(a.candidates, candidate{a.prefix + word, about})
}

// text is the answer for the shell. What does not print could not be typed either.
func (a *asking) text() string {
	var b strings.Builder
	for _, c := range a.candidates {
		if !strings.HasPrefix(c.word, a.typed) || c.word == "" || !printable(c.word) {
			continue
		}
		b.WriteString(c.word)
		if c.about != "" {
			b.WriteString("\t" + escape(c.about))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
