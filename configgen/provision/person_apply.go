package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/configgen"
)

// AccessKey is a key as IAM gives it out, once.
type AccessKey struct {
	ID, Secret string
	User       string
	Created    time.Time
}

// KeyStore takes a new key. When it returns nil the key will not be lost.
type KeyStore interface {
	StoreKey(ctx context.Context, key AccessKey) error
}

// Phone is the person with the authenticator app.
type Phone interface {
	// Scan shows the new device's seed. Nothing of it may touch a disk.
	Scan(ctx context.Context, device Device) error
	// Codes returns two consecutive codes. problem says what was wrong with the last ones, "" at first.
	Codes(ctx context.Context, problem string) (first, second string, err error)
}

// Device is a new virtual MFA device.
type Device struct {
	Serial string
	User   string
	Seed   string // base32
	URI    string // otpauth:// as authenticator apps read it from a QR code
}

// People changes the users of the identity account.
type People struct {
	IAM       *iam.Client
	Partition string
	Account   string // id
	Keys      KeyStore
	Phone     Phone
	Now       func() time.Time
	Say       func(line string) // progress
	Wait      Waiter

	made string // id of the last key that was created
}

// Apply does the steps for the user, in order, and stops at the first that goes wrong. Doing the same plan again, or a
// plan made anew, goes on from there.
func (p *People) Apply(ctx context.Context, name string, steps []PersonStep) error {
	for _, s := range steps {
		act := personActions[s.Do]
		if p.Say != nil {
			p.Say(act.says(name, s.Of))
		}
		if err := act.run(p, ctx, name, s.Of); err != nil {
			return fmt.Errorf("%s: %w", act.says(name, s.Of), err)
		}
	}
	return nil
}

// Describe says what a step does, for a plan that is shown before it is done.
func (s PersonStep) Describe(name string) string { return personActions[s.Do].says(name, s.Of) }

type personAction struct {
	text string // %[1]s is the user, %[2]s what it is done to
	run  func(p *People, ctx context.Context, name, of string) error
}

func (a personAction) says(name, of string) string {
	return fmt.Sprintf(a.text+"%.0[1]s%.0[2]s", name, of)
}

var personActions = map[PersonAction]personAction{
	CreateUser:       {"create user %[1]s", (*People).createUser},
	JoinGroup:        {"add %[1]s to group %[2]s", (*People).joinGroup},
	LeaveGroup:       {"take %[1]s out of group %[2]s", (*People).leaveGroup},
	BeginEnrolment:   {"mark %[1]s as being enrolled", (*People).beginEnrolment},
	CreateKey:        {"create an access key for %[1]s, straight into the %[2]s", (*People).createKey},
	ActivateKey:      {"activate key %[2]s", (*People).activateKey},
	DeactivateKey:    {"deactivate key %[2]s", (*People).deactivateKey},
	DeleteKey:        {"delete key %[2]s", (*People).deleteKey},
	EnrolDevice:      {"enrol an MFA device for %[1]s", (*People).enrolDevice},
	NoteDevice:       {"mark %[1]s as losing MFA device %[2]s", (*People).noteDevice},
	DeactivateDevice: {"deactivate MFA device %[2]s", (*People).deactivateDevice},
	DeleteDevice:     {"delete MFA device %[2]s", (*People).deleteDevice},
	ForgetDevice:     {"take that mark from %[1]s", (*People).forgetDevice},
	InviteDevice:     {"let %[1]s enrol an MFA device within 24 h", (*People).inviteDevice},
	DenyAll:          {"deny %[1]s everything", (*People).denyAll},
	DeleteUserPolicy: {"delete policy %[2]s of %[1]s", (*People).deleteUserPolicy},
	DetachPolicy:     {"detach %[2]s from %[1]s", (*People).detachPolicy},
	DeleteConsole:    {"delete the console password of %[1]s", (*People).deleteConsole},
	DeleteUser:       {"delete user %[1]s", (*People).deleteUser},
	FinishEnrolment:  {"finish the enrolment of %[1]s", (*People).finishEnrolment},
}

func personTags(name string, value string) []types.Tag {
	return []types.Tag{{Key: aws.String(name), Value: aws.String(value)}}
}

func (p *People) createUser(ctx context.Context, name, _ string) error {
	tags := append(personTags(configgen.Mark, configgen.MarkUser), personTags(enrollingTag, enrollingYes)...)
	_, err := p.IAM.CreateUser(ctx, &iam.CreateUserInput{UserName: &name, Tags: tags})
	if !isCode(err, "EntityAlreadyExists") {
		return err
	}
	names, err := userNames(ctx, p.IAM)
	for _, other := range names {
		if other != name && strings.EqualFold(other, name) {
			return &CaseError{Asked: name, Name: other}
		}
	}
	return err // with no other of the name: a first answer that was lost
}

func (p *People) beginEnrolment(ctx context.Context, name, _ string) error {
	return p.mark(ctx, name, enrollingYes)
}

func (p *People) mark(ctx context.Context, name, value string) error {
	return p.tag(ctx, name, enrollingTag, value)
}

func (p *People) tag(ctx context.Context, name, key, value string) error {
	return p.seen(ctx, func() error {
		_, err := p.IAM.TagUser(ctx, &iam.TagUserInput{UserName: &name, Tags: personTags(key, value)})
		return err
	})
}

func (p *People) untag(ctx context.Context, name, key string) error {
	_, err := p.IAM.UntagUser(ctx, &iam.UntagUserInput{UserName: &name, TagKeys: []string{key}})
	return gone(err)
}

func (p *People) joinGroup(ctx context.Context, name, group string) error {
	return p.seen(ctx, func() error {
		_, err := p.IAM.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: &name, GroupName: &group})
		return err
	})
}

func (p *People) leaveGroup(ctx context.Context, name, group string) error {
	_, err := p.IAM.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: &name, GroupName: &group})
	return gone(err)
}

// createKey makes a key and stores it. A key that cannot be stored is deleted at once: nobody would hold its secret.
func (p *People) createKey(ctx context.Context, name, _ string) error {
	var key AccessKey
	err := p.seen(ctx, func() error {
		out, err := p.IAM.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name}, once)
		if err == nil {
			key = accessKey(out.AccessKey)
		}
		return err
	})
	if err != nil {
		return err
	}
	p.made = key.ID
	if err := p.Keys.StoreKey(ctx, key); err != nil {
		ctx, cancel := undoing(ctx)
		defer cancel()
		if undo := p.deleteKey(ctx, name, key.ID); undo != nil {
			return fmt.Errorf("store key %s: %w (and it could not be deleted: %w)", key.ID, err, undo)
		}
		return fmt.Errorf("store key %s, now deleted again: %w", key.ID, err)
	}
	return nil
}

// undoing is a context to take something back in, though the command was interrupted. A person waits for its end.
func undoing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
}

const undoLimit = 15 * time.Second

func accessKey(k *types.AccessKey) AccessKey {
	return AccessKey{
		ID: aws.ToString(k.AccessKeyId), Secret: aws.ToString(k.SecretAccessKey),
		User: aws.ToString(k.UserName), Created: aws.ToTime(k.CreateDate),
	}
}

// once keeps the SDK from repeating a call whose answer holds a secret, unless AWS said that it has done nothing: a lost
// first answer would leave a key that nobody knows beside the second.
func once(o *iam.Options) { o.Retryer = throttledOnly{o.Retryer} }

// throttledOnly repeats what was too much for AWS just now, and nothing else.
type throttledOnly struct{ aws.Retryer }

func (r throttledOnly) IsErrorRetryable(err error) bool {
	throttled := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	return throttled.IsErrorThrottle(err) == aws.TrueTernary && r.Retryer.IsErrorRetryable(err)
}

func (p *People) activateKey(ctx context.Context, name, id string) error {
	return p.setKey(ctx, name, id, types.StatusTypeActive)
}

func (p *People) deactivateKey(ctx context.Context, name, id string) error {
	return gone(p.setKey(ctx, name, id, types.StatusTypeInactive))
}

func (p *People) setKey(ctx context.Context, name, id string, status types.StatusType) error {
	_, err := p.IAM.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: &name, AccessKeyId: &id, Status: status})
	return err
}

func (p *People) deleteKey(ctx context.Context, name, id string) error {
	_, err := p.IAM.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &name, AccessKeyId: &id})
	return gone(err)
}

func (p *People) inviteDevice(ctx context.Context, name, _ string) error {
	if err := p.mark(ctx, name, p.made); err != nil {
		return err
	}
	until := p.Now().Add(configgen.InvitationLife)
	document := configgen.EnrolDocument(p.Partition, p.Account, name, until)
	return p.putUserPolicy(ctx, name, configgen.EnrolPolicyName, document)
}

func (p *People) denyAll(ctx context.Context, name, _ string) error {
	return p.putUserPolicy(ctx, name, configgen.DenyPolicyName, configgen.DenyAllDocument())
}

func (p *People) putUserPolicy(ctx context.Context, name, policy, document string) error {
	return p.seen(ctx, func() error {
		_, err := p.IAM.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &policy, PolicyDocument: &document})
		return err
	})
}

func (p *People) deleteUserPolicy(ctx context.Context, name, policy string) error {
	_, err := p.IAM.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &name, PolicyName: &policy})
	return gone(err)
}

func (p *People) detachPolicy(ctx context.Context, name, arn string) error {
	_, err := p.IAM.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &name, PolicyArn: &arn})
	return gone(err)
}

func (p *People) deleteConsole(ctx context.Context, name, _ string) error {
	_, err := p.IAM.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: &name})
	return gone(err)
}

func (p *People) deleteUser(ctx context.Context, name, _ string) error {
	_, err := p.IAM.DeleteUser(ctx, &iam.DeleteUserInput{UserName: &name})
	return gone(err)
}

func (p *People) finishEnrolment(ctx context.Context, name, _ string) error {
	return p.untag(ctx, name, enrollingTag)
}

// seen repeats do while IAM does not see yet what was made a moment ago.
func (p *People) seen(ctx context.Context, do func() error) error {
	var missing error
	err := p.Wait.Until(ctx, "IAM to see what was just made", func(context.Context) (bool, error) {
		err := do()
		if isCode(err, "NoSuchEntity") {
			missing = err
			return false, nil
		}
		return true, err
	})
	var inVain *StillWaitingError
	if errors.As(err, &inVain) {
		return fmt.Errorf("%w: %w", err, missing)
	}
	return err
}

// gone is no error for what is not there any more.
func gone(err error) error {
	if isCode(err, "NoSuchEntity") {
		return nil
	}
	return err
}
