package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPrompt(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return "AWS_CREDENTIAL_EXPIRATION=" + now.Add(d).Format(time.RFC3339) }
	tests := []struct {
		name    string
		environ []string
		args    []string
		want    string
		code    int
	}{
		{name: "nothing is active"},
		{name: "all of it", environ: []string{"SECAWS_PROFILE=prod-Ops", "SECAWS_ROLE=Ops", "SECAWS_ACCOUNT=prod", at(52*time.Minute + 3*time.Second)}, want: "prod-Ops Ops@prod 52m\n"},
		{name: "no labels", environ: []string{"SECAWS_PROFILE=x", "AWS_ACCOUNT_ID=123456789012"}, want: "x @123456789012\n"},
		{name: "ended", environ: []string{"SECAWS_PROFILE=x", at(-time.Second)}, want: "x ended\n"},
		{name: "seconds", environ: []string{"SECAWS_PROFILE=x", at(90 * time.Second)}, want: "x 90s\n"},
		{name: "only AWS_PROFILE", environ: []string{"AWS_PROFILE=dev", "SECAWS_ROLE=stale", at(time.Hour)}, want: "dev\n"},
		{name: "a template", environ: []string{"SECAWS_PROFILE=x", "SECAWS_ROLE=R", "AWS_REGION=eu-west-1"}, args: []string{"--format", `\{{profile}\}(@{account})(/{region})`}, want: "{x}/eu-west-1\n"},
		{name: "the end", environ: []string{"SECAWS_PROFILE=x", at(time.Hour)}, args: []string{"--format", "{profile}( until {expires})"}, want: "x until " + now.Add(time.Hour).Local().Format("15:04") + "\n"},
		{name: "colours of production", environ: []string{"SECAWS_PROFILE=prod-Ops", at(time.Hour)}, args: []string{"--color", "always"}, want: "\x1b[1;31mprod-Ops\x1b[0m \x1b[36m1h00m\x1b[0m\n"},
		{name: "colours of little time, for zsh", environ: []string{"SECAWS_PROFILE=50%", at(time.Minute)}, args: []string{"--color=zsh"}, want: "%{\x1b[36m%}50%%%{\x1b[0m%} %{\x1b[1;33m%}60s%{\x1b[0m%}\n"},
		{name: "colours for bash", environ: []string{"SECAWS_PROFILE=x"}, args: []string{"--color=bash"}, want: "\x01\x1b[36m\x02x\x01\x1b[0m\x02\n"},
		{name: "a hostile name", environ: []string{"SECAWS_PROFILE=x\x1b]0;y\a\n"}, want: `x\x1b]0;y\a\n` + "\n"},
		{name: "no such field", environ: []string{"SECAWS_PROFILE=x"}, args: []string{"--format", "{secret}"}, code: exitUsage},
		{name: "an open group", environ: []string{"SECAWS_PROFILE=x"}, args: []string{"--format", "("}, code: exitUsage},
		{name: "no such colour", environ: []string{"SECAWS_PROFILE=x"}, args: []string{"--color", "pink"}, code: exitUsage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			e := system()
			e.stdout, e.stderr, e.now = &stdout, &stderr, func() time.Time { return now }
			e.environ = append([]string{"HOME=" + t.TempDir()}, tt.environ...)
			code := run(context.Background(), append([]string{"secaws", "prompt"}, tt.args...), e)
			if got := stdout.String(); got != tt.want || code != tt.code {
				t.Errorf("got %q, exit code %d, %s; want %q", got, code, stderr.String(), tt.want)
			}
		})
	}
}

// The config is read only where the environment leaves out what is to be shown.
func TestPromptReadsConfigOnlyForWhatIsMissing(t *testing.T) {
	home := t.TempDir()
	config := filepath.Join(home, "config")
	must(t, os.WriteFile(config, []byte("[profile x]\nregion = eu-west-1\nrole_arn = arn:aws:iam::333333333333:role/R\nsource_profile = ops\n"), 0o600))
	for _, tt := range []struct {
		environ []string
		format  string
		want    string
	}{
		{[]string{"SECAWS_PROFILE=x"}, promptFormat, "x R@333333333333"},
		{[]string{"AWS_PROFILE=x"}, "{region}", "eu-west-1"},
		{[]string{"SECAWS_PROFILE=x", "SECAWS_ACCOUNT=prod"}, promptFormat, "x @prod"},
		{[]string{"SECAWS_PROFILE=x", "SECAWS_ROLE=S"}, promptFormat, "x S"},
		{[]string{"AWS_PROFILE=x"}, "{profile}( {left})", "x"},
	} {
		var stdout bytes.Buffer
		e := system()
		e.stdout, e.environ = &stdout, append([]string{"HOME=" + home, "AWS_CONFIG_FILE=" + config}, tt.environ...)
		code := run(context.Background(), []string{"secaws", "prompt", "--format", tt.format}, e)
		if got := strings.TrimSuffix(stdout.String(), "\n"); code != 0 || got != tt.want {
			t.Errorf("%v: %q, want %q", tt.environ, got, tt.want)
		}
	}
}

func TestIsProduction(t *testing.T) {
	for name, want := range map[string]bool{
		"prod": true, "prod-Ops": true, "Ops@PROD": true, "acme_production": true, "my.prod.eu": true,
		"preprod": false, "preprod-Ops": false, "pre-prod": false, "non-prod": false, "products": false, "dev": false, "": false,
	} {
		if got := isProduction(name); got != want {
			t.Errorf("isProduction(%q) = %v", name, got)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{promptFormat, "", "(({a})", `\`, "{", "{a}(x{b}y(z{a}))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, template string) {
		text, err := renderTemplate(template, map[string]string{"a": "A", "b": ""})
		if err == nil && !strings.ContainsAny(template, `\{(`) && text != template {
			t.Errorf("%q became %q", template, text)
		}
	})
}
