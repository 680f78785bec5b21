package main

import (
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// shellScripts are what shell-init and completion print, one file for each shell.
//
//go:embed shell
var shellScripts embed.FS

// shells are those that shell-init and completion know, with the ends of their files and their quotes.
var shells = []struct {
	name, suffix string
	quote        func(string) string
}{
	{"bash", ".bash", quoteSh},
	{"zsh", ".zsh", quoteSh},
	{"fish", ".fish", quoteFish},
	{"powershell", ".ps1", quotePowerShell},
}

func shellNames() []string {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return names
}

func shellInitCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "shell-init",
		Usage:     "print what a shell needs for secaws-use and the prompt",
		UsageText: "secaws shell-init [--no-prompt] bash|zsh|fish|powershell",
		Description: example("Defines secaws-use PROFILE, which puts a profile's credentials into the current shell (--clear takes them\n"+
			"away), and shows the active profile in the prompt. The prompt starts no process.", `eval "$(secaws shell-init bash)"`),
		Flags: []cli.Flag{&cli.BoolFlag{Name: "no-prompt", Usage: "leave the prompt alone"}},
		Action: func(c *cli.Context) error {
			return e.printScript(c, "init", func(script string) string {
				function, prompt, _ := strings.Cut(script, "@PROMPT@\n")
				if c.Bool("no-prompt") {
					return function
				}
				return function + prompt
			})
		},
	}
}

// printScript prints one kind of script for the shell that the command line names, with the path of secaws in it.
func (e *env) printScript(c *cli.Context, kind string, adapt func(string) string) error {
	name, err := oneName(c, "SHELL ("+strings.Join(shellNames(), ", ")+")")
	if err != nil {
		return err
	}
	at := slices.Index(shellNames(), name)
	if at < 0 {
		return usageErrorf(c, "%q is not a shell known here: want one of %s", name, strings.Join(shellNames(), ", "))
	}
	script, err := shellScripts.ReadFile("shell/" + kind + shells[at].suffix)
	if err != nil {
		return fmt.Errorf("the script for %s: %w", name, err)
	}
	path, err := e.ownPath()
	if err != nil { // a script lives as long as the shell: a passing place will do
		if path, err = os.Executable(); err != nil {
			return fmt.Errorf("find the path of secaws: %w", err)
		}
	}
	return e.print(strings.ReplaceAll(adapt(string(script)), "@SECAWS@", shells[at].quote(path)))
}
