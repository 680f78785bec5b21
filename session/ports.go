package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// KeyInfo is what is known of a long-lived key without reading it.
type KeyInfo struct {
	Name, ID, User, Account, MFASerial string

	LastCode   string    // hash of the last MFA code AWS took, see Keys.UsedCode
	LastCodeAt time.Time // when it did
}

// Signer signs a request with a key it does not show. It has the shape of the
// SDK's HTTPSignerV4, whose credentials argument it ignores.
type Signer interface {
	SignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string,
		signingTime time.Time, optFns ...func(*v4.SignerOptions)) error
}

// Keys are the long-lived keys.
type Keys interface {
	// Info is cheap: it reads an index and not the key.
	Info(ctx context.Context, name string) (KeyInfo, error)
	// Signer reads the key from the keychain.
	Signer(ctx context.Context, name string) (Signer, error)
	// UsedCode remembers that AWS took the code with this hash.
	UsedCode(ctx context.Context, name, hash string, at time.Time) error
}

// Store keeps sealed sessions by identity, for all processes of this person.
type Store interface {
	// Load returns nil without an error where there is nothing readable.
	Load(ctx context.Context, id string) ([]byte, error)
	Save(ctx context.Context, id string, data []byte) error
	Delete(ctx context.Context, id string) error
	IDs(ctx context.Context) ([]string, error)
	// Lock takes the lock of id across processes. It calls waiting once, after
	// 1 s, with a description of the holder ("pid 123 on /dev/pts/2"). previous is
	// what the last holder gave to its release while we waited: "" if it succeeded,
	// was killed, or nobody held the lock.
	Lock(ctx context.Context, id string, waiting func(holder string)) (release func(outcome string) error, previous string, err error)
}

// Prompter asks the person for an MFA code. It returns ErrNoTerminal where it
// cannot ask and ErrCanceled where the person declines.
type Prompter interface {
	MFACode(ctx context.Context, ask MFAPrompt) (string, error)
}

// MFAPrompt is one question for an MFA code.
type MFAPrompt struct {
	Profile, Key, Serial string

	Attempt int           // 1 for the first
	Problem string        // why the last answer was no good; "" at first
	Wait    time.Duration // how long until the device shows a new code, where that matters; else 0
}

// STS is the part of the SDK's client that a plan needs.
type STS interface {
	GetSessionToken(ctx context.Context, in *sts.GetSessionTokenInput, optFns ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error)
	AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

// Caller is who calls STS, and where. Either Signer or Session signs.
type Caller struct {
	Signer   Signer
	Session  Session // used where Signer is nil
	Region   string
	Endpoint string // "" = AWS's own
	Clock    *Clock
}

var (
	// ErrNoTerminal: there is nobody to ask.
	ErrNoTerminal = errors.New("no terminal to ask on")
	// ErrCanceled: the person declined. Exit status 130.
	ErrCanceled = errors.New("canceled")
)
