package configgen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rewritten is a file of the corpus with one change made by us.
type rewritten struct {
	what          string
	before, after string
	golden        reading
	profile       string
	section       Section
}

// rewriteCorpus makes a new profile in every file that can be read, and adopts every profile that may be.
func rewriteCorpus(t *testing.T) []rewritten {
	t.Helper()
	var out []rewritten
	for _, c := range corpus(t) {
		if c.golden.refused() {
			continue
		}
		before := read(t, c.paths.Config)
		names := []string{"brand-new"}
		for name := range c.golden.Profiles {
			if CheckName(name) == nil {
				names = append(names, name)
			}
		}
		for _, name := range names {
			d, err := ParseDocument(c.paths.Config, before)
			if err != nil {
				t.Fatal(err)
			}
			s := Section{Name: name, Values: []KeyValue{{"region", "ap-south-1"}, {"credential_process", "/bin/secaws credential-process " + name}, {"secaws_key", "ops"}}}
			if err := d.Set(s, true); err != nil {
				t.Logf("%s/%s: refused: %v", c.name, name, err)
				continue
			}
			out = append(out, rewritten{c.name + "/" + name, before, d.String(), c.golden, name, s})
		}
	}
	return out
}

// botocore reads the changed profile as it is meant, and all others as before.
func TestRewrittenCorpusAsBotocoreReadsIt(t *testing.T) {
	dir := t.TempDir()
	changes := rewriteCorpus(t)
	if len(changes) < 100 {
		t.Errorf("only %d changes", len(changes))
	}
	var files []judgeFiles
	for _, c := range changes {
		path := filepath.Join(dir, strings.ReplaceAll(c.what, "/", "+"))
		write(t, path, strings.TrimPrefix(c.after, byteOrderMark), 0o600)
		files = append(files, judgeFiles{Config: path, Credentials: os.DevNull})
	}
	for i, got := range judge(t, files, nil).Files {
		c := changes[i]
		if got.refused() {
			t.Errorf("%s: %s\n%s", c.what, got.Error, c.after)
			continue
		}
		checkRewritten(t, c, got)
	}
}

func checkRewritten(t *testing.T, c rewritten, got reading) {
	t.Helper()
	mine := flat(got.Profiles[c.profile])
	for _, v := range c.section.Values {
		if mine[v.Key] != v.Value {
			t.Errorf("%s: %s reads as %q", c.what, v.Key, mine[v.Key])
		}
	}
	others, want := map[string]map[string]any{}, map[string]map[string]any{}
	for name, values := range got.Profiles {
		if name != c.profile {
			others[name] = values
		}
	}
	for name, values := range beforeCredentials(t, c) {
		if name != c.profile {
			want[name] = values
		}
	}
	if diff := cmp.Diff(want, others); diff != "" {
		t.Errorf("%s: other profiles: -before +after:\n%s", c.what, diff)
	}
}

// beforeCredentials is the file before the change without what the credentials file adds to it.
func beforeCredentials(t *testing.T, c rewritten) map[string]map[string]any {
	t.Helper()
	file, err := parse("before", c.before)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	f := newFiles(Paths{}, file, &parsed{})
	for _, name := range f.Names() {
		raw, _ := f.Raw(name)
		out[name] = map[string]any{}
		for key, value := range raw {
			block, sub, isBlock := strings.Cut(key, ".")
			if !isBlock {
				out[name][key] = value
				continue
			}
			if out[name][block] == nil {
				out[name][block] = map[string]any{}
			}
			out[name][block].(map[string]any)[sub] = value
		}
	}
	return out
}

// Every line that is not the changed profile's keeps its bytes and its place.
func TestRewrittenCorpusKeepsEveryOtherLine(t *testing.T) {
	for _, c := range rewriteCorpus(t) {
		d, err := ParseDocument("before", c.before)
		if err != nil {
			t.Fatal(err)
		}
		at, err := d.find(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		if at < 0 {
			if !strings.HasPrefix(c.after, c.before) {
				t.Errorf("%s: not only added to:\n%s", c.what, Diff("f", c.before, c.after))
			}
			continue
		}
		before, after := slices.Clone(d.file.lines), splitLines(c.after)
		s := d.file.sections[at]
		start, end := s.start+1, s.start+1 // of the lines that may change
		if n := len(s.entries); n > 0 {
			end = s.entries[n-1].end
		}
		if last := len(before) - 1; end == last+1 && lineEndOf(before[last]) == "" {
			before[last] += lineEndOf(after[last])
		}
		tail := len(before) - end
		if len(after) < start+tail || !slices.Equal(after[:start], before[:start]) || !slices.Equal(after[len(after)-tail:], before[end:]) {
			t.Errorf("%s: lines outside %d to %d changed:\n%s", c.what, start, end, Diff("f", c.before, c.after))
		}
	}
}

// What Set adds, Remove takes away.
func TestSetThenRemoveIsTheSameFile(t *testing.T) {
	for _, c := range rewriteCorpus(t) {
		if c.profile != "brand-new" {
			continue
		}
		d, err := ParseDocument("after", c.after)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Remove(c.profile, false); err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		same := d.String() == c.before || d.String() == c.before+"\n" || d.String()+"\n" == c.before
		if endsBlank := strings.HasSuffix(c.before, "\n\n") || strings.TrimSpace(c.before) == ""; !same && !endsBlank {
			t.Errorf("%s: %s", c.what, Diff("f", c.before, d.String()))
		}
	}
}
