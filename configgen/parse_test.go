package configgen

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseErrorsNameThePlace(t *testing.T) {
	tests := []struct{ text, want string }{
		{"region = x\n", "F:1:1: a line before the first [section]"},
		{"[a]\n\n  junk\n", "F:3:3: neither a [section] nor a key = value"},
		{"[a]\nx=1\n[b]\n[a]\n", "F:4:1: section [a] is there twice, first in line 1"},
		{"[a]\nx=1\nX = 2\n", `F:3:1: key "x" is there twice in section [a], first in line 2`},
		{"[DEFAULT]\nx=1\n[b]\n[DEFAULT]\nx=2\n", `F:5:1: key "x" is there twice in section [DEFAULT], first in line 2`},
		{"[a]\n = 1\n", "F:2:2: no key before the ="},
		{"[a]\ns3 =\n  b\n", `F:2:1: the block below "s3" holds a line without =: "b"`},
		{"[a]\nré\xff = 1\n", "F:2:3: not UTF-8 text"},
		{"[a]\n\xff", "F:2:1: not UTF-8 text"},
		{"\xff\xfe[", "F:1:1: not UTF-8 text"},
	}
	for _, tt := range tests {
		_, err := parse("F", tt.text)
		if err == nil || err.Error() != tt.want {
			t.Errorf("parse(%q) = %v, want %s", tt.text, err, tt.want)
		}
	}
}

// randomText strings together what the grammar treats in some special way.
func randomText(r *rand.Rand) string {
	pieces := []string{"[profile a]", "[profile b]", "[default]", `[profile "c d"]`, "[services s]", "[DEFAULT]", "[x]", "a", "b", "key", "Key", "s3",
		"=", "=", " = ", ":", " ", "  ", "\t", "\n", "\n", "\n", "\n  ", "\n ", "\n\t", "\n\n", "\r\n", "\r", "#", " # c", ";", " ; c", "[", "]", "'", `"`, `\`,
		"\u00a0", "\u3000", "\x0c", "\x1c", "\x85", "\u2028", "é", "İ", "ß", "%(a)s", "\x00"}
	var b strings.Builder
	b.WriteString(pieces[r.IntN(4)] + "\n")
	for range 2 + r.IntN(14) {
		b.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "\n%sk%d = v", strings.Repeat(" ", r.IntN(3)), r.IntN(6))
		}
	}
	return b.String()
}

func TestRandomFilesAreReadAsBotocoreReadsThem(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 43))
	dir := t.TempDir()
	var texts []string
	var files []judgeFiles
	for i := range 4000 {
		text, path := randomText(r), filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		texts, files = append(texts, text), append(files, judgeFiles{Config: path, Credentials: "/nonexistent"})
	}
	read := 0
	for i, want := range judge(t, files, nil).Files {
		f, err := Load(Paths{Config: files[i].Config, Credentials: files[i].Credentials})
		if (err != nil) != want.refused() {
			t.Errorf("%q: we say %v, botocore %q", texts[i], err, want.Error)
			continue
		}
		if err != nil {
			continue
		}
		read++
		if diff := cmp.Diff(flatProfiles(want), rawProfiles(f)); diff != "" {
			t.Errorf("%q: -botocore +ours:\n%s", texts[i], diff)
		}
	}
	t.Logf("%d of %d files read by both", read, len(texts))
	if read < 1000 {
		t.Errorf("only %d files were readable", read)
	}
}

func TestCommandsAreSplitAsBotocoreSplitsThem(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 44))
	pieces := []string{"a", "b c", " ", " ", "\t", "'", `"`, `\`, `\\`, `\"`, "é", "\n", "''", `""`, "|", "#", "\u00a0", "\v"}
	commands := []string{"", " ", "a", `\`, `"a\`}
	for range 5000 {
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		commands = append(commands, b.String())
	}
	v := judge(t, nil, commands)
	for i, c := range commands {
		compareSplit(t, "splitPOSIX", c, splitPOSIX, v.POSIX[i])
		compareSplit(t, "splitWindows", c, splitWindows, v.Windows[i])
	}
}

func compareSplit(t *testing.T, name, command string, split func(string) ([]string, error), want []string) {
	t.Helper()
	got, err := split(command)
	if err != nil {
		got = nil
	} else if got == nil {
		got = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s(%q): -botocore +ours:\n%s", name, command, diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "[a]\nb=c\n", "[a]\r\nb =\r\n  c=d\r\n", "\ufeff[a]\n", "[DEFAULT]\na=b\n[c]\n", "[a]\nb=c\n d\n\n e\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse("f", text)
		var parseError *ParseError
		if err != nil {
			if !errors.As(err, &parseError) || parseError.line < 1 || parseError.column < 1 {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		if strings.Join(p.lines, "") != text {
			t.Fatalf("lines joined are %q", strings.Join(p.lines, ""))
		}
		last := -1
		for _, s := range p.sections {
			if s.start <= last {
				t.Fatalf("section [%s] starts at %d, behind %d", s.header, s.start, last)
			}
			last = s.start
			for _, e := range s.entries {
				if e.at.line <= last || e.end < e.at.line || e.end > len(p.lines) {
					t.Fatalf("entry %q spans %d to %d behind %d", e.key, e.at.line, e.end, last)
				}
				last = e.end - 1
			}
		}
		newFiles(Paths{}, p, &parsed{}).Names()
	})
}

// A file made to keep us busy is read in time.
func TestBombs(t *testing.T) {
	numbered := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < maxFile-100; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	bombs := map[string]string{
		"keys":         "[profile a]\n" + numbered("k%d=v\n"),
		"sections":     numbered("[profile p%d]\n"),
		"continuation": "[profile a]\nk=v\n" + numbered(" c%d\n"),
		"block":        "[profile a]\nk=\n" + numbered(" c%d=d\n"),
		"empty lines":  "[profile a]\nk=v\n" + strings.Repeat("\n", maxFile-100),
		"includes":     numbered("[profile p%[1]d]\ninclude_profile=p%[1]d\n"),
		"one line":     "[profile a]\nk=" + strings.Repeat("[", maxFile-100),
		"returns":      "[profile a]\nk=" + strings.Repeat("\r", maxFile-100),
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			write(t, path, text, 0o600)
			start := time.Now()
			f, err := Load(Paths{Config: path})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.Profile("a", func(string) string { return "" })
			_, _ = f.Profile("p77", func(string) string { return "" })
			f.Raw("a")
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, strings.Repeat("#", maxFile+1), 0o600)
	if _, err := Load(Paths{Config: path}); err == nil {
		t.Error("a file over the limit is read")
	}
}

func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "[profile p%d]\nregion = us-west-2\ncredential_process = /usr/local/bin/secaws credential-process p%d\nsecaws_key = ops\nsecaws_role_arn = arn:aws:iam::333333333333:role/Ops\n\n", i, i)
	}
	paths := Paths{Config: filepath.Join(b.TempDir(), "config")}
	if err := os.WriteFile(paths.Config, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := Load(paths)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Profile("p49", func(string) string { return "" }); err != nil {
			b.Fatal(err)
		}
	}
}
