//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/secaws/secaws/internal/awslab"
)

const (
	// shortLife is how long a role's session lasts in these tests. We hand out none that has a minute left or less, so
	// this is good for three seconds.
	shortLife = 63 * time.Second
	// goWindow is how long before the end the Go SDK asks again, an option of its own; the other SDKs' own windows are
	// longer than a minute.
	goWindow = 59 * time.Second
)

var expiration = regexp.MustCompile(`<Expiration>[^<]*</Expiration>`)

// hasten puts a proxy before the lab that makes the sessions of roles end after shortLife, and points the stage to it.
func (st *stage) hasten(t *testing.T) {
	t.Helper()
	target, err := url.Parse(st.url)
	must(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which is signed
		},
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			if bytes.Contains(body, []byte("<AssumeRoleResponse")) {
				end := time.Now().Add(shortLife).UTC().Format(time.RFC3339)
				body = expiration.ReplaceAll(body, []byte("<Expiration>"+end+"</Expiration>"))
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	st.set("AWS_ENDPOINT_URL", server.URL)
}

// lastCaller is the key id of the last good GetCallerIdentity.
func (st *stage) lastCaller() string {
	id := ""
	for _, c := range st.lab.Calls() {
		if c.Action == "GetCallerIdentity" && c.Outcome == "OK" {
			id = c.AccessKeyID
		}
	}
	return id
}

// Each of the four SDKs gets credentials from credential_process, and new ones once they run out: the lab lets the
// first session die for good between its two calls.
func TestSDKsRefresh(t *testing.T) {
	for _, client := range []struct {
		name  string
		start func(*testing.T, *stage) (call func() error)
	}{
		{"aws-cli", awsCLI}, {"boto3", boto3}, {"js", javaScript}, {"go", goSDK},
	} {
		t.Run(client.name, func(t *testing.T) {
			if client.name != "go" { // whose program is this one, with its one environment
				t.Parallel()
			}
			st := newStage(t, awslab.Options{})
			must(t, st.settle("ops"))
			st.hasten(t)
			call := client.start(t, st)
			must(t, call())
			first := st.lastCaller()
			if !strings.HasPrefix(first, "ASIA") {
				t.Fatalf("the first call was made with %q", first)
			}
			st.lab.AgeSessions(time.Hour)
			<-time.After(shortLife - goWindow) // the one thing that cannot be hurried is the SDK's own clock
			must(t, call())
			if second := st.lastCaller(); second == first || !strings.HasPrefix(second, "ASIA") {
				t.Errorf("the second call was made with %q, the first with %q", second, first)
			}
			// A slow machine may need a third: an SDK that asks twice in a row then asks after the three seconds.
			if token, role := st.calls("GetSessionToken"), st.calls("AssumeRole"); token != 1 || role < 2 {
				t.Errorf("%d GetSessionToken and %d AssumeRole calls, want 1 and at least 2", token, role)
			}
		})
	}
}

// awsCLI names the endpoint on its command line: Debian's does not know AWS_ENDPOINT_URL.
func awsCLI(t *testing.T, st *stage) func() error {
	needsProgram(t, "aws")
	return func() error {
		out, stderr, code := st.run("aws", "sts", "get-caller-identity", "--profile", "auto", "--endpoint-url", valueOf(st.env, "AWS_ENDPOINT_URL"))
		if code != 0 || !strings.Contains(out, "assumed-role/Ops/ops") {
			return fmt.Errorf("aws: exit code %d: %s%s", code, out, stderr)
		}
		return nil
	}
}

const pythonClient = `
import os, sys, boto3
client = boto3.Session(profile_name="auto").client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
for line in sys.stdin:
    print(client.get_caller_identity()["Arn"], flush=True)
`

func boto3(t *testing.T, st *stage) func() error {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if _, _, code := st.run(name, "-c", "import boto3"); code == 0 {
			python = name
			break
		}
	}
	needs(t, python != "", "boto3 for python3")
	return st.converse(t, st.command(python, "-c", pythonClient))
}

const nodeClient = `
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { fromIni } = require("@aws-sdk/credential-providers");
const client = new STSClient({ endpoint: process.env.AWS_ENDPOINT_URL, region: "us-west-2", credentials: fromIni({ profile: "auto" }) });
require("readline").createInterface({ input: process.stdin }).on("line", async () => {
  console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);
});
`

func javaScript(t *testing.T, st *stage) func() error {
	needsProgram(t, "node")
	modules := outsideEnv("SECAWS_JS_MODULES")
	needs(t, modules != "" && exists(filepath.Join(modules, "@aws-sdk", "client-sts")), "the AWS SDK for JavaScript (SECAWS_JS_MODULES names the node_modules folder)")
	st.set("NODE_PATH", modules)
	return st.converse(t, st.command("node", "-e", nodeClient))
}

// converse starts a program that makes a call for each line it reads and prints whom AWS takes it for.
func (st *stage) converse(t *testing.T, cmd *exec.Cmd) func() error {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, answers := piped(t, cmd)
	return func() error {
		if _, err := io.WriteString(stdin, "call\n"); err != nil {
			return err
		}
		answer, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(answer, "assumed-role/Ops/ops") {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return errors.Join(fmt.Errorf("answer %q: %s", answer, stderr.String()), err)
		}
		return nil
	}
}

func goSDK(t *testing.T, st *stage) func() error {
	for _, entry := range st.env { // the SDK's credential_process has this process's environment
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	loaded, err := config.LoadDefaultConfig(context.Background(), config.WithSharedConfigProfile("auto"),
		config.WithSharedConfigFiles([]string{filepath.Join(st.home(), ".aws", "config")}), config.WithSharedCredentialsFiles([]string{os.DevNull}),
		config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = goWindow }))
	must(t, err)
	client := sts.NewFromConfig(loaded)
	return func() error {
		out, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
		if err == nil && !strings.Contains(aws.ToString(out.Arn), "assumed-role/Ops/ops") {
			err = fmt.Errorf("AWS takes us for %s", aws.ToString(out.Arn))
		}
		return err
	}
}
