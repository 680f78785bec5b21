package provision

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/configgen"
)

// probePrefix begins the names of the users and buckets that verify makes for a moment.
const probePrefix = "secaws-probe-"

// probe is a user of one group, made to find out what its members can do. Its secrets live in this process only.
type probe struct {
	group, user string
	key         aws.Credentials // without MFA
	session     aws.Credentials // with
	device      totp
	used        int64 // the last step whose code was taken or tried
}

func (p probe) serial(b configgen.Blueprint) string {
	return "arn:" + b.Partition() + ":iam::" + b.Identity.ID + ":mfa/" + p.user
}

// enrol makes the user, its key and its device, and opens a session with MFA. What it made is removed by dismiss, also
// after an error.
func (v *Verifier) enrol(ctx context.Context, p *probe) error {
	for _, step := range []func(context.Context, *probe) error{v.createProbe, v.createProbeKey, v.enableProbeDevice, v.openProbeSession} {
		if err := step(ctx, p); err != nil {
			return fmt.Errorf("probe user %s: %w", p.user, err)
		}
	}
	return nil
}

func (v *Verifier) createProbe(ctx context.Context, p *probe) error {
	_, err := v.identity.IAM.CreateUser(ctx, &iam.CreateUserInput{UserName: &p.user, Tags: personTags(configgen.Mark, configgen.MarkProbe)})
	if err != nil && !isCode(err, "EntityAlreadyExists") { // a first answer that was lost
		return err
	}
	return v.known(ctx, p, func() error {
		_, err := v.identity.IAM.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: &p.user, GroupName: &p.group})
		return err
	})
}

func (v *Verifier) createProbeKey(ctx context.Context, p *probe) error {
	return v.known(ctx, p, func() error {
		out, err := v.identity.IAM.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &p.user})
		if err == nil {
			p.key = aws.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
		}
		return err
	})
}

// enableProbeDevice proves the seed with the codes of the step before this one and of this one.
func (v *Verifier) enableProbeDevice(ctx context.Context, p *probe) error {
	out, err := v.identity.IAM.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: &p.user, Tags: personTags(configgen.Mark, configgen.MarkProbe),
	})
	if err != nil {
		return err
	}
	if p.device, err = newTOTP(out.VirtualMFADevice.Base32StringSeed, v.CodeStep); err != nil {
		return err
	}
	return v.Wait.Until(ctx, "IAM to know "+p.user+" and take its codes", func(context.Context) (bool, error) {
		step := p.device.at(v.now())
		if step == p.used {
			return false, nil
		}
		_, err := v.identity.IAM.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: &p.user, SerialNumber: out.VirtualMFADevice.SerialNumber,
			AuthenticationCode1: aws.String(p.device.code(step - 1)), AuthenticationCode2: aws.String(p.device.code(step)),
		})
		if isCode(err, "InvalidAuthenticationCode") { // too late by now: the next two
			p.used = step
			return false, nil
		}
		if isCode(err, "NoSuchEntity") || isCode(err, "EntityTemporarilyUnmodifiable") {
			return false, nil
		}
		p.used = step
		return true, err
	})
}

// openProbeSession waits for the next code, and for STS to know the key and the device. A code is tried once only.
func (v *Verifier) openProbeSession(ctx context.Context, p *probe) error {
	if wait := p.device.until(p.used+1, v.now()); wait > 0 {
		v.say("waiting up to %s for the next code", v.CodeStep)
		if err := v.Wait.sleep(ctx, wait); err != nil {
			return err
		}
	}
	client := v.Site.sts(plainCredentials(p.key))
	return v.Wait.Until(ctx, "AWS to know "+p.user+" and its device", func(ctx context.Context) (bool, error) {
		step := p.device.at(v.now())
		if step == p.used {
			return false, nil
		}
		out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{
			SerialNumber: aws.String(p.serial(v.Blueprint)), TokenCode: aws.String(p.device.code(step)), DurationSeconds: aws.Int32(900),
		})
		switch {
		case isCode(err, "InvalidClientTokenId"): // the key is not known yet, and the code not looked at
			return false, nil
		case isCode(err, "AccessDenied"): // the device is not known yet, or its code too late
			p.used = step
			return false, nil
		case err != nil:
			return false, err
		}
		p.session = stsCredentials(out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey, out.Credentials.SessionToken)
		return true, nil
	})
}

// known repeats do until IAM knows the user that was just made.
func (v *Verifier) known(ctx context.Context, p *probe, do func() error) error {
	return v.Wait.Until(ctx, "IAM to know "+p.user, func(context.Context) (bool, error) {
		err := do()
		if isCode(err, "NoSuchEntity") || isCode(err, "EntityTemporarilyUnmodifiable") {
			return false, nil
		}
		return true, err
	})
}

// dismiss removes a probe whatever state it is in. What IAM does not show yet it goes by name, and asks again until
// the user is gone: a delayed answer must not leave a key behind.
func (v *Verifier) dismiss(ctx context.Context, user string) error {
	p := probe{user: user}
	client := v.identity.IAM
	err := v.Wait.Until(ctx, "IAM to let go of "+user, func(ctx context.Context) (bool, error) {
		if err := v.strip(ctx, p); err != nil {
			return false, err
		}
		_, err := client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &user})
		if isCode(err, "DeleteConflict") {
			return false, nil
		}
		return true, gone(err)
	})
	if err != nil {
		return fmt.Errorf("remove probe user %s: %w", user, err)
	}
	return nil
}

// strip takes key, device and memberships from a probe.
func (v *Verifier) strip(ctx context.Context, p probe) error {
	client, serial := v.identity.IAM, p.serial(v.Blueprint)
	keys, err := listKeys(ctx, client, &p.user)
	errs := []error{gone(err)}
	for _, key := range keys {
		_, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &p.user, AccessKeyId: &key.ID})
		errs = append(errs, gone(err))
	}
	_, err = client.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &p.user, SerialNumber: &serial})
	errs = append(errs, gone(err))
	_, err = client.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial})
	errs = append(errs, gone(err))
	for _, group := range v.Blueprint.Groups() {
		_, err := client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: &p.user, GroupName: &group})
		errs = append(errs, gone(err))
	}
	return several(errs)
}

func plainCredentials(c aws.Credentials) Credentials {
	return Credentials{Provider: credentials.StaticCredentialsProvider{Value: c}}
}

func stsCredentials(id, secret, token *string) aws.Credentials {
	return aws.Credentials{AccessKeyID: *id, SecretAccessKey: *secret, SessionToken: *token}
}

// cleanupTime is how long removing probes may take once the person, or an error, has ended the run.
const cleanupTime = 3 * time.Minute
