package main

import (
	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/session"
)

func credentialProcessCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "credential-process",
		Usage:     "print credentials for an AWS SDK, which runs this by itself",
		UsageText: "secaws credential-process [--direct] [PROFILE]",
		Description: example("Written into ~/.aws/config, it serves every SDK and the AWS CLI. It asks for an MFA code on the\n"+
			"terminal where one is needed; the code can be seen while it is typed, as it is worthless once used.",
			"credential_process = /usr/local/bin/secaws credential-process Ops"),
		Flags: []cli.Flag{directFlag()},
		Action: func(c *cli.Context) error {
			p, err := e.namedProfile(c, e.profile)
			if err != nil {
				return err
			}
			s, err := e.retrieveFor(c.Context, p)
			if err != nil {
				return err
			}
			e.audit(usedSession("credential-process", s))
			return session.Encode(e.stdout, s.Credentials)
		},
	}
}

// directFlag is for every command that gets a session.
func directFlag() cli.Flag {
	return &cli.BoolFlag{Name: "direct", Usage: "give the MFA code to the role itself, for a session as long as the role allows"}
}

// namedProfile resolves the profile that the command line names, with its flags applied: profile where a program names it,
// meantProfile where a person does.
func (e *env) namedProfile(c *cli.Context, resolve func(string) (session.Profile, error)) (session.Profile, error) {
	name, err := e.profileName(c)
	if err != nil {
		return session.Profile{}, err
	}
	p, err := resolve(name)
	if err != nil {
		return session.Profile{}, err
	}
	p.Direct = p.Direct || c.Bool("direct")
	return p, nil
}
