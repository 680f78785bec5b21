package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// RotateAction is one step of a key's rotation.
type RotateAction int

// The steps in their order: at no moment is there no working key in the keychain.
const (
	RotateBegin      RotateAction = iota // note in the keychain that a rotation has begun
	RotateDrop                           // delete a key that an earlier try made and could not store
	RotateCreate                         // create the new key and store it beside the old one
	RotateProve                          // wait until AWS accepts the new key
	RotatePromote                        // give it the old one's place in the keychain
	RotateDeactivate                     // deactivate the old key
	RotateDelete                         // delete the old key
	RotateEnd                            // remove the note
)

// RotateStep is a step and the id of the key it is about, "" for the new key.
type RotateStep struct {
	Do  RotateAction
	Key string
}

// RotationNote is what the keychain says of a rotation under way.
type RotationNote struct {
	Begun bool
	At    time.Time // when, by this machine's clock
	Next  string    // id of the new key, "" while none is stored
}

// left tells whether a key is one that the run which wrote the note made and could not store: never used, and not older.
func (n RotationNote) left(k PersonKey) bool {
	const clocks = 5 * time.Minute // the most by which ours may differ from AWS's
	return n.Begun && k.LastUsed.IsZero() && !k.Created.Before(n.At.Add(-clocks))
}

// PlanRotation decides how to go on, from the start or from wherever an earlier run was killed: local is the id of the
// key in its place in the keychain, keys are the user's in IAM, and drop is a second key that the person gave up, or "".
func PlanRotation(local string, note RotationNote, keys []PersonKey, drop string) ([]RotateStep, error) {
	has := func(id string) bool { return Person{Keys: keys}.HasKey(id) }
	if !has(local) {
		return nil, &UnknownKeyError{KeyID: local}
	}
	if note.Next != "" && has(note.Next) {
		return finishRotation(local, note.Next, keys), nil
	}
	var steps []RotateStep
	for _, k := range keys {
		switch {
		case k.ID == local:
		case note.left(k), k.ID == drop:
			steps = append(steps, RotateStep{RotateDrop, k.ID})
		default:
			return nil, &SecondKeyError{KeyID: k.ID, Local: local}
		}
	}
	if !note.Begun || note.Next != "" {
		steps = append(steps, RotateStep{RotateBegin, ""})
	}
	return append(steps,
		RotateStep{RotateCreate, ""}, RotateStep{RotateProve, ""}, RotateStep{RotatePromote, ""},
		RotateStep{RotateDeactivate, local}, RotateStep{RotateDelete, local}, RotateStep{RotateEnd, ""}), nil
}

// finishRotation goes on from a new key that is stored.
func finishRotation(local, next string, keys []PersonKey) []RotateStep {
	var steps []RotateStep
	if local != next {
		steps = append(steps, RotateStep{RotateProve, ""}, RotateStep{RotatePromote, ""})
	}
	for _, k := range keys {
		if k.ID != next {
			steps = append(steps, RotateStep{RotateDeactivate, k.ID}, RotateStep{RotateDelete, k.ID})
		}
	}
	return append(steps, RotateStep{RotateEnd, ""})
}

// RotationKeys is the keychain's part of a rotation.
type RotationKeys interface {
	KeyStore                                  // stores the new key beside the old one
	Begin(ctx context.Context) error          // notes that a rotation has begun, and that no new key is stored
	Prove(ctx context.Context) error          // nil once AWS accepts the new key
	Promote(ctx context.Context) error        // the new key takes the old one's place
	End(ctx context.Context) error            // removes the note
	ForgetSessions(ctx context.Context) error // of the old key
}

// Rotator rotates the caller's own key.
type Rotator struct {
	IAM  *iam.Client // signs with an MFA session of the user
	Keys RotationKeys
	Say  func(line string)
}

// OwnKeys lists the keys of the user whose credentials sign; where there are two, with when each was last used.
func OwnKeys(ctx context.Context, client *iam.Client) ([]PersonKey, error) {
	keys, err := listKeys(ctx, client, nil)
	if err == nil && len(keys) > 1 {
		err = readLastUsed(ctx, client, keys)
	}
	return keys, err
}

// Apply does the steps in order.
func (r *Rotator) Apply(ctx context.Context, steps []RotateStep) error {
	for _, s := range steps {
		act := rotateActions[s.Do]
		what := act.text
		if s.Key != "" {
			what += " " + s.Key
		}
		if r.Say != nil {
			r.Say(what)
		}
		if err := act.run(r, ctx, s.Key); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

var rotateActions = map[RotateAction]struct {
	text string
	run  func(r *Rotator, ctx context.Context, key string) error
}{
	RotateBegin:      {"note the rotation", func(r *Rotator, ctx context.Context, _ string) error { return r.Keys.Begin(ctx) }},
	RotateDrop:       {"delete the key an earlier try left", (*Rotator).delete},
	RotateCreate:     {"create a new key", (*Rotator).create},
	RotateProve:      {"prove the new key", func(r *Rotator, ctx context.Context, _ string) error { return r.Keys.Prove(ctx) }},
	RotatePromote:    {"put the new key in the old one's place", func(r *Rotator, ctx context.Context, _ string) error { return r.Keys.Promote(ctx) }},
	RotateDeactivate: {"deactivate the old key", (*Rotator).deactivate},
	RotateDelete:     {"delete the old key", (*Rotator).delete},
	RotateEnd:        {"forget the old key's sessions", (*Rotator).end},
}

func (r *Rotator) create(ctx context.Context, _ string) error {
	out, err := r.IAM.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{}, once)
	if err != nil {
		return err
	}
	key := accessKey(out.AccessKey)
	if err := r.Keys.StoreKey(ctx, key); err != nil {
		ctx, cancel := undoing(ctx)
		defer cancel()
		return errors.Join(fmt.Errorf("store key %s: %w", key.ID, err), r.delete(ctx, key.ID))
	}
	return nil
}

func (r *Rotator) deactivate(ctx context.Context, id string) error {
	_, err := r.IAM.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{AccessKeyId: &id, Status: types.StatusTypeInactive})
	return gone(err)
}

func (r *Rotator) delete(ctx context.Context, id string) error {
	_, err := r.IAM.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: &id})
	return gone(err)
}

// end removes the note last: until then the next run would look at the rotation again.
func (r *Rotator) end(ctx context.Context, _ string) error {
	if err := r.Keys.ForgetSessions(ctx); err != nil {
		return err
	}
	return r.Keys.End(ctx)
}

// UnknownKeyError is a key in the keychain that IAM does not have for this user.
type UnknownKeyError struct{ KeyID string }

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("the user has no key %s any more", e.KeyID)
}

// Hint names the way to a new key.
func (e *UnknownKeyError) Hint() string {
	return "have an administrator make a new key, then: secaws add NAME"
}

// SecondKeyError is a second key of the user, in use elsewhere for all we know. IAM allows two.
type SecondKeyError struct{ KeyID, Local string }

func (e *SecondKeyError) Error() string {
	return fmt.Sprintf("the user has a second key, %s, that is not in this keychain: two keys are all IAM allows", e.KeyID)
}

// Hint names what to look at.
func (e *SecondKeyError) Hint() string {
	return "find out who uses " + e.KeyID + "; if nobody does, add: --delete-second " + e.KeyID
}
