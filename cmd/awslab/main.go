// Command awslab runs four AWS accounts on loopback to rehearse on, and stands for the
// phone and the clock there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `awslab: four AWS accounts on loopback that refuse what AWS refuses

  awslab serve --dir DIR [--addr 127.0.0.1:0] [LAB FLAGS]   run a lab until ^C
  awslab run --dir DIR [LAB FLAGS] -- CMD…                  run CMD with a lab around it
  awslab totp --dir DIR [--fresh | --pair] USER             the phone: print a code
  awslab clock --dir DIR +1h                                move the lab's clock
  awslab age --dir DIR 1h                                   make every session older
  awslab faults --dir DIR SPEC                              put other faults in place
  awslab snapshot --dir DIR                                 print the state as JSON, without secrets
  awslab whoami                                             print the ARN that the environment's credentials stand for
  awslab s3 mb|rb|ls [s3://BUCKET]                          make, remove or list buckets with them

lab flags:
  --seed accounts|landing-zone   what is there at first (default accounts)
  --accounts 4                   how many accounts there are
  --latency 0s                   how long every call takes at least
  --propagation 0s               how late IAM's readers see what its writers did
  --totp-step 30s                how long a code lasts
  --fault SPEC                   ACTION[:WHEN]=EFFECT,… as in CreateAccessKey:2=ServiceUnavailable
                                 ACTION: a name, or *. WHEN: N, N-M, N- or everyN. EFFECT: a code, throttle, or drop
`

// env is what a command takes from the outside world.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
}

// usageError is a command line that cannot be meant: exit code 2.
type usageError struct{ error }

// exitError is the exit code of the command that run ran.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	e := env{os.Stdin, os.Stdout, os.Stderr, os.Environ()}
	code := e.main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// main runs a command line and returns the exit code.
func (e env) main(ctx context.Context, args []string) int {
	err := e.command(ctx, args)
	var exit exitError
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(e.stdout, usage)
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(e.stderr, "awslab: %v\nawslab: hint: see awslab --help\n", err)
		return 2
	case errors.Is(err, context.Canceled):
		return 130
	}
	fmt.Fprintf(e.stderr, "awslab: %v\n", err)
	return 1
}

func (e env) command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usageError{errors.New("no command")}
	}
	commands := map[string]func(context.Context, []string) error{
		"serve": e.serve, "run": e.run, "totp": e.totp, "clock": e.clock, "age": e.age,
		"faults": e.faults, "snapshot": e.snapshot, "whoami": e.whoami, "s3": e.s3,
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return flag.ErrHelp
	}
	run, ok := commands[name]
	if !ok {
		return usageError{fmt.Errorf("no command %q", name)}
	}
	return run(ctx, rest)
}

// parse reads flags, wherever they stand before "--", and returns the other words.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	flags.SetOutput(io.Discard)
	var words []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err}
		}
		rest := flags.Args()
		ended := len(rest) < len(args) && args[len(args)-len(rest)-1] == "--"
		if len(rest) == 0 || ended {
			return append(words, rest...), nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}
