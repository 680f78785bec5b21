package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// profileFlags are what a written profile may hold.
func profileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "key", Usage: "the `NAME` of the access key in the keychain (default: the profile's, else its own name)"},
		&cli.StringFlag{Name: "role", Usage: "the `ARN` of the role to assume"},
		&cli.StringFlag{Name: "source", Usage: "the `PROFILE` whose role assumes this one, in a chain"},
		&cli.StringFlag{Name: "mfa-serial", Usage: "the `ARN` of the MFA device (default: the key's)"},
		&cli.StringFlag{Name: "mfa-process", Usage: "a `COMMAND` that prints MFA codes, run without a shell"},
		&cli.StringFlag{Name: "external-id", Usage: "the `ID` the role asks for"},
		&cli.StringFlag{Name: "session-name", Usage: "the `NAME` of the role's session (default: the user's)"},
		&cli.IntFlag{Name: "duration", Usage: "how long a session of the role lasts, in `SECONDS`"},
		&cli.StringFlag{Name: "region", Usage: "the profile's `REGION`"},
		adoptFlag(),
	}
}

func configWriteCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "write",
		Usage:     "write a profile that secaws serves",
		UsageText: "secaws config write [options] PROFILE",
		Description: example("What the profile says already stays unless an option says otherwise, so an option alone changes one\n"+
			"thing. With --adopt a profile of yours (role_arn, source_profile) becomes one that every SDK can use.",
			"secaws config write Ops --key ops --role arn:aws:iam::333333333333:role/Ops --region us-west-2"),
		Flags:  append(profileFlags(), dryRunFlag()),
		Action: func(c *cli.Context) error { return runConfigWrite(e, c, c.Bool("dry-run")) },
	}
}

func configDiffCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "diff",
		Usage:       "show what write would change",
		UsageText:   "secaws config diff [options] PROFILE",
		Description: example("Shows nothing when the profile is as write would leave it.", "secaws config diff Ops --adopt"),
		Flags:       profileFlags(),
		Action:      func(c *cli.Context) error { return runConfigWrite(e, c, true) },
	}
}

func runConfigWrite(e *env, c *cli.Context, dryRun bool) error {
	name, err := oneName(c, "PROFILE")
	if err != nil {
		return err
	}
	s, err := e.sectionFor(c, name, func(flag, otherwise string) string {
		if c.IsSet(flag) {
			return c.String(flag)
		}
		return otherwise
	})
	if err != nil {
		return err
	}
	return e.change(dryRun, "wrote profile "+name, setting(s, c.Bool("adopt")))
}

// setting writes a section, with what the present one has of ours that s does not name, and proves it.
func setting(s configgen.Section, adopt bool) func(*configgen.Document) error {
	return func(d *configgen.Document) error {
		now, err := d.Profile(s.Name)
		if err != nil {
			return err
		}
		whole := s
		if now != nil {
			whole.Values = append(slices.Clip(s.Values), kept(*now, s)...)
		}
		if err := d.Set(whole, adopt); err != nil {
			return err
		}
		return planned(d, s.Name)
	}
}

// kept are the keys of ours that the profile has now and no option stands for: they stay.
func kept(now, s configgen.Section) []configgen.KeyValue {
	var out []configgen.KeyValue
	for _, v := range now.Values {
		if !strings.HasPrefix(v.Key, "secaws_") || slices.Contains([]string{"secaws_key", "secaws_mfa_serial", "secaws_role_arn", "secaws_source_profile"}, v.Key) {
			continue
		}
		if !slices.ContainsFunc(s.Values, func(o configgen.KeyValue) bool { return o.Key == v.Key }) {
			out = append(out, v)
		}
	}
	return out
}

// sectionFor is the section that is asked for: what pick gives for an option, which is told what the profile says now.
// Keys that SDKs may see stay where they are; programs (mfa_process) are written only where pick names one.
func (e *env) sectionFor(c *cli.Context, name string, pick func(flag, otherwise string) string) (configgen.Section, error) {
	if err := configgen.CheckName(name); err != nil {
		return configgen.Section{}, err
	}
	files, err := e.files()
	if err != nil {
		return configgen.Section{}, err
	}
	if err := refuseShadowed(files, name); err != nil {
		return configgen.Section{}, err
	}
	now, err := presentProfile(files, name)
	if err != nil {
		return configgen.Section{}, err
	}
	source := pick("source", sourceOf(now))
	usual, err := sourceKey(files, source)
	if err != nil {
		return configgen.Section{}, err
	}
	key, serial := pick("key", firstOf(now.Key, usual, name)), pick("mfa-serial", now.MFASerial)
	if serial == "" {
		serial = e.knownDevice(c, key)
	}
	role := pick("role", now.RoleARN)
	region := pick("region", "")
	if region == "" && files.Region(name) == "" {
		region = e.newRegion(name, firstOf(role, serial))
	}
	return e.servedProfile(name, region,
		configgen.KeyValue{Key: "secaws_key", Value: key},
		configgen.KeyValue{Key: "secaws_mfa_serial", Value: serial},
		configgen.KeyValue{Key: "secaws_role_arn", Value: role},
		configgen.KeyValue{Key: "secaws_source_profile", Value: source},
		configgen.KeyValue{Key: "external_id", Value: pick("external-id", "")},
		configgen.KeyValue{Key: "role_session_name", Value: pick("session-name", "")},
		configgen.KeyValue{Key: "duration_seconds", Value: pick("duration", "")},
		configgen.KeyValue{Key: "mfa_process", Value: pick("mfa-process", "")})
}

// refuseShadowed refuses a profile whose credentials come from the credentials file: SDKs take those first.
func refuseShadowed(files *configgen.Files, name string) error {
	if _, _, ok := files.StaticKey(name); ok {
		return hinted{fmt.Errorf("profile %q has an access key in clear, which SDKs take before anything we write", name),
			"move it into the keychain first: secaws import " + name + " --remove"}
	}
	if key, at, ok := files.Shadow(name); ok {
		return hinted{fmt.Errorf("profile %q has a %s in the credentials file (%s), which SDKs take before anything we write", name, key, at),
			"take that line out first, or choose another name"}
	}
	return nil
}

// presentProfile is the profile as it is now, the zero Profile where there is none or it is of a kind that is replaced.
func presentProfile(files *configgen.Files, name string) (session.Profile, error) {
	p, err := files.Profile(name, noEnvironment)
	var unknown *configgen.UnknownProfileError
	var foreign *configgen.UnsupportedSourceError
	if errors.As(err, &unknown) || errors.As(err, &foreign) {
		return session.Profile{}, nil
	}
	return p, err
}

// sourceKey is the key of the profile whose role assumes another, which must be there; "" for no profile.
func sourceKey(files *configgen.Files, source string) (string, error) {
	if source == "" {
		return "", nil
	}
	p, err := files.Profile(source, noEnvironment)
	return p.Key, err
}

func sourceOf(p session.Profile) string {
	if p.Source == nil {
		return ""
	}
	return p.Source.Name
}

// planned refuses a profile, as it stands in the document now, that no session could be made of.
func planned(d *configgen.Document, name string) error {
	p, err := d.Files().Profile(name, noEnvironment)
	if err != nil {
		return err
	}
	_, err = session.Plan(p)
	return err
}

// knownDevice is the MFA device that is known of the key, where the keychain tells without being asked twice.
func (e *env) knownDevice(c *cli.Context, key string) string {
	ring, err := e.keyring()
	if err != nil {
		return ""
	}
	info, err := ring.Info(c.Context, key)
	var none *keyring.NotFoundError
	switch {
	case errors.As(err, &none):
		e.notice("there is no key %s in the keychain yet; store one with: secaws add %s", key, key)
	case err != nil:
		e.notice("the MFA device of key %s is not known: %v", key, err)
	}
	return info.MFASerial
}

// firstOf is the first text that is not empty.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
