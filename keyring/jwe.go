package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// The one form in which the library writes a file: JSON Web Encryption, compact,
// https://www.rfc-editor.org/rfc/rfc7516#section-7.1, with the key derived from a
// passphrase, https://www.rfc-editor.org/rfc/rfc7518#section-4.8.
//
// It is read here and not by the library's decoder: that also takes signed and
// unsigned tokens (unsigned ones need no passphrase, and releases before 1.11
// accepted them), any other algorithm, and half as much time again.
const (
	jweAlgorithm  = "PBES2-HS256+A128KW"
	jweEncryption = "A256GCM"
	jweParts      = 5
	jwsParts      = 3         // signed, or not even that, and readable by all
	jweRoundsMax  = 1_300_000 // as the library's decoder; it writes 8,192
)

// jwe is a token taken apart.
type jwe struct {
	protected                  []byte // the header as it stands in the token, which is authenticated
	salt                       []byte
	rounds                     int
	key, nonce, data, checksum []byte
}

// parseJWE takes a token apart. Errors: ErrForged for one of another form than the
// library's, ErrDamaged for what is no token.
func parseJWE(token []byte) (jwe, error) {
	parts := bytes.Split(token, []byte("."))
	if len(parts) == jwsParts {
		return jwe{}, ErrForged
	}
	if len(parts) != jweParts {
		return jwe{}, ErrDamaged
	}
	var decoded [jweParts][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.AppendDecode(nil, part); err != nil {
			return jwe{}, ErrDamaged
		}
	}
	t := jwe{protected: parts[0], key: decoded[1], nonce: decoded[2], data: decoded[3], checksum: decoded[4]}
	return t, t.readHeader(decoded[0])
}

func (t *jwe) readHeader(header []byte) error {
	var h struct {
		Alg, Enc, Zip, P2s string
		P2c                int
	}
	if json.Unmarshal(header, &h) != nil {
		return ErrDamaged
	}
	if h.Alg != jweAlgorithm || h.Enc != jweEncryption || h.Zip != "" || h.P2c < 1 || h.P2c > jweRoundsMax {
		return ErrForged
	}
	salt, err := base64.RawURLEncoding.DecodeString(h.P2s)
	if err != nil {
		return ErrDamaged
	}
	t.salt, t.rounds = append([]byte(h.Alg+"\x00"), salt...), h.P2c
	return nil
}

// open decrypts the token. ErrWrongPassphrase when the passphrase does not fit it,
// or its key is damaged: the two cannot be told apart. ErrDamaged when the
// passphrase does fit.
func (t *jwe) open(passphrase Secret) ([]byte, error) {
	wrapping, err := pbkdf2.Key(sha256.New, passphrase.Reveal(), t.salt, t.rounds, 16)
	if err != nil {
		return nil, err
	}
	key, ok := unwrapKey(wrapping, t.key)
	if !ok {
		return nil, ErrWrongPassphrase
	}
	gcm, err := newGCM(key)
	if err != nil || len(t.nonce) != gcm.NonceSize() || len(key) != 32 {
		return nil, ErrDamaged
	}
	data, err := gcm.Open(nil, t.nonce, append(t.data, t.checksum...), t.protected)
	if err != nil {
		return nil, ErrDamaged
	}
	return data, nil
}

// unwrapKey undoes AES key wrap: https://www.rfc-editor.org/rfc/rfc3394#section-2.2.2.
// It fails when the wrapping key is not the one that was used, or wrapped was changed.
func unwrapKey(wrapping, wrapped []byte) ([]byte, bool) {
	block, err := aes.NewCipher(wrapping)
	if err != nil || len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, false
	}
	var check [8]byte
	copy(check[:], wrapped)
	key := bytes.Clone(wrapped[8:])
	for round := 5; round >= 0; round-- {
		for i := len(key)/8 - 1; i >= 0; i-- {
			unwrapBlock(block, &check, key[8*i:8*i+8], uint64(round*len(key)/8+i+1))
		}
	}
	return key, subtle.ConstantTimeCompare(check[:], bytes.Repeat([]byte{0xa6}, 8)) == 1
}

func unwrapBlock(block cipher.Block, check *[8]byte, part []byte, step uint64) {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], binary.BigEndian.Uint64(check[:])^step)
	copy(b[8:], part)
	block.Decrypt(b[:], b[:])
	copy(check[:], b[:8])
	copy(part, b[8:])
}
