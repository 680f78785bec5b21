// Command secaws keeps AWS access keys in the operating system's keychain and hands out short-lived credentials made
// from them with one MFA code.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

func main() {
	e := system()
	os.Exit(run(e.interruptible(context.Background()), os.Args, e))
}

// run is the whole program but for the process around it: it runs the command line args (args[0] is the program) and
// returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	if err := e.process.Conceal(); err != nil {
		return e.report(ctx, err)
	}
	if !warm(args) {
		e.listen()
	}
	app := newApp(e, args)
	return e.report(ctx, app.RunContext(ctx, arrange(app, args)))
}

// newApp builds the urfave application, with the one command that args name where they name one, so that a warm run
// does not pay for all the others, and tames it: nothing exits but main, and a usage error is never written to stdout.
func newApp(e *env, args []string) *cli.App {
	app := &cli.App{
		Name:            "secaws",
		Usage:           "keep AWS keys in the keychain, hand out short-lived credentials",
		UsageText:       "secaws COMMAND [options] [arguments]",
		Description:     "Example:\n   secaws add ops && secaws exec Ops -- aws s3 ls",
		HideHelpCommand: true,
		HideVersion:     true,
		Compiled:        time.Unix(0, 1), // unset, the library asks the file system
		Reader:          e.stdin,
		Writer:          e.stdout,
		ErrWriter:       io.Discard,
		Commands:        build(e, args),
		Flags:           []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version", Hidden: true}},
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    onUsageError,
		Action:          rejectUnknown(e),
	}
	for _, c := range app.Commands {
		tame(c)
	}
	return app
}

// tame gives a command and those below it what the library would otherwise decide for us.
func tame(c *cli.Command) {
	c.HideHelpCommand = true
	c.OnUsageError = onUsageError
	if c.Action == nil {
		c.Action = rejectSubcommand
	}
	for _, f := range c.Flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true // "(default: false)" after every switch
		}
	}
	for _, sub := range c.Subcommands {
		tame(sub)
	}
}

func onUsageError(c *cli.Context, err error, _ bool) error {
	return usageError{command: c.Command.HelpName, problem: err.Error()}
}

// rejectUnknown answers a command line that names none of our commands.
func rejectUnknown(e *env) cli.ActionFunc {
	return func(c *cli.Context) error {
		switch {
		case c.Bool("version"):
			return printVersion(e, false)
		case !c.Args().Present():
			return usageError{command: "secaws", problem: "no command given"}
		}
		return unknownCommand(c.Args().First())
	}
}

func rejectSubcommand(c *cli.Context) error {
	if !c.Args().Present() {
		return usageError{command: c.Command.HelpName, problem: "say which of its commands you mean"}
	}
	return unknownSubcommand(c)
}

// warm tells the commands that mostly have nothing to wait for and nothing to clean up: they listen for interrupts only
// once they wait, since listening costs a thread. Until then an interrupt ends them as it ends any program.
func warm(args []string) bool {
	return len(args) > 1 && slices.Contains([]string{"credential-process", "exec", "prompt", completeName, "version"}, args[1])
}

// interruptible returns a context that ends with the first interrupt after e.listen is called; a second one ends the
// process the usual way. A signal that was ignored when we started (nohup, a background job of sh) stays ignored, for
// us and for what we exec.
func (e *env) interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	e.listen = sync.OnceFunc(func() {
		var heard []os.Signal
		for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
			if !signal.Ignored(s) {
				heard = append(heard, s)
			}
		}
		if len(heard) == 0 {
			return
		}
		notified, stop := signal.NotifyContext(parent, heard...)
		context.AfterFunc(notified, func() { cancel(); stop() })
	})
	return ctx
}

// interrupted tells whether err means that the person, or a signal, ended the run.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, session.ErrCanceled)
}
