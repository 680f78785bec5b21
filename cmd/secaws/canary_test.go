package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// forms are the ways in which a secret could lie in a file: as it is, hex, base64 at each of the three places where it
// can start in a group, and UTF-16.
func forms(secret string) map[string][]byte {
	raw := []byte(secret)
	found := map[string][]byte{
		"raw": raw, "hex": []byte(hex.EncodeToString(raw)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(raw))),
	}
	for shift := range 3 {
		padded := append(make([]byte, shift), raw...)
		whole := len(padded) - len(padded)%3
		first := (shift*8 + 5) / 6 // the characters that the padding alone decides, or shares
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
			found[name+string(rune('0'+shift))] = []byte(encoding.EncodeToString(padded[:whole])[first:])
		}
	}
	var little, big []byte
	for _, unit := range utf16.Encode([]rune(secret)) {
		little = append(little, byte(unit), byte(unit>>8))
		big = append(big, byte(unit>>8), byte(unit))
	}
	found["utf-16le"], found["utf-16be"] = little, big
	return found
}

// sightings are the files below dirs that hold one of the secrets in clear, with the form. Folders in except are passed
// over.
func sightings(dirs, except, secrets []string) ([]string, error) {
	var hits []string
	look := func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		for _, e := range except {
			if path == e {
				return fs.SkipDir
			}
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			for name, form := range forms(s) {
				if bytes.Contains(data, form) {
					hits = append(hits, path+": "+name)
				}
			}
		}
		return nil
	}
	for _, dir := range dirs {
		if err := filepath.WalkDir(dir, look); err != nil {
			return nil, err
		}
	}
	return hits, nil
}

func TestSightings(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	wide := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteByte(c)
			b.WriteByte(0)
		}
		return b.String()
	}
	tests := map[string]struct {
		content string
		want    bool
	}{
		"raw":       {"x" + secret + "y", true},
		"hex":       {hex.EncodeToString([]byte("ab" + secret)), true},
		"base64 +0": {base64.StdEncoding.EncodeToString([]byte(secret + "z")), true},
		"base64 +1": {base64.StdEncoding.EncodeToString([]byte("1" + secret + "z")), true},
		"base64 +2": {base64.URLEncoding.EncodeToString([]byte("12" + secret + "z")), true},
		"utf-16":    {wide(secret), true},
		"half":      {secret[:30], false},
		"other":     {strings.Repeat("A", 400), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "f"), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			hits, err := sightings([]string{dir}, nil, []string{secret})
			if err != nil || (len(hits) > 0) != test.want {
				t.Errorf("hits %v, error %v; want a hit: %v", hits, err, test.want)
			}
		})
	}
}
