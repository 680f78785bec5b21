package provision

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/secaws/secaws/configgen"
)

// codeAttempts is how often a person may mistype the two codes of a new device.
const codeAttempts = 5

// enrolDevice creates the device, shows its seed and enables it with two consecutive codes. A device that was not
// enabled is deleted again; one that a killed run left is found by the next plan.
func (p *People) enrolDevice(ctx context.Context, name, _ string) error {
	device, err := p.createDevice(ctx, name)
	if err != nil {
		return err
	}
	err = p.Phone.Scan(ctx, device)
	if err == nil {
		err = p.enableDevice(ctx, device)
	}
	if err == nil {
		return nil
	}
	ctx, cancel := undoing(ctx)
	defer cancel()
	if undo := p.deleteDevice(ctx, name, device.Serial); undo != nil {
		return fmt.Errorf("%w (and the unused device %s could not be deleted: %w)", err, device.Serial, undo)
	}
	return err
}

// createDevice replaces an unused device of the name that the plan did not see: IAM may show it late.
func (p *People) createDevice(ctx context.Context, name string) (Device, error) {
	in := &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name, Tags: personTags(configgen.Mark, configgen.MarkUser)}
	out, err := p.IAM.CreateVirtualMFADevice(ctx, in, once)
	if isCode(err, "EntityAlreadyExists") {
		err = p.deleteDevice(ctx, name, "arn:"+p.Partition+":iam::"+p.Account+":mfa/"+name)
		if isCode(err, "DeleteConflict") {
			return Device{}, &DeviceTakenError{Name: name}
		}
		if err == nil {
			out, err = p.IAM.CreateVirtualMFADevice(ctx, in, once)
		}
	}
	if err != nil {
		return Device{}, err
	}
	seed := string(out.VirtualMFADevice.Base32StringSeed)
	return Device{
		Serial: *out.VirtualMFADevice.SerialNumber, User: name, Seed: seed,
		URI: otpauth(name, p.Account, seed),
	}, nil
}

// otpauth is the text of the QR code, in the form authenticator apps read:
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func otpauth(name, account, seed string) string {
	return "otpauth://totp/" + url.PathEscape("AWS:"+name+"@"+account) + "?secret=" + seed + "&issuer=AWS"
}

func (p *People) enableDevice(ctx context.Context, device Device) error {
	return p.withTwoCodes(ctx, device.User, func(first, second string) (string, error) {
		_, err := p.IAM.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: &device.User, SerialNumber: &device.Serial,
			AuthenticationCode1: &first, AuthenticationCode2: &second,
		})
		switch {
		case err == nil, p.enabled(ctx, device): // or a first answer was lost on its way
			return "", nil
		case isCode(err, "NoSuchEntity"), isCode(err, "EntityTemporarilyUnmodifiable"):
			return "AWS does not know the new device everywhere yet: type the next two codes", nil
		}
		return refusedCodes(err)
	})
}

// ResyncDevice sets a device right whose codes AWS does not take: where the two that enabled it came late, AWS took them
// for a clock that is wrong.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
func (p *People) ResyncDevice(ctx context.Context, user, serial string) error {
	return p.withTwoCodes(ctx, user, func(first, second string) (string, error) {
		_, err := p.IAM.ResyncMFADevice(ctx, &iam.ResyncMFADeviceInput{
			UserName: &user, SerialNumber: &serial, AuthenticationCode1: &first, AuthenticationCode2: &second,
		})
		return refusedCodes(err)
	})
}

// refusedCodes makes a problem for the person of AWS's refusal of two codes.
func refusedCodes(err error) (problem string, other error) {
	if isCode(err, "InvalidAuthenticationCode") {
		return "AWS does not accept these two codes: type a code, wait for the next one, and type that; check the phone's clock", nil
	}
	return "", err
}

// withTwoCodes asks for two codes until try has no problem with them any more.
func (p *People) withTwoCodes(ctx context.Context, user string, try func(first, second string) (problem string, err error)) error {
	problem := ""
	for range codeAttempts {
		first, second, err := p.Phone.Codes(ctx, problem)
		if err != nil {
			return err
		}
		if problem = codesProblem(first, second); problem != "" {
			continue
		}
		if problem, err = try(first, second); err != nil || problem == "" {
			return err
		}
	}
	return &CodesError{User: user, Problem: problem}
}

// enabled tells whether the user has the device now.
func (p *People) enabled(ctx context.Context, device Device) bool {
	serials, err := MFASerials(ctx, p.IAM.ListMFADevices, device.User)
	return err == nil && slices.Contains(serials, device.Serial)
}

// codesProblem says what is wrong with two codes before AWS is asked, "" when nothing is.
func codesProblem(first, second string) string {
	switch {
	case !isCodeText(first) || !isCodeText(second):
		return "a code is six digits"
	case first == second:
		return "the two codes are the same: the second is the one the phone shows next"
	}
	return ""
}

func isCodeText(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789") == ""
}

// noteDevice leaves out a device whose name has a comma: tags take none.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func (p *People) noteDevice(ctx context.Context, name, serial string) error {
	if strings.Contains(serial, ",") {
		return nil
	}
	return p.tag(ctx, name, leavingTag, serial)
}

func (p *People) forgetDevice(ctx context.Context, name, _ string) error {
	return p.untag(ctx, name, leavingTag)
}

func (p *People) deactivateDevice(ctx context.Context, name, serial string) error {
	_, err := p.IAM.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &name, SerialNumber: &serial})
	return gone(err)
}

func (p *People) deleteDevice(ctx context.Context, _, serial string) error {
	_, err := p.IAM.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial})
	return gone(err)
}

// CodesError is a person who could not give two codes that fit.
type CodesError struct{ User, Problem string }

func (e *CodesError) Error() string {
	return fmt.Sprintf("no MFA device for %s: %d times the codes did not fit; last: %s", e.User, codeAttempts, e.Problem)
}

// Hint says that nothing is lost.
func (e *CodesError) Hint() string {
	return "run the same command again: it goes on where it stopped, with a new QR code"
}

// DeviceTakenError is a device of the user's name that another user has.
type DeviceTakenError struct{ Name string }

func (e *DeviceTakenError) Error() string {
	return fmt.Sprintf("there is an MFA device %s already, and it is in use", e.Name)
}

// Hint names the way on.
func (e *DeviceTakenError) Hint() string {
	return "its user needs a device of another name, or this user does: see aws iam list-virtual-mfa-devices"
}
