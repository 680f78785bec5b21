package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	codeStep     = 30 * time.Second // a device shows a new code (RFC 6238)
	codeMemory   = 2 * time.Minute  // after which a code that comes again is another
	maxAttempts  = 3                // of a person
	maxRuns      = 2                // of a program: two codes within Patience
	promptLimit  = 5 * time.Minute
	problemWrong = "AWS refused the code: it was mistyped, or used already"
)

// callWithCode makes the call of step i with a code of the user's device. A code that
// AWS refuses is asked for again; all else ends it.
func (c *chain) callWithCode(ctx context.Context, i int) (*types.Credentials, error) {
	ask := MFAPrompt{Profile: c.profile.Name, Key: c.info.Name, Serial: c.steps[i].MFASerial}
	attempts := maxAttempts
	if mfaProcess(c.profile) != nil {
		attempts = maxRuns
	}
	var failure error
	for ask.Attempt = 1; ask.Attempt <= attempts; ask.Attempt++ {
		code, err := c.code(ctx, ask)
		if err != nil {
			return nil, err
		}
		if problem, wait := c.unusable(ctx, ask.Serial, code); problem != "" {
			ask.Problem, ask.Wait = problem, wait
			failure = &CodeError{Profile: c.profile.Name, Problem: problem}
			continue
		}
		out, err := c.call(ctx, i, record{}, code)
		c.remember(ctx, ask.Serial, code, err)
		if !isKind(err, WrongCode) {
			return out, err
		}
		ask.Problem, ask.Wait, failure = problemWrong, c.untilNext(), err
	}
	return nil, failure
}

func (c *chain) canAsk() bool {
	return mfaProcess(c.profile) != nil || c.CanPrompt && c.Prompter != nil
}

// code gets one code from the profile's program or the person.
func (c *chain) code(ctx context.Context, ask MFAPrompt) (string, error) {
	c.asked = true
	if argv := mfaProcess(c.profile); argv != nil {
		if err := c.sleep(ctx, ask.Wait); err != nil {
			return "", err
		}
		return c.runProcess(ctx, argv)
	}
	ctx, cancel := context.WithTimeout(ctx, promptLimit)
	defer cancel()
	code, err := c.Prompter.MFACode(ctx, ask)
	switch {
	case errors.Is(err, ErrNoTerminal):
		c.asked = false
		return "", &NoTerminalError{Profile: c.profile.Name}
	case errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("no MFA code within %s: %w", promptLimit, ErrCanceled)
	case err != nil:
		return "", err
	}
	return strings.ReplaceAll(code, " ", ""), nil
}

// unusable tells why code need not be sent, and how long until the next one.
func (c *chain) unusable(ctx context.Context, serial, code string) (problem string, wait time.Duration) {
	if !isDigits(code, 6) {
		return "a code is six digits", 0
	}
	info, err := c.Keys.Info(ctx, c.profile.Key)
	if err != nil || info.LastCode != CodeHash(serial, code) || c.Now().Sub(info.LastCodeAt).Abs() > codeMemory {
		return "", 0
	}
	wait = c.untilNext()
	return fmt.Sprintf("this code was used already: the next one comes in %d s", seconds(wait)), wait
}

// untilNext is the time to the device's next code, by AWS's clock.
func (c *chain) untilNext() time.Duration {
	step := int64(codeStep / time.Second)
	return time.Duration(step-c.clock.Now().Unix()%step) * time.Second
}

// remember keeps the hash of a code that AWS took, or may have taken before the
// connection broke.
func (c *chain) remember(ctx context.Context, serial, code string, err error) {
	var failure *Error
	if errors.As(err, &failure) && failure.Kind != Denied && (failure.Code != "" || neverSent(err)) {
		return
	}
	if err := c.Keys.UsedCode(context.WithoutCancel(ctx), c.info.Name, CodeHash(serial, code), c.Now()); err != nil {
		c.notice("the code used could not be noted: %v", err)
	}
}

// CodeHash tells codes of a device apart, for Keys.UsedCode. It hides nothing: six digits
// are soon tried. The index that holds it is sealed, and the code is of no use by then.
func CodeHash(serial, code string) string {
	sum := sha256.Sum256([]byte(serial + "\x00" + code))
	return hex.EncodeToString(sum[:])
}

func (r *Retriever) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if r.pause != nil {
		return r.pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func isKind(err error, kind Kind) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Kind == kind
}
