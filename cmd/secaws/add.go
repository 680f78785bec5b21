package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

func addCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "store a long-lived key in the keychain",
		UsageText: "secaws add [--from-env | --stdin] [options] NAME",
		Description: example("Asks for the key on the terminal, the secret unseen, proves it with AWS (GetCallerIdentity), looks for\n"+
			"the user's MFA device and offers to write a profile of that name. Keys of root and temporary keys\n"+
			"are refused.",
			"aws iam create-access-key --user-name ops | secaws add ops --stdin"),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "from-env", Usage: "take the key from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
			&cli.BoolFlag{Name: "stdin", Usage: "take the key from the JSON that aws iam create-access-key prints"},
			&cli.BoolFlag{Name: "no-verify", Usage: "do not ask AWS whether the key works"},
			&cli.StringFlag{Name: "region", Usage: "the `REGION` to ask in, and of the profile (default: the environment's, else " + usualRegion + ")"},
			&cli.StringFlag{Name: "mfa-serial", Usage: "the `ARN` of the user's MFA device, where it cannot be found"},
			&cli.BoolFlag{Name: "profile", Usage: "write the profile NAME without asking"},
			&cli.BoolFlag{Name: "no-profile", Usage: "do not offer to write a profile"},
			&cli.BoolFlag{Name: "volatile", Usage: "allow a keychain that forgets at reboot (keyctl)"},
			yesFlag(),
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return runAdd(e, c) },
	}
}

func runAdd(e *env, c *cli.Context) error {
	name, err := keyName(c)
	if err != nil {
		return err
	}
	ring, err := e.openKeyring(e.getenv("SECAWS_BACKEND"), c.Bool("volatile"))
	if err != nil {
		return err
	}
	given, err := e.readKey(c)
	if err != nil {
		return err
	}
	known, err := e.replacing(c, ring, name, given.ID)
	if err != nil {
		return err
	}
	key := keyring.AccessKey{Name: name, ID: given.ID, Secret: given.Secret, User: given.User, Created: given.Created, MFASerial: c.String("mfa-serial")}
	if err := checkSerial(key); err != nil {
		return err
	}
	if c.Bool("no-verify") {
		key.MFASerial = firstOf(key.MFASerial, known)
	} else if key, err = e.proveKey(c, key, known); err != nil {
		return err
	}
	if err := ring.Add(c.Context, key); err != nil {
		return err
	}
	e.audit(auditEntry{Command: "add", Key: name, KeyID: key.ID})
	profile, err := e.offerProfile(c, key)
	if err != nil {
		return err
	}
	return e.tellAdded(c, ring, key, profile)
}

// keyName is the NAME of the command line, which must be one that a profile could have too.
func keyName(c *cli.Context) (string, error) {
	name, err := oneName(c, "NAME")
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", usageErrorf(c, "NAME is empty")
	}
	if !isKeyName(name) {
		return "", usageErrorf(c, "the name %q has more than 128 bytes, blanks around it, a - before it or what does not print in it", name)
	}
	return name, nil
}

// replacing asks before a key that is there gives way to another one. Where it is the same key, given again, it returns
// the MFA device that is known of it.
func (e *env) replacing(c *cli.Context, ring *keyring.Keyring, name, id string) (device string, err error) {
	old, err := ring.Info(c.Context, name)
	var none *keyring.NotFoundError
	var unreadable *keyring.ItemError
	switch {
	case errors.As(err, &none):
		return "", nil
	case errors.As(err, &unreadable):
		return "", e.sure(c, fmt.Sprintf("Replace the key %s, which cannot be read (%s)?", escape(name), escape(err.Error())))
	case err != nil:
		return "", err
	case old.ID == id:
		return old.MFASerial, nil
	}
	return "", e.sure(c, fmt.Sprintf("Replace the key %s (%s) by %s?", escape(name), escape(old.ID), escape(id)))
}

// checkSerial refuses an MFA device that no session could be made with.
func checkSerial(key keyring.AccessKey) error {
	_, err := session.Plan(session.Profile{Name: key.Name, Key: key.Name, MFASerial: key.MFASerial})
	return err
}

// proveKey asks AWS whose the key is, refuses what secaws does not keep, and completes what is known of it. device is
// the MFA device it had so far.
func (e *env) proveKey(c *cli.Context, key keyring.AccessKey, device string) (keyring.AccessKey, error) {
	region := e.regionFor(c)
	credentials := credentialsOf(key)
	who, err := e.identify(c.Context, key.Name, credentials, region)
	if err != nil {
		return key, err
	}
	user, err := userOf(who.ARN)
	if err != nil {
		return key, err
	}
	key.Account, key.User = who.Account, user
	if key.MFASerial == "" {
		if key.MFASerial, err = e.findDevice(c, key, who.ARN, device); err != nil {
			return key, err
		}
	}
	return key, checkSerial(key)
}

// regionFor is the command line's region, else the environment's, else one that answers for the whole partition aws.
func (e *env) regionFor(c *cli.Context) string {
	if region := c.String("region"); region != "" {
		return region
	}
	return e.orElse("AWS_REGION", e.orElse("AWS_DEFAULT_REGION", usualRegion))
}

// userOf is the user's name in the ARN of a caller. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func userOf(arn string) (string, error) {
	resource := arn[strings.LastIndexByte(arn, ':')+1:]
	switch {
	case resource == "root":
		return "", hinted{errors.New("this is a key of the account's root user, which nothing can restrict: it is not kept"),
			"delete it in the console, and make a key for an IAM user instead"}
	case strings.HasPrefix(resource, "user/"):
		return resource[strings.LastIndexByte(resource, '/')+1:], nil
	}
	return "", hinted{fmt.Errorf("this key is of %s, not of an IAM user", arn), "make a key for an IAM user: aws iam create-access-key"}
}

func (e *env) tellAdded(c *cli.Context, ring *keyring.Keyring, key keyring.AccessKey, profile string) error {
	backend, err := ring.Backend(c.Context)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		answer := answerKey(keyring.KeyInfo{Name: key.Name, ID: key.ID, User: key.User, Account: key.Account,
			MFASerial: key.MFASerial, Created: key.Created}, backend)
		answer.Profile = profile
		return e.writeJSON(answer)
	}
	whose := "not verified"
	if key.Account != "" {
		whose = "user " + key.User + " of account " + key.Account
	}
	if err := e.printf("stored %s (%s, %s) in the keychain (%s)\n", key.Name, key.ID, whose, backend); err != nil {
		return err
	}
	if profile != "" {
		return e.printf("wrote profile %s; try: secaws exec %s -- aws sts get-caller-identity\n", profile, profile)
	}
	return nil
}
