package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/secaws/secaws/configgen"
)

// enrollingTag is on a user from the first step until the whole chain was proven. While it is there, keys and devices
// of the user that nobody holds are leftovers of ours. While an invitation is out, its value is the id of the key in it.
const enrollingTag = configgen.Mark + "-enrolling"

// leavingTag names the device that is being taken from a user and is called otherwise than the user: once it is
// deactivated, nothing else says whose it was.
const leavingTag = configgen.Mark + "-leaving"

// enrollingYes is the value of enrollingTag without an invitation.
const enrollingYes = "yes"

// Person is what the identity account knows of one IAM user. The zero value with a name is a user that does not exist.
type Person struct {
	Name             string
	ARN              string // "" when there is no such user
	Ours             bool   // made by secaws
	Enrolling        bool   // begun and not proven yet
	Invited          string // id of the key in the invitation that is out, "" without one
	Created          time.Time
	PasswordLastUsed time.Time
	Groups           []string
	Keys             []PersonKey
	Devices          []string // serial numbers of the MFA devices in use that show codes
	SecurityKeys     []string // those of the others (FIDO), with which STS does not work
	Unassigned       []string // serial numbers of the devices that were the user's, or should have been, and that nobody uses
	Leaving          string   // serial number of a device with another name that a run has begun to take away
	Console          bool     // has a login profile
	Policies         []string // names of inline policies
	Attached         []string // ARNs of attached managed policies
}

// PersonKey is one access key of a user.
type PersonKey struct {
	ID       string
	Active   bool
	Created  time.Time
	LastUsed time.Time // zero: never
}

// Exists tells whether the user is there.
func (p Person) Exists() bool { return p.ARN != "" }

// HasKey tells whether id is one of the user's keys.
func (p Person) HasKey(id string) bool {
	for _, k := range p.Keys {
		if k.ID == id {
			return true
		}
	}
	return false
}

// ReadPerson asks IAM all that the plans about one user need. A user that does not exist is no error, one whose name
// differs in case is a *CaseError.
func ReadPerson(ctx context.Context, client *iam.Client, name string) (Person, error) {
	p, err := readPerson(ctx, client, name, readGroups, readKeys, readDevices, readConsole, readPolicies)
	if err == nil && p.Name != name {
		return p, &CaseError{Asked: name, Name: p.Name}
	}
	if err == nil {
		err = readUnassigned(ctx, client, &p)
	}
	if err != nil {
		return p, fmt.Errorf("read user %s: %w", name, err)
	}
	return p, nil
}

// ReadDevices is what a user without other rights than to enrol may know of itself.
func ReadDevices(ctx context.Context, client *iam.Client, name string) (Person, error) {
	p := Person{Name: name}
	if err := readDevices(ctx, client, &p); err != nil {
		return p, err
	}
	return p, readUnassigned(ctx, client, &p)
}

type personReader func(context.Context, *iam.Client, *Person) error

// readPerson reads the user and, where there is one, what the readers add.
func readPerson(ctx context.Context, client *iam.Client, name string, readers ...personReader) (Person, error) {
	p := Person{Name: name}
	out, err := client.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err != nil {
		return p, gone(err)
	}
	p.fill(*out.User)
	for _, read := range readers {
		if err := read(ctx, client, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *Person) fill(u types.User) {
	p.Name, p.ARN = aws.ToString(u.UserName), aws.ToString(u.Arn)
	p.Created, p.PasswordLastUsed = aws.ToTime(u.CreateDate), aws.ToTime(u.PasswordLastUsed)
	for _, t := range u.Tags {
		switch aws.ToString(t.Key) {
		case configgen.Mark:
			p.Ours = aws.ToString(t.Value) == configgen.MarkUser
		case enrollingTag:
			p.Enrolling = true
			if id := aws.ToString(t.Value); id != enrollingYes {
				p.Invited = id
			}
		case leavingTag:
			p.Leaving = aws.ToString(t.Value)
		}
	}
}

func readGroups(ctx context.Context, client *iam.Client, p *Person) error {
	in := &iam.ListGroupsForUserInput{UserName: &p.Name}
	return pages(ctx, in, client.ListGroupsForUser, func(page *iam.ListGroupsForUserOutput) error {
		for _, g := range page.Groups {
			p.Groups = append(p.Groups, aws.ToString(g.GroupName))
		}
		return nil
	}, func(in *iam.ListGroupsForUserInput, page *iam.ListGroupsForUserOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
}

func readKeys(ctx context.Context, client *iam.Client, p *Person) error {
	keys, err := listKeys(ctx, client, &p.Name)
	if err != nil {
		return err
	}
	p.Keys = keys
	return readLastUsed(ctx, client, keys)
}

// readLastUsed completes keys by when each was last used.
func readLastUsed(ctx context.Context, client *iam.Client, keys []PersonKey) error {
	for i := range keys {
		used, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &keys[i].ID})
		if gone(err) != nil {
			return err
		}
		if used != nil && used.AccessKeyLastUsed != nil {
			keys[i].LastUsed = aws.ToTime(used.AccessKeyLastUsed.LastUsedDate)
		}
	}
	return nil
}

// listKeys lists the keys of user, or, where that is nil, of the caller; when each was last used is not asked.
func listKeys(ctx context.Context, client *iam.Client, user *string) ([]PersonKey, error) {
	var keys []PersonKey
	in := &iam.ListAccessKeysInput{UserName: user}
	err := pages(ctx, in, client.ListAccessKeys, func(page *iam.ListAccessKeysOutput) error {
		for _, k := range page.AccessKeyMetadata {
			keys = append(keys, PersonKey{
				ID:      aws.ToString(k.AccessKeyId),
				Active:  k.Status == types.StatusTypeActive,
				Created: aws.ToTime(k.CreateDate),
			})
		}
		return nil
	}, func(in *iam.ListAccessKeysInput, page *iam.ListAccessKeysOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	return keys, err
}

func readDevices(ctx context.Context, client *iam.Client, p *Person) error {
	serials, err := MFASerials(ctx, client.ListMFADevices, p.Name)
	for _, serial := range serials {
		if isSecurityKey(serial) {
			p.SecurityKeys = append(p.SecurityKeys, serial)
		} else {
			p.Devices = append(p.Devices, serial)
		}
	}
	return err
}

// isSecurityKey tells a FIDO key or passkey from a device that shows codes, by its serial number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func isSecurityKey(serial string) bool { return strings.Contains(serial, ":u2f/") }

// readUnassigned finds the devices that an earlier try left behind: nobody's, and with the user's name or noted with it.
func readUnassigned(ctx context.Context, client *iam.Client, p *Person) error {
	in := &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeUnassigned}
	return pages(ctx, in, client.ListVirtualMFADevices, func(page *iam.ListVirtualMFADevicesOutput) error {
		for _, d := range page.VirtualMFADevices {
			serial := aws.ToString(d.SerialNumber)
			if namedAfter(serial, p.Name) || serial == p.Leaving {
				p.Unassigned = append(p.Unassigned, serial)
			}
		}
		return nil
	}, func(in *iam.ListVirtualMFADevicesInput, page *iam.ListVirtualMFADevicesOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
}

// namedAfter tells whether the virtual device has the user's name.
func namedAfter(serial, user string) bool {
	_, name, _ := strings.Cut(serial, ":mfa/")
	return strings.EqualFold(name, user)
}

func readConsole(ctx context.Context, client *iam.Client, p *Person) error {
	_, err := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &p.Name})
	if isCode(err, "NoSuchEntity") {
		return nil
	}
	p.Console = err == nil
	return err
}

func readPolicies(ctx context.Context, client *iam.Client, p *Person) error {
	inline := &iam.ListUserPoliciesInput{UserName: &p.Name}
	err := pages(ctx, inline, client.ListUserPolicies, func(page *iam.ListUserPoliciesOutput) error {
		p.Policies = append(p.Policies, page.PolicyNames...)
		return nil
	}, func(in *iam.ListUserPoliciesInput, page *iam.ListUserPoliciesOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return err
	}
	attached := &iam.ListAttachedUserPoliciesInput{UserName: &p.Name}
	return pages(ctx, attached, client.ListAttachedUserPolicies, func(page *iam.ListAttachedUserPoliciesOutput) error {
		for _, a := range page.AttachedPolicies {
			p.Attached = append(p.Attached, aws.ToString(a.PolicyArn))
		}
		return nil
	}, func(in *iam.ListAttachedUserPoliciesInput, page *iam.ListAttachedUserPoliciesOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
}

// isCode tells whether err is AWS's error of that code.
func isCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}

// IsDenied tells whether err is AWS saying that the caller may not.
func IsDenied(err error) bool { return isCode(err, "AccessDenied") }

// CaseError is a user whose name differs from the one asked for in case alone. IAM keeps no two such users.
type CaseError struct{ Asked, Name string }

func (e *CaseError) Error() string {
	return fmt.Sprintf("there is no user %s, but one called %s", e.Asked, e.Name)
}

// Hint names the name.
func (e *CaseError) Hint() string { return "write the name as IAM has it: " + e.Name }
