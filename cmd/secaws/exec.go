package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

func execCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "exec",
		Usage:     "run a command with credentials in its environment",
		UsageText: "secaws exec [options] PROFILE [--] [COMMAND…]",
		Description: example("secaws becomes COMMAND; nothing behind COMMAND is read as an option of ours. Without COMMAND it\n"+
			"becomes your shell. PROFILE may be left out, with -- before COMMAND, where AWS_PROFILE is set.",
			"secaws exec Ops -- aws s3 ls"),
		Flags: []cli.Flag{
			directFlag(),
			&cli.BoolFlag{Name: "no-session", Usage: "hand over the long-lived key itself, without MFA: for the rare call that refuses sessions"},
			&cli.BoolFlag{Name: "aws-vault", Usage: "set AWS_VAULT too, for tools that look for it"},
		},
		Action: func(c *cli.Context) error { return runExec(e, c) },
	}
}

// runExec gets the credentials and becomes the command. The command is looked up first: nobody should type a code for a
// command that is not there.
func runExec(e *env, c *cli.Context) error {
	name, argv := c.Args().First(), c.Args().Tail()
	if name == "" {
		name = e.getenv("AWS_PROFILE")
	}
	if name == "" {
		return usageErrorf(c, "PROFILE is missing, and AWS_PROFILE is not set")
	}
	shell := len(argv) == 0
	if shell {
		argv = []string{e.shell()}
	}
	path, err := e.lookProgram(argv[0])
	if err != nil {
		return err
	}
	s, err := e.sessionForExec(c, name)
	if err != nil {
		return err
	}
	e.tellExec(s, shell)
	entry := usedSession("exec", s)
	entry.Program = programName(argv[0])
	e.audit(entry)
	environ := session.Environ(withoutLabels(e.environ), s, session.EnvironOptions{AWSVault: c.Bool("aws-vault")})
	if shell {
		environ = e.withLabels(environ, s)
	}
	return e.process.Replace(path, argv, environ)
}

func (e *env) sessionForExec(c *cli.Context, name string) (session.Session, error) {
	p, err := e.meantProfile(name)
	if err != nil {
		return session.Session{}, err
	}
	p.Direct = p.Direct || c.Bool("direct")
	if c.Bool("no-session") {
		return e.keyItself(c.Context, p)
	}
	return e.retrieveFor(c.Context, p)
}

// keyItself is the long-lived key in the form of a session that never ends.
func (e *env) keyItself(ctx context.Context, p session.Profile) (session.Session, error) {
	ring, err := e.keyring()
	if err != nil {
		return session.Session{}, err
	}
	info, err := ring.Info(ctx, p.Key)
	if err != nil {
		return session.Session{}, fmt.Errorf("profile %q: %w", p.Name, err)
	}
	key, err := ring.Credentials(ctx, p.Key)
	if err != nil {
		return session.Session{}, fmt.Errorf("profile %q: %w", p.Name, err)
	}
	e.notice("warning: the command gets the long-lived key %s itself, without MFA, role or end", info.ID)
	return session.Session{Credentials: key, Profile: p.Name, Account: info.Account, KeyID: info.ID, Region: p.Region}, nil
}

// tellExec says what a person should know on the way in: that this is inside another exec, and what a subshell holds.
func (e *env) tellExec(s session.Session, shell bool) {
	if outer := e.orElse("SECAWS_PROFILE", e.getenv("AWS_VAULT")); outer != "" {
		e.notice("inside the credentials of %s; this command gets those of %s", outer, s.Profile)
	}
	if !shell {
		return
	}
	until := "without end"
	if s.CanExpire {
		until = "until " + s.Expires.Local().Format("15:04")
	}
	e.notice("this shell has the credentials of %s %s; leave it with: exit", s.Profile, until)
}

// shell is the person's own.
func (e *env) shell() string {
	if runtime.GOOS == "windows" {
		return e.orElse("COMSPEC", "cmd.exe")
	}
	return e.orElse("SHELL", filepath.FromSlash("/bin/sh"))
}
