package configgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// corpusFile is one odd pair of files of testdata/corpus with what botocore makes of it.
type corpusFile struct {
	name   string
	paths  Paths
	golden reading
}

func corpus(t *testing.T) []corpusFile {
	t.Helper()
	configs, err := filepath.Glob("testdata/corpus/*.config")
	if err != nil || len(configs) < 40 {
		t.Fatalf("corpus of %d files, %v", len(configs), err)
	}
	var files []corpusFile
	for _, path := range configs {
		base := strings.TrimSuffix(path, ".config")
		data, err := os.ReadFile(base + ".json")
		if err != nil {
			t.Fatal(err)
		}
		f := corpusFile{name: filepath.Base(base), paths: Paths{Config: path, Credentials: base + ".credentials"}}
		if err := json.Unmarshal(data, &f.golden); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// rawProfiles is everything Load found, in the form of a golden.
func rawProfiles(f *Files) map[string]map[string]string {
	profiles := map[string]map[string]string{}
	for _, name := range f.Names() {
		profiles[name], _ = f.Raw(name)
	}
	return profiles
}

func flatProfiles(r reading) map[string]map[string]string {
	profiles := map[string]map[string]string{}
	for name, values := range r.Profiles {
		profiles[name] = flat(values)
	}
	return profiles
}

func TestCorpusIsReadAsBotocoreReadsIt(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.name, func(t *testing.T) {
			f, err := Load(c.paths)
			var parseError *ParseError
			if c.golden.refused() {
				if !errors.As(err, &parseError) || parseError.line < 1 || parseError.column < 1 {
					t.Fatalf("botocore refuses it; we say %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(flatProfiles(c.golden), rawProfiles(f)); diff != "" {
				t.Errorf("-botocore +ours:\n%s", diff)
			}
			if diff := cmp.Diff(blocks(c.golden.Services), servicesOf(t, f)); diff != "" {
				t.Errorf("services: -botocore +ours:\n%s", diff)
			}
		})
	}
}

func blocks(services map[string]map[string]any) map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, values := range services {
		out[name] = flat(values)
	}
	return out
}

func servicesOf(t *testing.T, f *Files) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for name, s := range f.services {
		out[name] = map[string]string{}
		for i := range s.entries {
			flatten(out[name], &s.entries[i])
		}
	}
	return out
}

// The goldens are what the botocore of this machine says, too, and `aws configure get` agrees with it.
func TestCorpusGoldensHold(t *testing.T) {
	var files []judgeFiles
	corpus := corpus(t)
	dir := t.TempDir()
	for _, c := range corpus {
		files = append(files, judgeFiles{withoutBOM(t, dir, c.paths.Config), withoutBOM(t, dir, c.paths.Credentials), true})
	}
	printed := 0 // by aws configure get
	for i, got := range judge(t, files, nil).Files {
		for _, keys := range got.Get {
			printed += len(keys)
		}
		if got.refused() != corpus[i].golden.refused() {
			t.Errorf("%s: botocore says %q", corpus[i].name, got.Error)
			continue
		}
		if diff := cmp.Diff(corpus[i].golden.Profiles, got.Profiles); diff != "" {
			t.Errorf("%s: -golden +botocore:\n%s", corpus[i].name, diff)
		}
		compareGet(t, corpus[i], got.Get)
	}
	if printed < 200 {
		skip(t, fmt.Sprintf("the AWS CLI beside botocore printed %d values", printed))
	}
}

func compareGet(t *testing.T, c corpusFile, get map[string]map[string]string) {
	t.Helper()
	f, err := Load(c.paths)
	if err != nil {
		return
	}
	for name, keys := range get {
		raw, _ := f.Raw(name)
		for key, printed := range keys {
			if want := raw[key] + "\n"; printed != want && !(raw[key] == "" && printed == "") {
				t.Errorf("%s: aws configure get %s of %q prints %q, we read %q", c.name, key, name, printed, want)
			}
		}
	}
}

func withoutBOM(t *testing.T, dir, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), byteOrderMark) {
		return path
	}
	copied := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(copied, data[len(byteOrderMark):], 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// sdkDiffers are the profiles the SDK for Go reads in another way than the AWS CLI, which we follow.
var sdkDiffers = map[string]string{
	"bom-crlf/a":                   "the SDK misses a first section behind a byte order mark",
	"continuation/a":               "the SDK drops empty lines inside a value",
	"default-twice-turned/default": "the SDK prefers [profile default]; for the AWS CLI the later section counts",
	"defaults-section/a":           "the SDK does not know [DEFAULT]",
	"odd-blanks/a":                 "the SDK takes only blanks and tabs for an indent",
	"one-name-two-spellings/a":     "the SDK does not unquote names",
	"quoted-values/a":              "the SDK cuts a quote at each end, whether they are a pair or not",
	"staircase/default":            "the SDK reads an indented key = value as a key of its own",
}

func TestCorpusAgreesWithTheGoSDK(t *testing.T) {
	compared := 0
	for _, c := range corpus(t) {
		f, err := Load(c.paths)
		if err != nil {
			continue
		}
		for _, name := range f.Names() {
			sdk, err := config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
				o.ConfigFiles, o.CredentialsFiles = []string{c.paths.Config}, []string{c.paths.Credentials}
			})
			if err != nil {
				continue // names it does not see, and profiles it finds inconsistent
			}
			compared++
			got, want := ourReading(t, f, name), sdkReading(sdk)
			if diff := cmp.Diff(want, got); (diff != "") != (sdkDiffers[c.name+"/"+name] != "") {
				t.Errorf("%s/%s: -SDK +ours:\n%s", c.name, name, diff)
			}
		}
	}
	if compared < 60 {
		t.Errorf("only %d profiles compared", compared)
	}
}

func ourReading(t *testing.T, f *Files, name string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for key := range sdkReading(config.SharedConfig{}) {
		if s := f.profiles[name].setting(key); key == "credential_process" {
			out[key] = s.text
		} else {
			out[key] = plain(s.text)
		}
	}
	return out
}

func sdkReading(c config.SharedConfig) map[string]string {
	return map[string]string{
		"region": c.Region, "role_arn": c.RoleARN, "source_profile": c.SourceProfileName, "mfa_serial": c.MFASerial,
		"external_id": c.ExternalID, "role_session_name": c.RoleSessionName, "credential_process": c.CredentialProcess,
		"aws_access_key_id": c.Credentials.AccessKeyID, "aws_secret_access_key": c.Credentials.SecretAccessKey,
	}
}
