package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange returns args in the one order that urfave/cli/v2 understands, flags before names, so that people can type
// them in any. "secaws help X" becomes "secaws X --help".
func arrange(app *cli.App, args []string) []string {
	if len(args) > 1 && args[1] == "help" {
		args = append(append(args[:1:1], args[2:]...), "--help")
	}
	if len(args) < 2 {
		return args
	}
	c := app.Command(args[1])
	if c == nil {
		return args
	}
	head, rest := args[:2:2], args[2:]
	for len(rest) > 0 {
		sub := c.Command(rest[0])
		if sub == nil {
			break
		}
		c, head, rest = sub, append(head, rest[0]), rest[1:]
	}
	flags, names := permute(c.Flags, rest, foreignTail(args[1]))
	return slices.Concat(head, flags, []string{"--"}, names)
}

// permute parts args into flags with their values and names. After "--" all are names. With foreignTail, args are
// [PROFILE] [--] CMD…: nothing from CMD on is ours, and names begins with the profile, "" when none was given.
func permute(known []cli.Flag, args []string, foreignTail bool) (flags, names []string) {
	values := valueFlags(known)
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			if foreignTail && len(names) == 0 {
				names = append(names, "")
			}
			return flags, append(names, args[i+1:]...)
		case strings.HasPrefix(arg, "-") && arg != "-":
			flags = append(flags, arg)
			if values[strings.TrimLeft(arg, "-")] && i+1 < len(args) {
				i++
				flags = append(flags, args[i])
			}
		case foreignTail && len(names) == 1:
			return flags, append(names, args[i:]...)
		default:
			names = append(names, arg)
		}
	}
	if foreignTail && len(names) == 0 {
		names = append(names, "")
	}
	return flags, names
}

// valueFlags are the names of the flags whose value may be the next argument.
func valueFlags(known []cli.Flag) map[string]bool {
	names := make(map[string]bool)
	for _, f := range known {
		if d, ok := f.(cli.DocGenerationFlag); ok && d.TakesValue() {
			for _, n := range f.Names() {
				names[n] = true
			}
		}
	}
	return names
}

// oneName returns the single name that the command needs.
func oneName(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 0:
		return "", usageErrorf(c, "%s is missing", what)
	case 1:
		return c.Args().First(), nil
	}
	return "", usageErrorf(c, "one %s only: %q is too much", what, c.Args().Get(1))
}

// noNames refuses arguments where the command takes none.
func noNames(c *cli.Context) error {
	if c.NArg() > 0 {
		return usageErrorf(c, "%s takes no name: %q is too much", c.Command.HelpName, c.Args().First())
	}
	return nil
}

// profileName returns the profile the person named, else AWS_PROFILE's.
func (e *env) profileName(c *cli.Context) (string, error) {
	if c.NArg() == 0 {
		if name := e.getenv("AWS_PROFILE"); name != "" {
			return name, nil
		}
		return "", usageErrorf(c, "PROFILE is missing, and AWS_PROFILE is not set")
	}
	return oneName(c, "PROFILE")
}
