package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// labFlags are the flags serve and run share.
type labFlags struct {
	addr    string
	options awslab.Options
}

func newLabFlags(name string) (*flag.FlagSet, *labFlags) {
	f := &labFlags{}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "")
	flags.StringVar(&f.options.Dir, "dir", "", "")
	flags.StringVar(&f.options.Seed, "seed", awslab.SeedAccounts, "")
	flags.DurationVar(&f.options.Propagation, "propagation", 0, "")
	flags.DurationVar(&f.options.Latency, "latency", 0, "")
	flags.IntVar(&f.options.Accounts, "accounts", 0, "")
	flags.DurationVar(&f.options.TOTPStep, "totp-step", 30*time.Second, "")
	flags.Func("fault", "", func(spec string) error {
		f.options.Faults += " " + spec
		return nil
	})
	return flags, f
}

// start makes a lab and serves it.
func (f *labFlags) start() (*awslab.Server, error) {
	if f.options.Dir == "" {
		return nil, usageError{errors.New("--dir is required")}
	}
	dir, err := filepath.Abs(f.options.Dir)
	if err != nil {
		return nil, err
	}
	f.options.Dir = dir
	lab, err := awslab.New(f.options)
	if err != nil {
		return nil, usageError{err}
	}
	return lab.Start(f.addr)
}

func (e env) serve(ctx context.Context, args []string) error {
	flags, f := newLabFlags("serve")
	words, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return usageError{fmt.Errorf("serve takes no argument: %q", words[0])}
	}
	server, err := f.start()
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "awslab ready at %s: . %s\n", server.URL, filepath.Join(f.options.Dir, "env"))
	<-ctx.Done()
	return server.Close()
}

func (e env) run(ctx context.Context, args []string) error {
	flags, f := newLabFlags("run")
	argv, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(argv) == 0 {
		return usageError{errors.New("run what? awslab run --dir DIR -- CMD…")}
	}
	server, err := f.start()
	if err != nil {
		return err
	}
	running := e.child(argv, awslab.Environment(f.options.Dir, server.URL))
	return errors.Join(running, server.Close())
}

// child runs argv. ^C is the child's to obey: the terminal sends it to both of us. A
// request to end that only we get is handed on.
func (e env) child(argv, environ []string) error {
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.stdin, e.stdout, e.stderr
	cmd.Env = append(withoutAWS(e.environ), environ...)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // one that has just ended needs none
		case err := <-ended:
			return exitOf(err)
		}
	}
}

// exitOf turns a command's end into our exit code, as shells do.
func exitOf(err error) error {
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return exitError(ended.ExitCode())
	case ended != nil:
		return exitError(128 + signalOf(ended))
	}
	return err
}

// withoutAWS leaves out what could lead a rehearsal to real accounts.
func withoutAWS(environ []string) []string {
	var kept []string
	for _, pair := range environ {
		if !strings.HasPrefix(pair, "AWS_") {
			kept = append(kept, pair)
		}
	}
	return kept
}
