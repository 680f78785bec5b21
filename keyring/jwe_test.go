package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	jose "github.com/dvsekhvalnov/jose2go"
)

// libraryToken is data encrypted by the library's own encoder.
func libraryToken(t testing.TB, data, passphrase string) []byte {
	t.Helper()
	token, err := jose.Encrypt(data, jose.PBES2_HS256_A128KW, jose.A256GCM, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(token)
}

func TestJWEReadsTheLibrarys(t *testing.T) {
	for _, want := range []string{"", "x", strings.Repeat("long ", 2000)} {
		token, err := parseJWE(libraryToken(t, want, "correct horse"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := token.open(NewSecret("correct horse")); string(got) != want || err != nil {
			t.Errorf("open = %.20q, %v, want %.20q", got, err, want)
		}
		if got, err := token.open(NewSecret("correct horsf")); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("another passphrase: %.20q, %v", got, err)
		}
	}
}

// TestUnwrapKey is the example of RFC 3394, section 4.6: 256 bits of key under 256 bits.
func TestUnwrapKey(t *testing.T) {
	wrapping, _ := hex.DecodeString("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
	wrapped, _ := hex.DecodeString("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
	want, _ := hex.DecodeString("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
	if got, ok := unwrapKey(wrapping, wrapped); !ok || !bytes.Equal(got, want) {
		t.Errorf("unwrapKey = %x, %t", got, ok)
	}
	for bit := range 8 * len(wrapped) {
		flipped := bytes.Clone(wrapped)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, ok := unwrapKey(wrapping, flipped); ok {
			t.Errorf("bit %d: accepted", bit)
		}
	}
	for size := range len(wrapped) {
		if _, ok := unwrapKey(wrapping, wrapped[:size]); ok {
			t.Errorf("cut to %d bytes: accepted", size)
		}
	}
}

// TestJWEHeader changes the header of a good token: each field of it is held to
// what the library writes, and all of it is authenticated.
func TestJWEHeader(t *testing.T) {
	parts := strings.Split(string(libraryToken(t, "data", "correct horse")), ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		old, new string
		want     error
	}{
		"algorithm":       {jweAlgorithm, "PBES2-HS512+A256KW", ErrForged},
		"encryption":      {jweEncryption, "A128GCM", ErrForged},
		"no rounds":       {`"p2c":8192`, `"p2c":0`, ErrForged},
		"endless rounds":  {`"p2c":8192`, `"p2c":2000000000`, ErrForged},
		"rounds as text":  {`"p2c":8192`, `"p2c":"8192"`, ErrDamaged},
		"fewer rounds":    {`"p2c":8192`, `"p2c":8191`, ErrWrongPassphrase},
		"compressed":      {`"p2c"`, `"zip":"DEF","p2c"`, ErrForged},
		"one more field":  {`"p2c"`, `"x":1,"p2c"`, ErrDamaged},
		"nothing changed": {`"p2c"`, `"p2c"`, nil},
	}
	for name, tt := range tests {
		changed := strings.Replace(string(header), tt.old, tt.new, 1)
		parts[0] = base64.RawURLEncoding.EncodeToString([]byte(changed))
		token, err := parseJWE([]byte(strings.Join(parts, ".")))
		if err == nil {
			_, err = token.open(NewSecret("correct horse"))
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func FuzzParseJWE(f *testing.F) {
	f.Add(libraryToken(f, "data", "correct horse"))
	f.Add([]byte("eyJhbGciOiJub25lIn0.e30."))
	f.Add([]byte("a.b.c.d.e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := parseJWE(data)
		if err != nil {
			if !errors.Is(err, ErrForged) && !errors.Is(err, ErrDamaged) {
				t.Errorf("an error of no known kind: %v", err)
			}
			return
		}
		if token.rounds > 10_000 {
			return // slow, and bounded
		}
		if got, err := token.open(NewSecret("another passphrase")); err == nil {
			t.Errorf("opened by another passphrase: %q", got)
		}
	})
}
