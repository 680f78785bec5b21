package keyring

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Signer signs requests with a long-lived key and does not give the key away. It
// has the form of the SDK's HTTPSignerV4 option.
type Signer struct {
	id     string
	secret Secret
}

// KeyID is the access key's id, AKIA….
func (s *Signer) KeyID() string { return s.id }

// Format shows the key's id alone.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "signer of "+s.id) }

// SignHTTP signs r as of t, whatever credentials the caller has.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
func (s *Signer) SignHTTP(ctx context.Context, _ aws.Credentials, r *http.Request, payloadHash, service, region string,
	t time.Time, optFns ...func(*v4.SignerOptions)) error {
	return v4.NewSigner().SignHTTP(ctx, s.credentials(), r, payloadHash, service, region, t, optFns...)
}

func (s *Signer) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: s.id, SecretAccessKey: s.secret.Reveal(), Source: "secaws keychain"}
}

// Signer reads the key of that name for signing. NotFoundError when there is none.
func (k *Keyring) Signer(ctx context.Context, name string) (*Signer, error) {
	e, err := k.accessKey(ctx, name)
	if err != nil {
		return nil, err
	}
	return &Signer{id: e.KeyID, secret: NewSecret(e.Secret)}, nil
}

// Credentials gives the key itself, for a command that asked for it and for the
// proofs of a rotation. A backend that only signs would not have it.
func (k *Keyring) Credentials(ctx context.Context, name string) (aws.Credentials, error) {
	s, err := k.Signer(ctx, name)
	if err != nil {
		return aws.Credentials{}, err
	}
	return s.credentials(), nil
}
