package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// ask works out from the words behind "secaws", the last of which is being typed, what may stand there. It follows
// arrange: flags may stand anywhere before a foreign tail.
func ask(commands []*cli.Command, words []string) *asking {
	before, typed := words[:len(words)-1], words[len(words)-1]
	a := &asking{typed: typed, given: map[string]string{}}
	var path []string
	at := 1 // index of before[0] in the whole line
	if len(before) > 0 && before[0] == "help" {
		before, at = before[1:], at+1
	}
	var flags []cli.Flag
	for len(before) > 0 {
		c := commandNamed(commands, before[0])
		if c == nil {
			break
		}
		path, flags, commands = append(path, c.Name), c.Flags, c.Subcommands
		before, at = before[1:], at+1
	}
	if len(path) == 0 || len(commands) > 0 {
		a.offerCommands(commands, before, len(path) == 0)
		return a
	}
	l := line{path: strings.Join(path, " "), flags: flags, values: valueFlags(flags), foreign: foreignTail(path[0])}
	l.read(a, before, at)
	return a
}

func commandNamed(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// offerCommands offers the commands of a level, but behind a word that is none of them.
func (a *asking) offerCommands(commands []*cli.Command, before []string, top bool) {
	if len(before) > 0 {
		return
	}
	for _, c := range commands {
		if !c.Hidden {
			a.offer(c.Name, c.Usage)
		}
	}
	if top {
		a.offer("help", "show how a command is used")
	}
	a.offerHelp()
}

func (a *asking) offerHelp() {
	if strings.HasPrefix(a.typed, "-") {
		a.offer("--help", "show how it is used")
	}
}

// line is the part of a command line behind the command's own name.
type line struct {
	path    string // "config write"
	flags   []cli.Flag
	values  map[string]bool // flags that take a value
	foreign bool            // what follows the first name is another program's
}

// read goes through the words before the one that is being typed, the first of which is word at of the whole line.
func (l line) read(a *asking, before []string, at int) {
	names, plain := 0, false
	for i := 0; i < len(before); i++ {
		word := before[i]
		flag, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case plain || !strings.HasPrefix(word, "-") || word == "-":
			if l.foreign && names == 1 {
				a.command = at + i
				return
			}
			names++
		case word == "--" && l.foreign:
			a.command = at + i + 1
			return
		case word == "--":
			plain = true
		case joined:
			a.given[flag] = value
		case l.values[flag] && i+1 == len(before):
			a.names = valueKind(l.path, flag)
			return
		case l.values[flag]:
			i++
			a.given[flag] = before[i]
		}
	}
	l.ask(a, names, plain, at+len(before))
}

// ask settles what the word is, of which the flags are known to be whole.
func (l line) ask(a *asking, names int, plain bool, at int) {
	flag, _, joined := strings.Cut(strings.TrimLeft(a.typed, "-"), "=")
	switch {
	case strings.HasPrefix(a.typed, "-") && joined && !plain:
		a.prefix = a.typed[:strings.Index(a.typed, "=")+1]
		if l.values[flag] {
			a.names = valueKind(l.path, flag)
		}
	case strings.HasPrefix(a.typed, "-") && !plain:
		l.offerFlags(a)
	case l.foreign && names == 1:
		a.command = at
	default:
		a.names = nameAt(l.path, names)
	}
}

func (l line) offerFlags(a *asking) {
	for _, f := range l.flags {
		shown, ok := f.(cli.VisibleFlag)
		if !ok || !shown.IsVisible() {
			continue
		}
		about := ""
		if d, ok := f.(cli.DocGenerationFlag); ok {
			about = strings.ReplaceAll(d.GetUsage(), "`", "")
		}
		a.offer("--"+f.Names()[0], about)
	}
	a.offerHelp()
	slices.SortFunc(a.candidates, func(x, y candidate) int { return strings.Compare(x.word, y.word) })
	if l.foreign {
		a.offer("--", "the command follows")
	}
}
