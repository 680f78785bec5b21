package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// A sealed file is one version byte, a 12-byte nonce and what AES-256-GCM makes
// of the data. The additional data is the version, the kind and the identity: a
// file under another's name does not open.

// sealingKeySize is the length of the sealing key in bytes.
const sealingKeySize = 32

const sealVersion = 1

// errUnsealed is every reason why a sealed file does not open: to callers it is a cache miss.
var errUnsealed = errors.New("not sealed with this key, or damaged")

// sealKind is what a sealed file holds.
type sealKind string

const (
	sealSession sealKind = "session"
	sealIndex   sealKind = "index"
)

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func additional(kind sealKind, id string) []byte {
	return append([]byte{sealVersion}, string(kind)+"\x00"+id...)
}

// seal encrypts data under key for kind and id.
func seal(key []byte, kind sealKind, id string, data []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+gcm.NonceSize(), 1+gcm.NonceSize()+len(data)+gcm.Overhead())
	out[0] = sealVersion
	if _, err := rand.Read(out[1:]); err != nil {
		return nil, err
	}
	return gcm.Seal(out, out[1:], data, additional(kind, id)), nil
}

// unseal is seal's inverse. Its only error is errUnsealed.
func unseal(key []byte, kind sealKind, id string, sealed []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, errUnsealed
	}
	head := 1 + gcm.NonceSize()
	if len(sealed) < head+gcm.Overhead() || sealed[0] != sealVersion {
		return nil, errUnsealed
	}
	data, err := gcm.Open(nil, sealed[1:head], sealed[head:], additional(kind, id))
	if err != nil {
		return nil, errUnsealed
	}
	return data, nil
}
