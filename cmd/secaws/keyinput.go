package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/keyring"
	"github.com/secaws/secaws/session"
)

// givenKey is a key as a person or a program handed it over.
type givenKey struct {
	ID      string
	Secret  keyring.Secret
	User    string
	Created time.Time
}

// interactiveAdd tells whether the person typed the key, and so is there to be asked more.
func interactiveAdd(c *cli.Context) bool { return !c.Bool("from-env") && !c.Bool("stdin") }

func (e *env) readKey(c *cli.Context) (key givenKey, err error) {
	switch {
	case c.Bool("from-env") && c.Bool("stdin"):
		return key, usageErrorf(c, "--from-env or --stdin, not both")
	case c.Bool("from-env"):
		key, err = e.keyFromEnviron()
	case c.Bool("stdin"):
		key, err = keyFromJSON(e.stdin)
	default:
		key, err = e.keyFromTerminal(c.Context)
	}
	if err != nil {
		return key, err
	}
	return key, checkKey(key)
}

func (e *env) keyFromEnviron() (givenKey, error) {
	id, secret := e.getenv("AWS_ACCESS_KEY_ID"), e.getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return givenKey{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
	}
	return givenKey{ID: id, Secret: keyring.NewSecret(secret)}, nil
}

func (e *env) keyFromTerminal(ctx context.Context) (givenKey, error) {
	id, err := e.ask(ctx, "Access key id: ")
	if errors.Is(err, session.ErrNoTerminal) {
		return givenKey{}, hinted{errors.New("no terminal to ask for the key on"), "give it with --from-env, or with --stdin as aws iam create-access-key prints it"}
	}
	if err != nil {
		return givenKey{}, err
	}
	if err := checkKeyID(id); err != nil { // before the secret is asked for
		return givenKey{}, err
	}
	secret, err := e.askSecret(ctx, "Secret access key (not shown): ")
	return givenKey{ID: id, Secret: keyring.NewSecret(secret)}, err
}

// longestDocument bounds what is read from stdin, in bytes; what IAM prints has about 300.
const longestDocument = 64 << 10

// keyFromJSON reads what aws iam create-access-key prints. Its errors quote nothing of it.
// https://docs.aws.amazon.com/cli/latest/reference/iam/create-access-key.html
func keyFromJSON(r io.Reader) (givenKey, error) {
	wrong := hinted{errors.New("stdin is not the JSON that aws iam create-access-key prints"), "aws iam create-access-key --output json | secaws add NAME --stdin"}
	data, err := io.ReadAll(io.LimitReader(r, longestDocument+1))
	if err != nil {
		return givenKey{}, fmt.Errorf("read the key from stdin: %w", err)
	}
	var document struct {
		AccessKey struct {
			UserName, AccessKeyID, SecretAccessKey, Status string
			CreateDate                                     time.Time
		}
	}
	if len(data) > longestDocument || json.Unmarshal(data, &document) != nil {
		return givenKey{}, wrong
	}
	key := document.AccessKey
	if key.AccessKeyID == "" || key.SecretAccessKey == "" {
		return givenKey{}, wrong
	}
	return givenKey{key.AccessKeyID, keyring.NewSecret(key.SecretAccessKey), key.UserName, key.CreateDate}, nil
}

// isKeyID tells the form of a user's access key id; the prefixes are explained at
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isKeyID(id string) bool {
	return strings.HasPrefix(id, "AKIA") && len(id) >= 16 && len(id) <= 128 &&
		!strings.ContainsFunc(id, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

func checkKeyID(id string) error {
	switch {
	case strings.HasPrefix(id, "ASIA"):
		return hinted{fmt.Errorf("%s is a temporary key: secaws keeps long-lived ones and makes temporary ones from them", id),
			"give the key of an IAM user (AKIA…)"}
	case !isKeyID(id):
		// It is not repeated: people paste the secret here.
		return hinted{errors.New("that is not an access key id"), "it begins with AKIA and has 20 letters and digits"}
	}
	return nil
}

func checkKey(key givenKey) error {
	if err := checkKeyID(key.ID); err != nil {
		return err
	}
	secret := key.Secret.Reveal()
	if secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return hinted{errors.New("the secret access key is empty, or holds what no secret access key holds"), "it has 40 letters, digits, + and /"}
	}
	return nil
}
