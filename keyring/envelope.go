package keyring

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strings"
	"time"
)

// Kind is what an item of the keychain is for.
type Kind string

// The two kinds of items a keychain holds.
const (
	KindAccessKey Kind = "access key"
	KindSealing   Kind = "sealing key"
)

// envelopeVersion is what this build writes, and the newest it reads.
const envelopeVersion = 1

// itemPrefix starts the name of every item of ours in a backend.
const itemPrefix = "v1-"

// envelope is the content of one item. It says what it is, so that an item found
// under another's name is noticed.
type envelope struct {
	Version   int       `json:"version"`
	Kind      Kind      `json:"kind"`
	Name      string    `json:"name"`
	KeyID     string    `json:"key_id,omitempty"`
	Account   string    `json:"account,omitempty"`
	User      string    `json:"user,omitempty"`
	MFASerial string    `json:"mfa_serial,omitempty"`
	Created   time.Time `json:"created,omitzero"`
	Secret    string    `json:"secret"`
}

// itemName is what an item is called in a backend: letters, digits and a dash
// whatever the name, equal in length, and not case-sensitive.
func itemName(kind Kind, name string) string {
	sum := sha256.Sum256([]byte(string(kind) + "\x00" + name))
	return itemPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
}

// isItemName tells our items from others in a keychain that is shared.
func isItemName(s string) bool {
	return strings.HasPrefix(s, itemPrefix) && len(s) == len(itemPrefix)+52
}

// label is what the person sees in the platform's own keychain program, where it shows one.
func label(kind Kind, name string) string {
	if kind == KindSealing {
		return "secaws sealing key"
	}
	return "secaws " + string(kind) + " " + name
}

func encodeEnvelope(e envelope) ([]byte, error) {
	e.Version = envelopeVersion
	return json.Marshal(e)
}

// decodeEnvelope reads an item's content. Errors: ErrNewer, ErrDamaged.
func decodeEnvelope(data []byte) (envelope, error) {
	var e envelope
	if json.Unmarshal(data, &e) != nil {
		return envelope{}, newerOrDamaged(data)
	}
	switch {
	case e.Version > envelopeVersion:
		return envelope{}, ErrNewer
	case e.Version < 1, e.Kind == "", e.Secret == "":
		return envelope{}, ErrDamaged
	}
	return e, nil
}

// newerOrDamaged looks at content that does not fit the envelope: a newer version may have changed any field but this.
func newerOrDamaged(data []byte) error {
	var v struct{ Version int }
	if json.Unmarshal(data, &v) == nil && v.Version > envelopeVersion {
		return ErrNewer
	}
	return ErrDamaged
}

// openEnvelope reads the content of the item asked for by kind and name.
// Errors: ErrNewer, ErrDamaged, ErrSwapped.
func openEnvelope(data []byte, kind Kind, name string) (envelope, error) {
	e, err := decodeEnvelope(data)
	if err != nil {
		return envelope{}, err
	}
	if e.Kind != kind || e.Name != name {
		return envelope{}, ErrSwapped
	}
	return e, nil
}
