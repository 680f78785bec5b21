package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/keyring"
)

func credentialsOf(key keyring.AccessKey) aws.Credentials {
	return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal(), Source: "secaws"}
}

// findDevice looks for the user's MFA device in IAM. Most users may not look without MFA; then the person is asked,
// with the device known so far, else the name a device usually has, that of its user.
func (e *env) findDevice(c *cli.Context, key keyring.AccessKey, arn, known string) (string, error) {
	credentials := credentialsOf(key)
	config, err := e.awsConfig("IAM", aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }), e.regionFor(c))
	if err != nil {
		return "", err
	}
	serials, err := provision.MFASerials(c.Context, provision.MFADevices(config), "")
	if c.Context.Err() != nil {
		return "", c.Context.Err()
	}
	if usable := slices.DeleteFunc(serials, isFIDO); len(usable) > 0 {
		return usable[0], nil
	}
	if err == nil {
		e.tellNoDevice(len(serials) > 0)
		return "", nil
	}
	return e.askDevice(c, known, usualDevice(arn), err)
}

// isFIDO tells a security key or passkey, with which STS does not work, from a device that shows codes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func isFIDO(serial string) bool { return strings.Contains(serial, ":u2f/") }

func (e *env) tellNoDevice(onlyFIDO bool) {
	if onlyFIDO {
		e.notice("the user's MFA device is a security key, with which STS does not work; enrol an authenticator app beside it")
		return
	}
	e.notice("the user has no MFA device")
}

// askDevice asks the person for the serial that IAM did not tell. Nobody there: the one known so far.
func (e *env) askDevice(c *cli.Context, known, usual string, why error) (string, error) {
	usual = firstOf(known, usual)
	if !interactiveAdd(c) || e.canPrompt() != nil {
		if known != "" {
			return known, nil
		}
		e.notice("the MFA device was not found (%s); if there is one, name it with --mfa-serial %s", reason(why), usual)
		return "", nil
	}
	answer, err := e.ask(c.Context, fmt.Sprintf("This key may not list its MFA devices. Serial of the device, - for none [%s]: ", escape(usual)))
	switch {
	case err != nil:
		return "", err
	case answer == "":
		return usual, nil
	case answer == "-":
		return "", nil
	}
	return answer, nil
}

// usualDevice is the ARN of a virtual device named after its user, whose own ARN is given; the device has no path.
func usualDevice(user string) string {
	account, _, _ := strings.Cut(user, ":user/")
	return account + ":mfa/" + user[strings.LastIndexByte(user, '/')+1:]
}

// reason is AWS's error code where there is one: the rest of the SDK's text is for developers.
func reason(err error) string {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode()
	}
	return err.Error()
}
