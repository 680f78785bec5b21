package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/awslab"
)

// dial parses the flags of a command that talks to a running lab, and finds the lab.
func dial(flags *flag.FlagSet, args []string) (*awslab.Control, []string, error) {
	dir := flags.String("dir", "", "")
	words, err := parse(flags, args)
	if err != nil {
		return nil, nil, err
	}
	if *dir == "" {
		return nil, nil, usageError{errors.New("--dir is required")}
	}
	lab, err := awslab.Dial(*dir)
	return lab, words, err
}

// dialWith is dial for a command without flags of its own, that takes one word.
func dialWith(name, what string, args []string) (*awslab.Control, string, error) {
	lab, words, err := dial(flag.NewFlagSet(name, flag.ContinueOnError), args)
	if err == nil && len(words) != 1 {
		err = usageError{fmt.Errorf("%s takes %s", name, what)}
	}
	if err != nil {
		return nil, "", err
	}
	return lab, words[0], nil
}

func (e env) totp(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("totp", flag.ContinueOnError)
	fresh := flags.Bool("fresh", false, "")
	pair := flags.Bool("pair", false, "")
	lab, words, err := dial(flags, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return usageError{errors.New("totp takes the name of one user")}
	}
	code, err := lab.TOTP(ctx, words[0], *fresh || *pair)
	if err != nil {
		return err
	}
	if *pair {
		fmt.Fprint(e.stdout, code.Before, " ")
	}
	fmt.Fprintln(e.stdout, code.Digits)
	return nil
}

func (e env) clock(ctx context.Context, args []string) error {
	lab, word, err := dialWith("clock", "how far to move it: +1h", args)
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return usageError{err}
	}
	now, err := lab.Advance(ctx, d)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, now.Format(time.RFC3339))
	return nil
}

func (e env) age(ctx context.Context, args []string) error {
	lab, word, err := dialWith("age", "by how much: 1h", args)
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(strings.TrimPrefix(word, "+"))
	if err != nil {
		return usageError{err}
	}
	return lab.AgeSessions(ctx, d)
}

func (e env) faults(ctx context.Context, args []string) error {
	lab, spec, err := dialWith("faults", "one specification, \"\" for none", args)
	if err != nil {
		return err
	}
	return lab.SetFaults(ctx, spec)
}

func (e env) snapshot(ctx context.Context, args []string) error {
	lab, words, err := dial(flag.NewFlagSet("snapshot", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return usageError{errors.New("snapshot takes no argument")}
	}
	state, err := lab.Snapshot(ctx)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, string(text))
	return nil
}
