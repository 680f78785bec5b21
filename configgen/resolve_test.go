package configgen

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/session"
)

// load writes both texts into a folder of the test and reads them.
func load(t *testing.T, config, credentials string) *Files {
	t.Helper()
	dir := t.TempDir()
	paths := Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	for path, text := range map[string]string{paths.Config: config, paths.Credentials: credentials} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Load(paths)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func environment(pairs ...string) Environment {
	return func(name string) string {
		for _, p := range pairs {
			if key, value, _ := strings.Cut(p, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestProfile(t *testing.T) {
	base := session.Profile{Name: "base", Key: "base", Region: "eu-west-1", MFASerial: "arn:aws:iam::111111111111:mfa/base"}
	tests := []struct {
		name, config, credentials, profile string
		env                                []string
		want                               session.Profile
	}{
		{
			name: "served by secaws", profile: "Ops",
			config: `[profile Ops]
region = us-west-2
credential_process = /usr/local/bin/secaws credential-process Ops
secaws_key = ops
secaws_mfa_serial = arn:aws:iam::111111111111:mfa/ops
secaws_role_arn = arn:aws:iam::333333333333:role/Ops
secaws_trusted_endpoint = sts.example.com
secaws_direct = true
secaws_session_duration_seconds = 7200
`,
			want: session.Profile{Name: "Ops", Key: "ops", Region: "us-west-2", MFASerial: "arn:aws:iam::111111111111:mfa/ops",
				RoleARN: "arn:aws:iam::333333333333:role/Ops", TrustedEndpoint: "sts.example.com", Direct: true, SessionDuration: 2 * time.Hour},
		},
		{
			name: "role with a source, the serial inherited", profile: "r",
			config: `[profile base]
region = eu-west-1
mfa_serial = arn:aws:iam::111111111111:mfa/base
[profile r]
role_arn = arn:aws:iam::222222222222:role/R
source_profile = base
external_id = a/b:c
duration_seconds = 900
role_session_name = me
session_tags = team = ops,project=web
transitive_session_tags = team
source_identity = jo
mfa_process = "/opt/my otp" --account 'a b'
`,
			want: session.Profile{Name: "r", Key: "base", MFASerial: base.MFASerial, RoleARN: "arn:aws:iam::222222222222:role/R",
				ExternalID: "a/b:c", Duration: 15 * time.Minute, RoleSessionName: "me", SourceIdentity: "jo",
				Tags: map[string]string{"team": "ops", "project": "web"}, TransitiveTags: []string{"team"},
				MFAProcess: []string{"/opt/my otp", "--account", "a b"}},
		},
		{
			name: "a chain of roles", profile: "b",
			config: `[profile base]
region = eu-west-1
mfa_serial = arn:aws:iam::111111111111:mfa/base
[profile a]
role_arn = arn:aws:iam::222222222222:role/A
source_profile = base
[profile b]
role_arn = arn:aws:iam::333333333333:role/B
source_profile = a
`,
			want: session.Profile{Name: "b", Key: "base", MFASerial: base.MFASerial, RoleARN: "arn:aws:iam::333333333333:role/B",
				Source: &session.Profile{Name: "a", Key: "base", MFASerial: base.MFASerial, RoleARN: "arn:aws:iam::222222222222:role/A"}},
		},
		{
			name: "the source is a section of the credentials file", profile: "r",
			config:      "[profile r]\nrole_arn = arn:aws:iam::222222222222:role/R\nsource_profile = work\n",
			credentials: "[work]\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
			want:        session.Profile{Name: "r", Key: "work", RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "the source has no section: a key of that name", profile: "r",
			config: "[profile r]\nrole_arn = arn:aws:iam::222222222222:role/R\nsource_profile = gone\n",
			want:   session.Profile{Name: "r", Key: "gone", RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "its own source", profile: "me",
			config: "[profile me]\nrole_arn = arn:aws:iam::222222222222:role/R\nsource_profile = me\n",
			want:   session.Profile{Name: "me", Key: "me", RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "the source is served by secaws", profile: "r",
			config: `[profile r]
role_arn = arn:aws:iam::222222222222:role/R
source_profile = base
[profile base]
credential_process = "C:\Program Files\secaws.exe" credential-process base
secaws_key = mine
secaws_mfa_serial = arn:aws:iam::111111111111:mfa/base
`,
			want: session.Profile{Name: "r", Key: "mine", MFASerial: base.MFASerial, RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "a source without a role of one's own is that profile", profile: "x",
			config: `[profile r]
role_arn = arn:aws:iam::222222222222:role/R
source_profile = base
region = eu-west-1
[profile x]
source_profile = r
region = eu-north-1
`,
			want: session.Profile{Name: "x", Key: "base", Region: "eu-north-1", RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "another profile's credential_process", profile: "x",
			config: `[profile Ops]
secaws_key = ops
[profile x]
credential_process = secaws credential-process Ops
`,
			want: session.Profile{Name: "x", Key: "ops"},
		},
		{
			name: "include_profile fills what is empty", profile: "c",
			config: `[profile top]
region = eu-west-1
mfa_serial = arn:aws:iam::111111111111:mfa/base
role_session_name = top
[profile mid]
include_profile = top
source_profile = base
role_session_name = mid
[profile c]
include_profile = mid
role_arn = arn:aws:iam::222222222222:role/R
`,
			want: session.Profile{Name: "c", Key: "base", Region: "eu-west-1", MFASerial: base.MFASerial, RoleSessionName: "mid",
				RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "nothing comes from default", profile: "p",
			config: "[default]\nregion = eu-west-1\nmfa_serial = x\n[profile p]\noutput = json\n",
			want:   session.Profile{Name: "p", Key: "p"},
		},
		{
			name: "quotes and comments around values that hold none", profile: "p",
			config: "[profile p]\nregion = \"us-west-2\"  # Oregon\nduration_seconds = 900 ; short\nsource_profile = base # the base\n" +
				"role_arn = 'arn:aws:iam::222222222222:role/R'\n",
			want: session.Profile{Name: "p", Key: "base", Region: "us-west-2", Duration: 15 * time.Minute, RoleARN: "arn:aws:iam::222222222222:role/R"},
		},
		{
			name: "AWS_REGION before AWS_DEFAULT_REGION before the file", profile: "base", env: []string{"AWS_DEFAULT_REGION=b", "AWS_REGION=a"},
			config: "[profile base]\nregion = c\n",
			want:   session.Profile{Name: "base", Key: "base", Region: "a"},
		},
		{
			name: "AWS_DEFAULT_REGION before the file", profile: "base", env: []string{"AWS_DEFAULT_REGION=b"},
			config: "[profile base]\nregion = c\n",
			want:   session.Profile{Name: "base", Key: "base", Region: "b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := load(t, tt.config, tt.credentials).Profile(tt.profile, environment(tt.env...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEndpoint(t *testing.T) {
	const services = "[services s]\nsts =\n  endpoint_url = http://127.0.0.1:3\n"
	const full = services + "[profile p]\nservices = s\nendpoint_url = http://127.0.0.1:4\n"
	tests := []struct {
		name, config string
		env          []string
		url, from    string
	}{
		{"service variable first", full, []string{"AWS_ENDPOINT_URL=http://127.0.0.1:2", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1"}, "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS"},
		{"then the common variable", full, []string{"AWS_ENDPOINT_URL=http://127.0.0.1:2"}, "http://127.0.0.1:2", "AWS_ENDPOINT_URL"},
		{"then the services section", full, nil, "http://127.0.0.1:3", `services "s"`},
		{"then the profile", "[services s]\niam =\n  endpoint_url = x\n[profile p]\nservices = s\nendpoint_url = http://127.0.0.1:4\n", nil, "http://127.0.0.1:4", `profile "p"`},
		{"none", "[profile p]\n", nil, "", ""},
		{"ignored by the environment", full, []string{"AWS_ENDPOINT_URL=x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True"}, "", ""},
		{"ignored by the profile", full + "ignore_configured_endpoint_urls = true\n", nil, "", ""},
		{"the environment has the last word on ignoring", full + "ignore_configured_endpoint_urls = true\n", []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"}, "http://127.0.0.1:3", `services "s"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := load(t, tt.config, "").Profile("p", environment(tt.env...))
			if err != nil {
				t.Fatal(err)
			}
			if p.Endpoint != tt.url || p.EndpointFrom != tt.from {
				t.Errorf("got %q from %q, want %q from %q", p.Endpoint, p.EndpointFrom, tt.url, tt.from)
			}
		})
	}
}

func TestEndpointHoldsForTheChain(t *testing.T) {
	f := load(t, `[profile a]
role_arn = arn:aws:iam::222222222222:role/A
endpoint_url = http://127.0.0.1:9
[profile b]
role_arn = arn:aws:iam::333333333333:role/B
source_profile = a
endpoint_url = http://127.0.0.1:1
`, "")
	p, err := f.Profile("b", environment())
	if err != nil {
		t.Fatal(err)
	}
	if p.Endpoint != "http://127.0.0.1:1" || p.Source.Endpoint != p.Endpoint {
		t.Errorf("got %q and %q for the source", p.Endpoint, p.Source.Endpoint)
	}
}

func TestProfileErrors(t *testing.T) {
	tests := []struct{ name, config, profile, want, hint string }{
		{"unknown", "[profile prod-Ops]\n[profile preprod-Ops]\n[profile other]\n", "Ops",
			`profile "Ops": not found`, "did you mean preprod-Ops or prod-Ops?"},
		{"a typing error", "[profile Ops]\n[profile other]\n", "Osp", `profile "Osp": not found`, "did you mean Ops?"},
		{"nothing near", "[profile a]\n", "zzzz", `profile "zzzz": not found`, "the profiles are a"},
		{"the prefix is missing", "[Ops]\nregion = x\n", "Ops", `profile "Ops": not found`,
			"CONFIG:1:1 says [Ops], which the AWS CLI does not read as a profile: write it as [profile Ops]"},
		{"the quotes are missing", "[profile my team]\n", "my team", `profile "my team": not found`,
			`CONFIG:1:1 says [profile my team], which the AWS CLI does not read as a profile: write it as [profile "my team"]`},
		{"a cycle", "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=c\n[profile c]\nrole_arn=r\nsource_profile=b\n", "a",
			"CONFIG:9:1: source_profile leads back to itself: b → c → b", "one profile of the chain must stand on a key of its own: remove its source_profile"},
		{"a cycle of includes", "[profile a]\ninclude_profile=b\n[profile b]\ninclude_profile=a\n", "a",
			"CONFIG:4:1: include_profile leads back to itself: a → b → a", "one profile of the chain must stand on a key of its own: remove its include_profile"},
		{"a cycle of processes", "[profile a]\ncredential_process=secaws credential-process b\n[profile b]\ncredential_process=secaws credential-process a\n", "a",
			"CONFIG:4:1: credential_process leads back to itself: a → b → a", "one profile of the chain must stand on a key of its own: remove its credential_process"},
		{"an include that is not there", "[profile a]\n  include_profile=bb\n[profile bb2]\n", "a",
			`CONFIG:2:3: profile "a": include_profile: profile "bb": not found`, "did you mean bb2?"},
		{"SSO", "[profile a]\nsso_session = s\n", "a", `CONFIG:2:1: profile "a" gets its credentials from AWS SSO (sso_session), which secaws does not serve`,
			"use a profile with an access key that is in the keychain, or name one with secaws_key"},
		{"SSO in the source", "[profile r]\nrole_arn=r\nsource_profile=a\n[profile a]\nsso_start_url = s\n", "r",
			`CONFIG:5:1: profile "a" gets its credentials from AWS SSO (sso_start_url), which secaws does not serve`, "use a profile with an access key that is in the keychain, or name one with secaws_key"},
		{"a web identity", "[profile a]\nrole_arn=r\nsource_profile=x\nweb_identity_token_file = s\n", "a",
			`CONFIG:4:1: profile "a" gets its credentials from a web identity token (web_identity_token_file), which secaws does not serve`, "use a profile with an access key that is in the keychain, or name one with secaws_key"},
		{"a machine", "[profile a]\nrole_arn=r\ncredential_source = Ec2InstanceMetadata\n", "a",
			`CONFIG:3:1: profile "a" gets its credentials from the machine it runs on (credential_source), which secaws does not serve`, "use a profile with an access key that is in the keychain, or name one with secaws_key"},
		{"another program as the source", "[profile r]\nrole_arn=r\nsource_profile=a\n[profile a]\ncredential_process = /bin/other x\n", "r",
			`CONFIG:5:1: profile "a" gets its credentials from another program (credential_process), which secaws does not serve`, "use a profile with an access key that is in the keychain, or name one with secaws_key"},
		{"no number", "[profile a]\nduration_seconds = 1h\n", "a", `CONFIG:2:1: profile "a": duration_seconds: "1h" is not a number of seconds`, "write whole seconds, such as 3600"},
		{"no flag", "[profile a]\nsecaws_direct = 1\n", "a", `CONFIG:2:1: profile "a": secaws_direct: "1" is neither true nor false`, ""},
		{"no tag", "[profile a]\nsession_tags = a=b,c\n", "a", `CONFIG:2:1: profile "a": session_tags: "c" is not KEY=VALUE`, "write session_tags = team=ops,project=web"},
		{"a pipe", "[profile a]\nmfa_process = otp list | head -1\n", "a", `CONFIG:2:1: profile "a": mfa_process: "|" needs a shell, and it is run without one`,
			"put the command into a script and name the script"},
		{"a variable in quotes", "[profile a]\nmfa_process = otp \"$HOME/x\"\n", "a", `CONFIG:2:1: profile "a": mfa_process: "$" needs a shell, and it is run without one`,
			"put the command into a script and name the script"},
		{"an open quote", "[profile a]\nmfa_process = otp 'x\n", "a", `CONFIG:2:1: profile "a": mfa_process: a quote is not closed`, ""},
		{"no services section", "[profile a]\nservices = s\n", "a", `CONFIG:2:1: profile "a": services: there is no section [services s]`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := load(t, tt.config, "")
			_, err := f.Profile(tt.profile, environment())
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), f.paths.Config, "CONFIG"); got != tt.want {
				t.Errorf("error\n got %s\nwant %s", got, tt.want)
			}
			var hinter interface{ Hint() string }
			if !errors.As(err, &hinter) {
				t.Fatal("the error has no hint")
			}
			if got := strings.ReplaceAll(hinter.Hint(), f.paths.Config, "CONFIG"); got != tt.hint {
				t.Errorf("hint\n got %s\nwant %s", got, tt.hint)
			}
		})
	}
}

func TestShellSyntax(t *testing.T) {
	tests := []struct{ command, want string }{
		{"ykman oath accounts code --single arn:aws:iam::1:mfa/x", ""},
		{`op item get 'A & B' --otp`, ""},
		{`op item get "A & B (work)" --otp`, ""},
		{`otp a\&b`, ""},
		{`otp 'price $HOME'`, ""},
		{`otp 5$ $`, ""},
		{"otp a&b", `"&"`},
		{"otp;id", `";"`},
		{"otp > f", `">"`},
		{"otp `id`", "\"`\""},
		{"otp \"`id`\"", "\"`\""},
		{"otp $(id)", `"$"`},
		{"~/bin/otp", `"~"`},
		{"otp ~/x", `"~"`},
		{"otp a~b", ""},
	}
	for _, tt := range tests {
		if got := shellSyntax(tt.command); got != tt.want {
			t.Errorf("shellSyntax(%q) = %s, want %s", tt.command, got, tt.want)
		}
	}
}

func TestOfRole(t *testing.T) {
	f := load(t, `[profile prod-Ops]
role_arn = arn:aws:iam::444444444444:role/Ops
source_profile = ops
[profile infra-Ops]
secaws_key = ops
secaws_role_arn = arn:aws:iam::222222222222:role/path/Ops # ours
[profile devOps]
role_arn = arn:aws:iam::222222222222:role/DevOps
source_profile = ops
[profile alias]
credential_process = /usr/local/bin/secaws credential-process prod-Ops
[profile in]
include_profile = prod-Ops
[profile machine]
role_arn = arn:aws:iam::222222222222:role/Ops
credential_source = Ec2InstanceMetadata
[profile wrong]
role_arn = arn:aws:iam::222222222222:role/Ops
source_profile = ops
duration_seconds = soon
[profile Ops2]
role_arn = arn:aws:iam::222222222222:role/Ops2
source_profile = prod-Ops
`, "")
	var got []string
	for _, p := range f.OfRole("Ops", environment()) {
		got = append(got, p.Name+" "+p.RoleARN)
	}
	want := []string{
		"prod-Ops arn:aws:iam::444444444444:role/Ops",
		"infra-Ops arn:aws:iam::222222222222:role/path/Ops",
		"in arn:aws:iam::444444444444:role/Ops",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
