package main

import "github.com/urfave/cli/v2"

// command is one line of the table of commands. The constructor may do no work: it is called for every command when
// help is asked for.
type command struct {
	name  string
	build func(*env) *cli.Command
}

// commands is every command, in the order help shows them.
func commands() []command {
	return []command{
		{"add", addCommand},
		{"import", importCommand},
		{"list", listCommand},
		{"remove", removeCommand},
		{"exec", execCommand},
		{"env", shellEnvCommand},
		{"login", loginCommand},
		{"logout", logoutCommand},
		{"status", statusCommand},
		{"credential-process", credentialProcessCommand},
		{"config", configCommand},
		{"keychain", keychainCommand},
		{"rotate", rotateCommand},
		{"setup", setupCommand},
		{"user", userCommand},
		{"join", joinCommand},
		{"prompt", promptCommand},
		{"shell-init", shellInitCommand},
		{"completion", completionCommand},
		{completeName, completeCommand},
		{"version", versionCommand},
	}
}

// foreignTail tells whether what follows the profile's name on the command's line is another program's.
func foreignTail(name string) bool { return name == "exec" }

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// build constructs the command that args name, or all of them when they name none.
func build(e *env, args []string) []*cli.Command {
	var all []*cli.Command
	for _, c := range commands() {
		if len(args) > 1 && c.name == args[1] {
			return []*cli.Command{c.build(e)}
		}
	}
	for _, c := range commands() {
		all = append(all, c.build(e))
	}
	return all
}

// jsonFlag is the --json of every command that answers with data.
func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "answer in JSON"}
}

// example is the text below a command's usage: what it does, then one real example.
func example(about, line string) string {
	return about + "\n\nExample:\n   " + line
}
