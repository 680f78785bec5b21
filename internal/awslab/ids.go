package awslab

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// Prefixes of IAM's unique identifiers:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
const (
	prefixUser      = "AIDA"
	prefixGroup     = "AGPA"
	prefixRole      = "AROA"
	prefixPolicy    = "ANPA"
	prefixKey       = "AKIA"
	prefixTemporary = "ASIA"
)

var idAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// newID returns an identifier of an entity of account: the prefix and 17 characters.
func newID(prefix, account string) string {
	return prefix + idText(account) + idAlphabet.EncodeToString(random(1))[:1]
}

// newKeyID returns the identifier of an access key of account: the prefix and 16
// characters. As with AWS's, the account can be read from it (see accountOfKey).
func newKeyID(prefix, account string) string { return prefix + idText(account) }

// idText is 10 bytes in base32: a set bit, 40 bits of account, 39 at random.
func idText(account string) string {
	n, _ := strconv.ParseUint(account, 10, 40)
	b := append(make([]byte, 2), random(8)...)
	tail := binary.BigEndian.Uint64(b[2:])
	head := uint64(1)<<47 | n<<7 | tail>>32&0x7f
	var text [10]byte
	text[0], text[1] = byte(head>>40), byte(head>>32)
	binary.BigEndian.PutUint32(text[2:], uint32(head))
	binary.BigEndian.PutUint32(text[6:], uint32(tail))
	return idAlphabet.EncodeToString(text[:])
}

// accountOfKey returns the account an access key ID of ours or AWS's was made for.
func accountOfKey(id string) (string, bool) {
	if len(id) != 20 {
		return "", false
	}
	b, err := idAlphabet.DecodeString(id[4:])
	if err != nil {
		return "", false
	}
	head := binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...))
	n := strconv.FormatUint(head>>7&(1<<40-1), 10)
	for len(n) < 12 {
		n = "0" + n
	}
	return n, len(n) == 12
}

// newSecret returns a secret access key: 40 characters of base64's alphabet.
func newSecret() string { return base64.StdEncoding.EncodeToString(random(30)) }

// newToken returns a session token: opaque, about as long as AWS's.
func newToken() string {
	return base64.StdEncoding.EncodeToString(append([]byte("!\n\torigin_ec\x10"), random(275)...))
}

// newSeed returns a TOTP seed as CreateVirtualMFADevice gives it: 64 characters of base32.
func newSeed() string { return idAlphabet.EncodeToString(random(40)) }

// newRequestID returns a request ID in the form of a UUID.
func newRequestID() string {
	h := hex.EncodeToString(random(16))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// hashPassword is how a LoginProfile remembers passwords. A rehearsal needs equality, not strength.
func hashPassword(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}
