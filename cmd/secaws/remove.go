package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

func removeCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "remove a long-lived key from the keychain, and its sessions",
		UsageText: "secaws remove [--yes] NAME",
		Description: example("The key stays valid in IAM; deactivate it there. Nothing else has its secret, so this asks first.",
			"secaws remove ops"),
		Flags:  []cli.Flag{yesFlag()},
		Action: func(c *cli.Context) error { return runRemove(e, c) },
	}
}

// yesFlag is for every command that asks before it does what cannot be undone.
func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Usage: "do not ask"}
}

// sure asks question unless --yes was given. Where nobody can be asked it says how to go on.
func (e *env) sure(c *cli.Context, question string) error {
	if c.Bool("yes") {
		return nil
	}
	yes, err := e.confirm(c.Context, question)
	switch {
	case errors.Is(err, session.ErrNoTerminal):
		return hinted{errors.New("no terminal to ask on whether you are sure"), "if you are, say --yes"}
	case err != nil:
		return err
	case !yes:
		return errors.New("nothing is done")
	}
	return nil
}

func runRemove(e *env, c *cli.Context) error {
	name, err := oneName(c, "NAME")
	if err != nil {
		return err
	}
	ring, err := e.keyring()
	if err != nil {
		return err
	}
	r, err := e.retriever()
	if err != nil {
		return err
	}
	info, err := ring.Info(c.Context, name)
	question := fmt.Sprintf("Remove the key %s (%s)?", escape(name), escape(info.ID))
	var none *keyring.NotFoundError
	var unreadable *keyring.ItemError
	switch {
	case errors.As(err, &none):
		return hinted{err, "the names are shown by: secaws list"}
	case errors.As(err, &unreadable): // it can be removed all the same
		question = fmt.Sprintf("Remove the key %s, which cannot be read (%s)?", escape(name), escape(err.Error()))
	case err != nil:
		return err
	}
	if err := e.sure(c, question); err != nil {
		return err
	}
	if err := ring.Remove(c.Context, name); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "remove", Key: name, KeyID: info.ID})
	if info.ID == "" {
		return e.printf("removed %s\n", name)
	}
	n, err := r.Forget(c.Context, func(s session.Info) bool { return s.KeyID == info.ID })
	if err != nil {
		return fmt.Errorf("the key %s is removed, its sessions are not: %w", name, err)
	}
	return e.printf("removed %s (%s) and %s\n", name, info.ID, counted(n, "session"))
}
