package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
)

// invitationLimit is more than any invitation needs, in bytes: a file that somebody sends is read no further.
const invitationLimit = 1 << 20

// Invitation is all that a colleague's machine needs to make a working user of a first key. The key can do nothing but
// enrol the user's MFA device, and that only until Expires; join replaces it.
type Invitation struct {
	Version   int
	User      string
	Account   string // id of the identity account
	Partition string
	Region    string
	KeyID     string
	Secret    string
	Expires   time.Time
	Profiles  []InvitedProfile
}

// InvitedProfile is one role the colleague may assume, and the profile's name for it.
type InvitedProfile struct{ Name, RoleARN, ExternalID string }

const invitationVersion = 1

// Seal writes the invitation, encrypted for recipients, as armored age text: https://age-encryption.org/v1
func (i Invitation) Seal(w io.Writer, recipients ...age.Recipient) error {
	i.Version = invitationVersion
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	armored := armor.NewWriter(w)
	sealed, err := age.Encrypt(armored, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt the invitation: %w", err)
	}
	if _, err := sealed.Write(text); err != nil {
		return err
	}
	return errors.Join(sealed.Close(), armored.Close())
}

// Sealed is an invitation that is not opened yet.
type Sealed struct{ file []byte } // binary age

// ReadSealed reads what Seal wrote.
func ReadSealed(r io.Reader) (Sealed, error) {
	file, err := io.ReadAll(armor.NewReader(io.LimitReader(r, invitationLimit)))
	if err != nil {
		return Sealed{}, fmt.Errorf("not an invitation, or damaged on its way: %w", err)
	}
	return Sealed{file}, nil
}

// ByPassphrase tells whether a passphrase opens it, and not a private key:
// https://github.com/C2SP/C2SP/blob/main/age.md#the-scrypt-recipient-type
func (s Sealed) ByPassphrase() bool {
	_, stanzas, _ := bytes.Cut(s.file, []byte("\n"))
	return bytes.HasPrefix(stanzas, []byte("-> scrypt "))
}

// Open decrypts and reads it.
func (s Sealed) Open(identities ...age.Identity) (Invitation, error) {
	opened, err := age.Decrypt(bytes.NewReader(s.file), identities...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return Invitation{}, &WrongIdentityError{}
		}
		return Invitation{}, fmt.Errorf("not an invitation, or damaged on its way: %w", err)
	}
	text, err := io.ReadAll(opened)
	if err != nil {
		return Invitation{}, fmt.Errorf("the invitation was damaged on its way: %w", err)
	}
	var i Invitation
	if err := json.Unmarshal(text, &i); err != nil {
		return Invitation{}, errors.New("the file is encrypted for you, but holds no invitation")
	}
	if i.Version != invitationVersion {
		return Invitation{}, fmt.Errorf("the invitation is of version %d; this secaws reads version %d", i.Version, invitationVersion)
	}
	return i, nil
}

// InvitationRecipient reads a colleague's public key, as age or OpenSSH write it.
func InvitationRecipient(text string) (age.Recipient, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "ssh-") {
		return agessh.ParseRecipient(text)
	}
	return age.ParseX25519Recipient(text)
}

// WrongIdentityError is a passphrase or private key that does not open the invitation.
type WrongIdentityError struct{}

func (*WrongIdentityError) Error() string {
	return "the invitation does not open: the passphrase or key is not the one it was made for"
}

// Hint names the other way in.
func (*WrongIdentityError) Hint() string {
	return "ask for the passphrase again, or name your private key: secaws join FILE --identity ~/.ssh/id_ed25519"
}
