package provision

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// passwordLength is what a generated password has at least, in characters. It is typed once.
const passwordLength = 20

// passwordAlphabets satisfy any account password policy: one of each is in every password. Letters and digits that
// look alike are left out; the symbols are ones that IAM counts as such.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
var passwordAlphabets = []string{"abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#$%^&*()_+-=[]{}|'"}

// GiveConsole gives the user a console password that must be changed at the first login, and returns it. Where there
// is one already it is replaced.
func GiveConsole(ctx context.Context, client *iam.Client, user string) (string, error) {
	length := passwordLength
	policy, err := client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	switch {
	case isCode(err, "NoSuchEntity"): // IAM's default asks for less than we give
	case err != nil:
		return "", fmt.Errorf("read the password policy: %w", err)
	case policy.PasswordPolicy.MinimumPasswordLength != nil:
		length = max(length, int(*policy.PasswordPolicy.MinimumPasswordLength))
	}
	password, err := newPassword(length)
	if err != nil {
		return "", err
	}
	_, err = client.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: &user, Password: &password, PasswordResetRequired: true})
	if isCode(err, "EntityAlreadyExists") {
		reset := true
		_, err = client.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: &user, Password: &password, PasswordResetRequired: &reset})
	}
	if err != nil {
		return "", fmt.Errorf("give user %s a console password: %w", user, err)
	}
	return password, nil
}

// newPassword draws length characters, at least one of each alphabet.
func newPassword(length int) (string, error) {
	all := strings.Join(passwordAlphabets, "")
	drawn := make([]byte, length)
	for i := range drawn {
		alphabet := all
		if i < len(passwordAlphabets) {
			alphabet = passwordAlphabets[i]
		}
		n, err := draw(len(alphabet))
		if err != nil {
			return "", err
		}
		drawn[i] = alphabet[n]
	}
	for i := len(drawn) - 1; i > 0; i-- { // the first four must not tell their alphabet
		j, err := draw(i + 1)
		if err != nil {
			return "", err
		}
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	return string(drawn), nil
}

func draw(n int) (int, error) {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, err
	}
	return int(i.Int64()), nil
}
