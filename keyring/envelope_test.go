package keyring

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItemNames(t *testing.T) {
	seen := map[string]string{}
	for _, kind := range []Kind{KindAccessKey, KindSealing} {
		for _, name := range []string{"", "ops", "Ops", "..", "/etc/passwd", sealingName, "sealing key\x00", strings.Repeat("x", 4096)} {
			item := itemName(kind, name)
			if !isItemName(item) || strings.Trim(item, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Errorf("itemName(%s, %.20q) = %q", kind, name, item)
			}
			if other, ok := seen[item]; ok {
				t.Errorf("%q and %q share %s", other, name, item)
			}
			seen[item] = string(kind) + name
		}
	}
	for _, name := range []string{"", "v1-", "login", "v1-short", "v2-" + strings.Repeat("a", 52)} {
		if isItemName(name) {
			t.Errorf("isItemName(%q)", name)
		}
	}
}

// TestItemNameStays pins the form on the disk: another one would lose every key.
func TestItemNameStays(t *testing.T) {
	const want = "v1-qhlvbgz655dlq7uzmse3cvu44z6jjfxqipztm6z5jacaqnyx7vzq"
	if got := itemName(KindAccessKey, "ops"); got != want {
		t.Errorf("itemName = %q, want %q", got, want)
	}
}

func TestEnvelopeRoundTrip(t *testing.T) {
	want := key("ops").envelope()
	data, err := encodeEnvelope(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openEnvelope(data, KindAccessKey, "ops")
	want.Version = envelopeVersion
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	data, _ := encodeEnvelope(key("ops").envelope())
	f.Add(data)
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`{"version":1,"kind":7}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEnvelope(data)
		if err != nil {
			if !errors.Is(err, ErrNewer) && !errors.Is(err, ErrDamaged) {
				t.Errorf("an error of no known kind: %v", err)
			}
			return
		}
		if e.Version < 1 || e.Version > envelopeVersion || e.Kind == "" || e.Secret == "" {
			t.Errorf("accepted %+v", e)
		}
	})
}

// TestEnvelopesAreSmall keeps within what one item of the Windows Credential Manager holds.
// https://learn.microsoft.com/en-us/windows/win32/api/wincred/ns-wincred-credentialw
func TestEnvelopesAreSmall(t *testing.T) {
	a := key(strings.Repeat("n", 128))
	a.User = strings.Repeat("u", 64)
	a.MFASerial = "arn:aws-us-gov:iam::111111111111:mfa/" + strings.Repeat("m", 226)
	a.Secret = NewSecret(strings.Repeat("s", 128))
	if data, err := encodeEnvelope(a.envelope()); len(data) > 2560 || err != nil {
		t.Errorf("%d bytes, %v, want at most 2560", len(data), err)
	}
}
