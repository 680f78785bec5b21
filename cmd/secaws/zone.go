package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
)

// zone is the landing zone that setup and user commands work on: its blueprint, and how its accounts are reached.
type zone struct {
	e         *env
	path      string // of the blueprint
	blueprint configgen.Blueprint
	site      provision.Site
	asked     bool // whether the person was offered the keychain for the bootstrap keys
}

// blueprintFlag is the --blueprint of every command that works on the landing zone.
func blueprintFlag() cli.Flag {
	return &cli.StringFlag{Name: "blueprint", Usage: "the landing zone's `FILE` (default: the one that setup init writes)"}
}

// zone reads the blueprint and finds out where calls go. It makes none.
func (e *env) zone(c *cli.Context) (*zone, error) {
	z, err := e.drawn(c)
	if err != nil {
		return nil, err
	}
	z.site, err = e.site(z.blueprint.Region)
	return z, err
}

// drawn is a zone that is only on paper: its blueprint, and no way to AWS.
func (e *env) drawn(c *cli.Context) (*zone, error) {
	path, err := e.blueprintPath(c)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("no blueprint at %s", path), "write one with: secaws setup init"}
	}
	if err != nil {
		return nil, err
	}
	blueprint, err := configgen.ParseBlueprint(path, data)
	return &zone{e: e, path: path, blueprint: blueprint}, err
}

func (e *env) blueprintPath(c *cli.Context) (string, error) {
	if path := c.String("blueprint"); path != "" {
		return path, nil
	}
	p, err := e.paths()
	return p.blueprint, err
}

// site is how AWS is reached, endpoints checked.
func (e *env) site(region string) (provision.Site, error) {
	s := provision.Site{Region: region, Now: e.now, Retryer: e.retryer}
	var err error
	if s.HTTP, err = e.httpClient(); err != nil {
		return s, err
	}
	for _, of := range []struct {
		service string
		url     *string
	}{{"IAM", &s.IAMEndpoint}, {"STS", &s.STSEndpoint}, {"S3", &s.S3Endpoint}} {
		if *of.url, err = e.endpoint(of.service); err != nil {
			return s, err
		}
	}
	return s, nil
}

// open reaches the accounts, all or those given, and fixes their ids in z's blueprint.
func (z *zone) open(ctx context.Context, accounts ...configgen.Account) ([]provision.Access, error) {
	part := z.blueprint
	if len(accounts) > 0 {
		part.Identity, part.Accounts = accounts[0], accounts[1:]
	}
	open, err := z.site.OpenAll(ctx, part, z.sources, func(a provision.Access) {
		z.e.notice("account %s (%s): %s", a.Account.Name, a.Account.ID, a.Via)
	})
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, a := range open {
		ids[a.Account.Name] = a.Account.ID
	}
	z.blueprint = z.blueprint.Pinned(ids)
	return open, nil
}

// sources are the ways into an account, best first: its bootstrap key while it works, from the keychain or else from
// the AWS files; then the person's own profile of the Admin role. What keeps the keychain from answering comes last: it
// matters, and shows, where nothing else works.
func (z *zone) sources(a configgen.Account) []provision.Source {
	var sources []provision.Source
	has, problem := z.hasKey(a.Bootstrap)
	if has {
		sources = append(sources, z.keychainSource(a.Bootstrap))
	}
	files, err := z.e.files()
	if err != nil {
		return append(sources, failingSource(err))
	}
	if id, secret, ok := files.StaticKey(a.Bootstrap); ok {
		sources = append(sources, fileSource(a.Bootstrap, id, secret))
	}
	admin := z.blueprint.ProfileFor(a.Name, z.blueprint.AdminRole)
	if _, ok := files.Raw(admin); ok && z.blueprint.AdminRole != "" {
		sources = append(sources, z.profileSource(admin))
	}
	if problem != nil {
		sources = append(sources, failingSource(problem))
	}
	return sources
}

// hasKey tells whether the keychain has a key of that name, or why it cannot be told.
func (z *zone) hasKey(name string) (bool, error) {
	ring, err := z.e.keyring()
	if err != nil {
		return false, err
	}
	_, err = ring.Info(context.Background(), name)
	var none *keyring.NotFoundError
	if errors.As(err, &none) {
		return false, nil
	}
	return err == nil, err
}

func failingSource(err error) provision.Source {
	return func(context.Context) (provision.Credentials, error) { return provision.Credentials{}, err }
}

func (z *zone) keychainSource(name string) provision.Source {
	return func(ctx context.Context) (provision.Credentials, error) {
		ring, err := z.e.keyring()
		if err != nil {
			return provision.Credentials{}, err
		}
		return keychainCredentials(ctx, ring, name)
	}
}

// keychainCredentials sign with a key that stays in the keychain.
func keychainCredentials(ctx context.Context, ring *keyring.Keyring, name string) (provision.Credentials, error) {
	signer, err := ring.Signer(ctx, name)
	if err != nil {
		return provision.Credentials{}, err
	}
	return provision.Credentials{
		Via:      "key " + name + " in the keychain",
		Provider: static(aws.Credentials{AccessKeyID: signer.KeyID(), SecretAccessKey: "held by the keychain"}),
		Signer:   signer,
	}, nil
}

func fileSource(profile, id, secret string) provision.Source {
	return func(context.Context) (provision.Credentials, error) {
		return provision.Credentials{
			Via:      "bootstrap profile " + profile + ", a key in a clear file",
			Provider: static(aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}),
		}, nil
	}
}

func (z *zone) profileSource(profile string) provision.Source {
	return func(ctx context.Context) (provision.Credentials, error) {
		s, err := z.e.retrieve(ctx, profile)
		if err != nil {
			return provision.Credentials{}, err
		}
		return provision.Credentials{Via: "profile " + profile, Provider: static(s.Credentials)}, nil
	}
}

func static(c aws.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}
