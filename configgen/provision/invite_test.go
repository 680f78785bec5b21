package provision

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

var anInvitation = Invitation{
	User: "eve", Account: "111111111111", Partition: "aws", Region: "us-west-2", KeyID: ours, Secret: "secret",
	Expires: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Profiles: []InvitedProfile{{Name: "Ops", RoleARN: "arn:aws:iam::222222222222:role/Ops"}},
}

func seal(t testing.TB, recipient age.Recipient) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := anInvitation.Seal(&file, recipient); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestInvitationOpensForItsOwner(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	strange, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ReadSealed(bytes.NewReader(seal(t, own.Recipient())))
	if err != nil || sealed.ByPassphrase() {
		t.Fatalf("error %v, by passphrase %v", err, sealed.ByPassphrase())
	}
	got, err := sealed.Open(own)
	want := anInvitation
	want.Version = invitationVersion
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	var wrong *WrongIdentityError
	if _, err := sealed.Open(strange); !errors.As(err, &wrong) {
		t.Errorf("a stranger's key: %v", err)
	}
}

func TestInvitationByPassphrase(t *testing.T) {
	recipient, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(10) // quick
	sealed, err := ReadSealed(bytes.NewReader(seal(t, recipient)))
	if err != nil || !sealed.ByPassphrase() {
		t.Fatalf("error %v, by passphrase %v", err, sealed.ByPassphrase())
	}
	for passphrase, fits := range map[string]bool{"correct horse": true, "correct house": false} {
		identity, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sealed.Open(identity); (err == nil) != fits {
			t.Errorf("%q: %v", passphrase, err)
		}
	}
}

// Every byte of an invitation counts: changed or cut, it does not open.
func TestDamagedInvitationDoesNotOpen(t *testing.T) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := ReadSealed(bytes.NewReader(seal(t, own.Recipient())))
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole.file {
		changed := bytes.Clone(whole.file)
		changed[i] ^= 1
		if got, err := (Sealed{changed}).Open(own); err == nil {
			t.Errorf("byte %d changed: %+v", i, got.User)
		}
		if _, err := (Sealed{whole.file[:i]}).Open(own); err == nil {
			t.Errorf("cut at byte %d: it opens", i)
		}
	}
}

func FuzzReadSealed(f *testing.F) {
	own, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seal(f, own.Recipient())))
	f.Add("-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n")
	f.Add("age-encryption.org/v1\n-> scrypt ")
	f.Fuzz(func(t *testing.T, text string) {
		sealed, err := ReadSealed(strings.NewReader(text))
		if err == nil && sealed.ByPassphrase() {
			return // to reckon with a passphrase takes its time
		}
		_, _ = sealed.Open(own)
	})
}
