package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

// The only form the library writes: https://www.rfc-editor.org/rfc/rfc7516#section-7.1
// with https://www.rfc-editor.org/rfc/rfc7518#section-4.8.
const (
	jweAlgorithm  = "PBES2-HS256+A128KW"
	jweEncryption = "A256GCM"
	jweParts      = 5
	jwsParts      = 3 // signed, or not even that, and readable by all
)

// checkJWE lets through what is shaped as the library encrypts. The decoder below
// it also reads signed and unsigned tokens, of which the latter need no passphrase
// to make; releases before 1.11 accepted them.
func checkJWE(token []byte) error {
	parts := bytes.Split(token, []byte("."))
	if len(parts) == jwsParts {
		return ErrForged
	}
	if len(parts) != jweParts {
		return ErrDamaged
	}
	header, err := base64.RawURLEncoding.DecodeString(string(parts[0]))
	if err != nil {
		return ErrDamaged
	}
	var h struct{ Alg, Enc string }
	if json.Unmarshal(header, &h) != nil {
		return ErrDamaged
	}
	if h.Alg != jweAlgorithm || h.Enc != jweEncryption {
		return ErrForged
	}
	return nil
}
