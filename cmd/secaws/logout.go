package main

import (
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/session"
)

func logoutCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "logout",
		Usage:     "forget sessions",
		UsageText: "secaws logout [--json] PROFILE | --all",
		Description: example("Of one profile: its own session, and those it is made from, which other profiles may share. With --all:\n"+
			"every session, the key that seals them and the kernel's hold on it. Keys stay. What was handed out\n"+
			"already stays valid until it ends: only AWS could revoke it.",
			"secaws logout --all"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "forget every session, and the key that seals them"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runLogout(e, c) },
	}
}

func runLogout(e *env, c *cli.Context) error {
	all := c.Bool("all")
	if all && c.NArg() > 0 {
		return usageErrorf(c, "--all takes no PROFILE")
	}
	r, err := e.retriever()
	if err != nil {
		return err
	}
	var n int
	if all {
		n, err = logoutAll(e, c, r)
	} else {
		n, err = logoutOne(e, c, r)
	}
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return e.writeJSON(map[string]int{"forgotten": n})
	}
	return e.printf("forgot %s\n", counted(n, "session"))
}

func logoutOne(e *env, c *cli.Context, r *session.Retriever) (int, error) {
	p, err := e.namedProfile(c, e.profile)
	var gone *configgen.UnknownProfileError
	if errors.As(err, &gone) {
		return logoutGone(e, c, r, err)
	}
	if err != nil {
		return 0, err
	}
	ids, err := r.Identities(c.Context, p)
	if err != nil {
		return 0, err
	}
	n, err := r.Forget(c.Context, func(s session.Info) bool { return slices.Contains(ids, s.ID) })
	e.audit(auditEntry{Command: "logout", Profile: p.Name, Key: p.Key})
	return n, err
}

// logoutGone forgets the sessions that were made for a profile that is no more. With none it is unknown.
func logoutGone(e *env, c *cli.Context, r *session.Retriever, unknown error) (int, error) {
	name, err := e.profileName(c)
	if err != nil {
		return 0, err
	}
	n, err := r.Forget(c.Context, func(s session.Info) bool { return s.Profile == name })
	if err == nil && n == 0 {
		err = unknown
	}
	return n, err
}

// logoutAll also works where the sealing key is lost or damaged: that is how one gets a new one.
func logoutAll(e *env, c *cli.Context, r *session.Retriever) (int, error) {
	ids, err := r.Store.IDs(c.Context)
	if err != nil {
		return 0, err
	}
	if err := e.ring.Reset(c.Context); err != nil {
		return 0, err
	}
	e.audit(auditEntry{Command: "logout"})
	return len(ids), nil
}
