package configgen

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func opsSection() Section {
	return Section{Name: "Ops", Values: []KeyValue{
		{"region", "us-west-2"},
		{"credential_process", "/usr/local/bin/secaws credential-process Ops"},
		{"secaws_key", "ops"},
	}}
}

const opsText = `[profile Ops]
region = us-west-2
credential_process = /usr/local/bin/secaws credential-process Ops
secaws_key = ops
`

func TestSet(t *testing.T) {
	tests := []struct {
		name, before string
		adopt        bool
		want         string
	}{
		{name: "a new file", before: "", want: opsText},
		{name: "behind what is there", before: "[default]\nregion = x\n", want: "[default]\nregion = x\n\n" + opsText},
		{name: "one empty line is enough", before: "# c\n\n", want: "# c\n\n" + opsText},
		{name: "no line end at the end", before: "[default]", want: "[default]\n\n" + opsText},
		{name: "CRLF", before: "[default]\r\nregion = x\r\n", want: "[default]\r\nregion = x\r\n\r\n" + strings.ReplaceAll(opsText, "\n", "\r\n")},
		{name: "a byte order mark alone", before: "\ufeff", want: "\ufeff\n" + opsText},
		{name: "written already", before: "# a\n" + opsText + "# b\n", want: "# a\n" + opsText + "# b\n"},
		{
			name: "ours, with changes, comments and other keys",
			before: `# first
[profile Ops]   ; mine
# about the region
region=eu-west-1
output = json   # keep
secaws_mfa_serial = gone
credential_process : /old/secaws credential-process Ops
    # in between
    --flag

# after
[profile b]
region = c
`,
			want: `# first
[profile Ops]   ; mine
# about the region
region=us-west-2
output = json   # keep
credential_process : /usr/local/bin/secaws credential-process Ops
    # in between
secaws_key = ops

# after
[profile b]
region = c
`,
		},
		{
			name: "adopted: the role's own source goes", adopt: true,
			before: "[profile Ops]\nrole_arn = r\nsource_profile = base\nexternal_id = x\n[profile base]\nregion = c\n",
			want: "[profile Ops]\nexternal_id = x\nregion = us-west-2\ncredential_process = /usr/local/bin/secaws credential-process Ops\nsecaws_key = ops\n" +
				"[profile base]\nregion = c\n",
		},
		{
			name: "adopted: an empty section in an indented file", adopt: true,
			before: "  [profile Ops]\n    [profile b]\n    region = c\n",
			want:   "  [profile Ops]\n    region = us-west-2\n    credential_process = /usr/local/bin/secaws credential-process Ops\n    secaws_key = ops\n    [profile b]\n    region = c\n",
		},
		{
			name: "adopted: the last line has no end", adopt: true,
			before: "[profile b]\n[profile Ops]\n  output = json",
			want:   "[profile b]\n[profile Ops]\n  output = json\n  region = us-west-2\n  credential_process = /usr/local/bin/secaws credential-process Ops\n  secaws_key = ops\n",
		},
		{
			name: "quoted for no reason", adopt: true,
			before: "[profile \"Ops\"]\nregion = us-west-2\n",
			want:   "[profile \"Ops\"]\nregion = us-west-2\ncredential_process = /usr/local/bin/secaws credential-process Ops\nsecaws_key = ops\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseDocument("F", tt.before)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Set(opsSection(), tt.adopt); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, d.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	tests := []struct {
		name, before string
		adopt        bool
		change       func(*Section)
		want, hint   string
	}{
		{name: "somebody else's", before: "[profile Ops]\nregion = x\n",
			want: `profile "Ops": there is a profile of that name already, not made by secaws (F:1:1)`, hint: "to make it ours: --adopt; or choose another name"},
		{name: "another key's", before: "[profile Ops]\nsecaws_key = jo\n", adopt: true,
			want: `profile "Ops": it belongs to access key "jo" (F:2:1)`, hint: "remove it first: secaws config remove Ops"},
		{name: "a key in clear", before: "[profile Ops]\naws_access_key_id = A\naws_secret_access_key = B\n", adopt: true,
			want: `profile "Ops": it holds an access key in clear (F:3:1)`, hint: "move it into the keychain first: secaws import Ops --remove"},
		{name: "two spellings", before: "[profile Ops]\n[profile 'Ops']\n", adopt: true,
			want: `profile "Ops": it has two sections in F, in lines 1 and 2`, hint: "leave one of them"},
		{name: "a name", change: func(s *Section) { s.Name = "a b" },
			want: `profile name "a b" is not one to write`, hint: "use up to 128 of A-Z a-z 0-9 . _ @ + = , - and no - at the start"},
		{name: "a line end", change: func(s *Section) { s.Values[0].Value = "x\n[profile y]" }, want: `profile "Ops": region: value "x\n[profile y]" holds '\n'`},
		{name: "a comment", change: func(s *Section) { s.Values[0].Value = "x #y" }, want: `profile "Ops": region: value "x #y" looks as if it had quotes around it or a comment behind it`},
		{name: "only a comment", change: func(s *Section) { s.Values[0].Value = "#y" }, want: `profile "Ops": region: value "#y" looks as if it had quotes around it or a comment behind it`},
		{name: "nothing", change: func(s *Section) { s.Values[0].Value = "" }, want: `profile "Ops": region: value "" is empty`},
		{name: "a key", change: func(s *Section) { s.Values[0].Key = "a=b" }, want: `profile "Ops": a=b: is no key to write`},
		{name: "a key twice", change: func(s *Section) { s.Values[1].Key = "region" }, want: `profile "Ops": region: is given twice`},
		{name: "right to left", change: func(s *Section) { s.Values[0].Value = "a\u202eb" }, want: `profile "Ops": region: value "a\u202eb" holds '\u202e'`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseDocument("F", tt.before)
			if err != nil {
				t.Fatal(err)
			}
			s := opsSection()
			if tt.change != nil {
				tt.change(&s)
			}
			err = d.Set(s, tt.adopt)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if got := hintOf(err); got != tt.hint {
				t.Errorf("hint %q, want %q", got, tt.hint)
			}
			if d.String() != tt.before {
				t.Errorf("refused, and changed: %q", d)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	tests := []struct {
		name, before string
		adopt        bool
		want         string
	}{
		{"all there is", opsText, false, ""},
		{"at the end", "[default]\n\n" + opsText, false, "[default]\n"},
		{"in the middle", "[default]\n\n" + opsText + "\n# about b\n[profile b]\nx=1\n", false, "[default]\n\n# about b\n[profile b]\nx=1\n"},
		{"without empty lines", "[default]\n" + opsText + "[profile b]\n", false, "[default]\n[profile b]\n"},
		{"behind a byte order mark", "\ufeff" + opsText + "[profile b]\n", false, "\ufeff[profile b]\n"},
		{"known by its command alone", "[profile Ops]\ncredential_process = secaws credential-process Ops\n", false, ""},
		{"not ours", "[profile Ops]\nregion=x\n# c\n", true, "# c\n"},
		{"with a block", "[profile Ops]\nsecaws_key=x\ns3 =\n  a = b\n  # c\n  d = e\n# f\n", false, "# f\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseDocument("F", tt.before)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Remove("Ops", tt.adopt); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, d.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRemoveRefuses(t *testing.T) {
	tests := []struct{ name, before, want, hint string }{
		{"not ours", "[profile Ops]\nregion=x\n", `profile "Ops": it was not made by secaws (F:1:1)`, "to remove it all the same: --adopt"},
		{"not there", "[profile prod-Ops]\nregion=x\n", `profile "Ops": not found`, "did you mean prod-Ops?"},
		{"a key in clear", "[profile Ops]\nsecaws_key=x\naws_secret_access_key=B\n", `profile "Ops": it holds an access key in clear (F:3:1)`, "move it into the keychain first: secaws import Ops --remove"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseDocument("F", tt.before)
			if err != nil {
				t.Fatal(err)
			}
			err = d.Remove("Ops", false)
			if err == nil || err.Error() != tt.want || hintOf(err) != tt.hint {
				t.Errorf("got %v, hint %q", err, hintOf(err))
			}
		})
	}
}

// Without the line of [profile Ops], that of [profile b] would continue the value of x.
func TestRemoveRefusesToChangeWhatFollows(t *testing.T) {
	const before = "[profile a]\n  x = 1\n[profile Ops]\n    [profile b]\n"
	d, err := ParseDocument("F", before)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Remove("Ops", true); err == nil || d.String() != before {
		t.Errorf("got %v and %q", err, d)
	}
}

func TestRemoveStaticKey(t *testing.T) {
	tests := []struct {
		name, before, profile string
		removed               bool
		want                  string
	}{
		{"alone in its section", "[a]\naws_access_key_id=A\naws_secret_access_key=B\n\n[b]\naws_access_key_id=C\n", "a", true, "\n[b]\naws_access_key_id=C\n"},
		{"beside other keys", "[a]\naws_access_key_id=A\nregion=x\naws_secret_access_key=B\naws_session_token=C\n[b]\n", "a", true, "[a]\nregion=x\n[b]\n"},
		{"no key there", "[a]\nregion=x\n", "a", false, "[a]\nregion=x\n"},
		{"no such profile", "[a]\nregion=x\n", "b", false, "[a]\nregion=x\n"},
		{"a name with blanks", "[a b]\naws_access_key_id=A\naws_secret_access_key=B\n", "a b", true, ""},
		{"the prefix is part of the name", "[profile a]\naws_access_key_id=A\naws_secret_access_key=B\n", "a", false, "[profile a]\naws_access_key_id=A\naws_secret_access_key=B\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := newDocument("F", tt.before, true)
			if err != nil {
				t.Fatal(err)
			}
			removed, err := d.RemoveStaticKey(tt.profile)
			if err != nil || removed != tt.removed {
				t.Fatalf("removed %v, %v", removed, err)
			}
			if diff := cmp.Diff(tt.want, d.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	before := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"
	after := "1\n2\nx\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13"
	want := "--- f\n+++ f\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n@@ -10,3 +10,4 @@\n 10\n 11\n 12\n+13\n\\ No newline at end of file\n"
	if diff := cmp.Diff(want, Diff("f", before, after)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := Diff("f", before, before); got != "" {
		t.Errorf("no difference shows as %q", got)
	}
	if got, want := Diff("f", "", "a\n"), "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("[default]\nregion=x\n", "Ops", true)
	f.Add("  [profile Ops]\n  a=b\n    [x]\n", "Ops", true)
	f.Add("\ufeff[profile 'Ops']\r\na =\r\n  b = c\r\n", "Ops", true)
	f.Add(opsText, "Ops", false)
	f.Fuzz(func(t *testing.T, text, name string, adopt bool) {
		d, err := ParseDocument("F", text)
		if err != nil {
			return
		}
		s := Section{Name: name, Values: []KeyValue{{"region", "us-west-2"}, {"secaws_key", "ops"}}}
		if err := d.Set(s, adopt); err != nil {
			if d.String() != text {
				t.Fatalf("refused with %v, and changed", err)
			}
			return
		}
		now, err := d.Profile(name)
		if err != nil || now == nil {
			t.Fatalf("after Set: %v, %v", now, err)
		}
		for _, v := range s.Values {
			if got, _ := now.value(v.Key); got != v.Value {
				t.Fatalf("%s is %q", v.Key, got)
			}
		}
		set := d.String()
		if err := d.Set(s, false); err != nil || d.String() != set {
			t.Fatalf("the second Set: %v, %q", err, d)
		}
		if err := d.Remove(name, false); err != nil {
			return // ambiguous indents
		}
		if now, err := d.Profile(name); err != nil || now != nil {
			t.Fatalf("after Remove: %v, %v", now, err)
		}
	})
}
