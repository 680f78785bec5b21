package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	tests := map[string]string{
		"plain, with ünïcödé and 日本": "plain, with ünïcödé and 日本",
		"a\nb\r\n\tc":                `a\nb\r\n\tc`,
		"\x1b[31mred\x1b[0m":         `\x1b[31mred\x1b[0m`,
		"\u009b31m":                  `\u009b31m`,
		"\u202Eevil\u2066":           `\u202eevil\u2066`,
		"a\u2028b\u2029":             `a\u2028b\u2029`,
		"\xff\xfe":                   `\xff\xfe`,
		"\x00\x7f":                   `\x00\x7f`,
		"\U000E0041 tag":             `\U000e0041 tag`,
		"\uFFFD":                     "\uFFFD",
		"":                           "",
	}
	for in, want := range tests {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

// unsafeIn is the first rune of s that could do anything on a terminal but show, other than the allowed ones.
func unsafeIn(s, allowed string) (rune, bool) {
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && size == 1) || (!unicode.IsPrint(r) && !strings.ContainsRune(allowed, r)) {
			return r, true
		}
	}
	return 0, false
}

// Whatever AWS, a file or a name says, nothing but printing characters comes out, and an error is one line.
func TestForeignTextIsHarmless(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	nasty := []string{"\x1b]0;title\a", "\u009b2J", "\u202e", "\r\n", "\n", "\x00", "\xc0\x80", "\u2028", "\ufeff", "\u200b", "%s%n", `\`, "é"}
	for range 5000 {
		var b strings.Builder
		for range random.IntN(12) {
			if random.IntN(2) == 0 {
				b.WriteString(nasty[random.IntN(len(nasty))])
			} else {
				b.WriteRune(rune(random.IntN(0x11000)))
			}
			b.WriteByte(byte(random.IntN(256)))
		}
		message := b.String()
		var out bytes.Buffer
		e := &env{stdout: &out, stderr: &out}
		e.report(context.Background(), hinted{errors.New(message), message})
		if lines := strings.Count(out.String(), "\n"); lines > 2 {
			t.Fatalf("%q is printed as %d lines", message, lines)
		}
		e.notice("%s %v", message, errors.New(message))
		must(t, e.printf("%s\n", message), e.table([][]string{{message, message}}))
		if r, found := unsafeIn(out.String(), "\n"); found {
			t.Fatalf("%q lets %U through: %q", message, r, out.String())
		}
		checkJSON(t, e, &out, message)
	}
}

// checkJSON wants the text back from JSON that has nothing unsafe in it.
func checkJSON(t *testing.T, e *env, out *bytes.Buffer, message string) {
	t.Helper()
	out.Reset()
	must(t, e.writeJSON(map[string]string{"text": message}))
	if r, found := unsafeIn(out.String(), "\n"); found {
		t.Fatalf("JSON of %q lets %U through: %q", message, r, out.String())
	}
	var back map[string]string
	must(t, json.Unmarshal(out.Bytes(), &back))
	if want := strings.ToValidUTF8(message, "\uFFFD"); utf8.ValidString(message) && back["text"] != want {
		t.Fatalf("JSON of %q reads back as %q", message, back["text"])
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("\x1b[2J")
	f.Add("\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if r, found := unsafeIn(escape(s), ""); found {
			t.Errorf("escape(%q) lets %U through", s, r)
		}
	})
}
