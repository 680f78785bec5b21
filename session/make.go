package session

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// callTimeout bounds one step with its retries.
const callTimeout = 30 * time.Second

// make gets a new session for step i from AWS and stores it. A session from the
// store that AWS no longer takes is made anew, once.
func (c *chain) make(ctx context.Context, i int) (record, error) {
	if err := CheckEndpoint(c.profile.Endpoint, c.profile.TrustedEndpoint); err != nil {
		return record{}, err
	}
	parent, err := c.parent(ctx, i, c.alive)
	if err != nil {
		return record{}, err
	}
	out, err := c.answer(ctx, i, parent)
	if i > 0 && isDead(err) {
		dead := parent.Credentials.AccessKeyID
		parent, err = c.parent(ctx, i, func(ctx context.Context, rec record) (bool, error) {
			alive, err := c.alive(ctx, rec)
			return alive && rec.Credentials.AccessKeyID != dead, err
		})
		if err != nil {
			return record{}, err
		}
		out, err = c.answer(ctx, i, parent)
	}
	if err != nil {
		return record{}, err
	}
	rec := c.keep(ctx, i, c.record(i, parent, out))
	if c.steps[i].MFASerial != "" {
		c.sweep(ctx) // as rarely as a person is asked
	}
	return rec, nil
}

// parent is the session that signs step i; the first step is signed by the key.
func (c *chain) parent(ctx context.Context, i int, will good) (record, error) {
	if i == 0 {
		return record{}, nil
	}
	rec, err := c.session(ctx, i-1, will)
	if err == nil && c.clock.Offset() == 0 {
		c.clock = NewClock(c.Now, rec.Offset)
	}
	return rec, err
}

// answer makes the call of step i, with a code where it takes one.
func (c *chain) answer(ctx context.Context, i int, parent record) (*types.Credentials, error) {
	if c.steps[i].MFASerial == "" {
		return c.call(ctx, i, parent, "")
	}
	if !c.canAsk() {
		return nil, &NoTerminalError{Profile: c.profile.Name}
	}
	if err := c.readKey(ctx); err != nil { // before a code is spent on it
		return nil, err
	}
	return c.callWithCode(ctx, i)
}

// call is one call to STS. Its error is an *Error, or that of reading the key.
func (c *chain) call(ctx context.Context, i int, parent record, code string) (*types.Credentials, error) {
	step := c.steps[i]
	caller := Caller{Session: parent.session(c.profile), Region: step.Region, Endpoint: step.Endpoint, Clock: c.clock}
	if i == 0 {
		if err := c.readKey(ctx); err != nil {
			return nil, err
		}
		caller.Signer = c.signer
	}
	c.tellEndpoint()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := step.call(ctx, c.STS(caller), code)
	if err != nil {
		return nil, c.translate(err, i)
	}
	return out, nil
}

// readKey reads the key once, however many codes are tried.
func (c *chain) readKey(ctx context.Context) (err error) {
	if c.signer == nil {
		c.signer, err = c.Keys.Signer(ctx, c.info.Name)
	}
	return err
}

func (c *chain) tellEndpoint() {
	if c.profile.Endpoint == "" || c.profile.EndpointFrom == "" || c.told {
		return
	}
	c.told = true
	c.notice("calls go to %s, by %s", c.profile.Endpoint, c.profile.EndpointFrom)
}

// call makes the step's request. It returns the SDK's error, or errNoCredentials.
func (s Step) call(ctx context.Context, client STS, code string) (*types.Credentials, error) {
	if s.Action == SessionToken {
		out, err := client.GetSessionToken(ctx, s.sessionInput(code))
		if err != nil {
			return nil, err
		}
		return complete(out.Credentials)
	}
	out, err := client.AssumeRole(ctx, s.roleInput(code))
	if err != nil {
		return nil, err
	}
	return complete(out.Credentials)
}

func (s Step) sessionInput(code string) *sts.GetSessionTokenInput {
	return &sts.GetSessionTokenInput{
		DurationSeconds: aws.Int32(int32(seconds(s.Duration))), SerialNumber: optional(s.MFASerial), TokenCode: optional(code),
	}
}

func (s Step) roleInput(code string) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{
		RoleArn: aws.String(s.RoleARN), RoleSessionName: aws.String(s.SessionName),
		DurationSeconds: aws.Int32(int32(seconds(s.Duration))), SerialNumber: optional(s.MFASerial), TokenCode: optional(code),
		ExternalId: optional(s.ExternalID), SourceIdentity: optional(s.SourceIdentity), Policy: optional(s.Policy),
		TransitiveTagKeys: s.TransitiveTags,
	}
	for _, arn := range s.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	for _, tag := range s.Tags {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(tag.Key), Value: aws.String(tag.Value)})
	}
	return in
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

var errNoCredentials = errors.New("the answer holds no credentials")

func complete(c *types.Credentials) (*types.Credentials, error) {
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" ||
		aws.ToString(c.SessionToken) == "" || c.Expiration == nil {
		return nil, errNoCredentials
	}
	return c, nil
}

// isDead holds for the refusal of a session that should have been good.
func isDead(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && (failure.Kind == Expired || failure.Kind == WrongKey)
}

// record is what is to be kept of the session that step i yielded.
func (c *chain) record(i int, parent record, out *types.Credentials) record {
	step, at := c.steps[i], c.moment()
	rec := record{
		Version: recordVersion,
		Credentials: aws.Credentials{
			AccessKeyID: *out.AccessKeyId, SecretAccessKey: *out.SecretAccessKey, SessionToken: *out.SessionToken,
			AccountID: c.account(step), Source: "secaws", CanExpire: true, Expires: out.Expiration.UTC(),
		},
		Profile: c.profile.Name, RoleARN: step.RoleARN, KeyID: c.info.ID,
		Issued: at.now, Uptime: at.uptime, Offset: c.clock.Offset(),
		MFA: step.MFASerial != "" || parent.MFA, MFAExpires: parent.MFAExpires,
	}
	if step.MFASerial != "" {
		rec.MFAExpires = rec.Credentials.Expires
	}
	return rec
}

func (c *chain) account(step Step) string {
	if step.RoleARN != "" {
		return accountOf(step.RoleARN)
	}
	return orElse(c.info.Account, accountOf(step.MFASerial))
}

// keep stores rec, before anyone gets it. A person's code went into it, so neither an
// interrupt nor a full disk makes it worthless.
func (c *chain) keep(ctx context.Context, i int, rec record) record {
	data, err := rec.encode()
	if err == nil {
		err = c.Store.Save(context.WithoutCancel(ctx), c.ids[i], data)
	}
	if err != nil {
		c.notice("this session could not be stored and serves this run only: %v", err)
	}
	if skew := rec.Offset; skew.Abs() > clockStep {
		c.notice("this machine's clock is %s: set it, or programs will take good credentials for expired", skewText(skew))
	}
	c.asked = false
	return rec
}
