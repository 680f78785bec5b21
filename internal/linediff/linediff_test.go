package linediff

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// form is "-a +b  c", a word a line.
func form(lines []Line) string {
	var words []string
	for _, l := range lines {
		words = append(words, string(l.Sign)+l.Text)
	}
	return strings.Join(words, " ")
}

func TestLines(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"", "", ""},
		{"", "a", "+a"},
		{"a", "", "-a"},
		{"a b", "a b", " a  b"},
		{"a b c", "a x c", " a -b +x  c"},
		{"a b c d", "b d e", "-a  b -c  d +e"},
		{"a a", "a", " a -a"},
	}
	for _, tt := range tests {
		if got := form(Lines(strings.Fields(tt.a), strings.Fields(tt.b))); got != tt.want {
			t.Errorf("%q to %q: %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

// sides are the two texts that a difference is of.
func sides(lines []Line) (a, b []string) {
	for _, l := range lines {
		if l.Sign != '+' {
			a = append(a, l.Text)
		}
		if l.Sign != '-' {
			b = append(b, l.Text)
		}
	}
	return a, b
}

func TestLinesHoldBothTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) []string {
		var lines []string
		for range n {
			lines = append(lines, string(rune('a'+r.IntN(4))))
		}
		return lines
	}
	for range 1000 {
		a, b := text(r.IntN(12)), text(r.IntN(12))
		if gotA, gotB := sides(Lines(a, b)); !slices.Equal(gotA, a) || !slices.Equal(gotB, b) {
			t.Fatalf("%q to %q: %q", a, b, form(Lines(a, b)))
		}
	}
	large, other := slices.Repeat([]string{"a", "b"}, 2000), slices.Repeat([]string{"c", "b"}, 2000)
	if a, b := sides(Lines(large, other)); !slices.Equal(a, large) || !slices.Equal(b, other) {
		t.Error("of large texts lines are lost")
	}
}
