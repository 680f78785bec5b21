package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

// The variables of AWS's SDKs and CLI, of the tools around them, and our own.
// https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
var known = []struct{ name, becomes string }{ // "" = removed, "=" = kept as it was
	{"AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"},
	{"AWS_SECRET_ACCESS_KEY", "secret"},
	{"AWS_SESSION_TOKEN", "token"},
	{"AWS_CREDENTIAL_EXPIRATION", "2030-06-01T12:00:00Z"},
	{"AWS_REGION", "us-west-2"},
	{"AWS_DEFAULT_REGION", "us-west-2"},
	{"AWS_ACCOUNT_ID", "333333333333"},
	{"SECAWS_PROFILE", "Ops"},

	{"AWS_ACCESS_KEY", ""},
	{"AWS_SECRET_KEY", ""},
	{"AWS_SECURITY_TOKEN", ""},
	{"AWS_DELEGATION_TOKEN", ""},
	{"AWS_PROFILE", ""},
	{"AWS_DEFAULT_PROFILE", ""},
	{"AWS_EB_PROFILE", ""},
	{"AWS_SSO_PROFILE", ""},
	{"AWS_CREDENTIAL_FILE", ""},
	{"AWS_SESSION_EXPIRATION", ""},
	{"AWS_WEB_IDENTITY_TOKEN_FILE", ""},
	{"AWS_ROLE_ARN", ""},
	{"AWS_ROLE_SESSION_NAME", ""},
	{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ""},
	{"AWS_CONTAINER_CREDENTIALS_FULL_URI", ""},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN", ""},
	{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""},
	{"AWS_BEARER_TOKEN_BEDROCK", ""},
	{"AWS_VAULT", ""},
	{"AWS_VAULT_FILE_PASSPHRASE", ""},
	{"SECAWS_FILE_PASSPHRASE", ""},

	{"AWS_CONFIG_FILE", "="},
	{"AWS_SHARED_CREDENTIALS_FILE", "="},
	{"AWS_SDK_LOAD_CONFIG", "="},
	{"AWS_ENDPOINT_URL", "="},
	{"AWS_ENDPOINT_URL_STS", "="},
	{"AWS_ENDPOINT_URL_S3", "="},
	{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "="},
	{"AWS_CA_BUNDLE", "="},
	{"AWS_DEFAULT_OUTPUT", "="},
	{"AWS_PAGER", "="},
	{"AWS_CLI_AUTO_PROMPT", "="},
	{"AWS_CLI_FILE_ENCODING", "="},
	{"AWS_MAX_ATTEMPTS", "="},
	{"AWS_RETRY_MODE", "="},
	{"AWS_DEFAULTS_MODE", "="},
	{"AWS_STS_REGIONAL_ENDPOINTS", "="},
	{"AWS_USE_FIPS_ENDPOINT", "="},
	{"AWS_USE_DUALSTACK_ENDPOINT", "="},
	{"AWS_EC2_METADATA_DISABLED", "="},
	{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "="},
	{"AWS_METADATA_SERVICE_TIMEOUT", "="},
	{"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "="},
	{"AWS_SDK_UA_APP_ID", "="},
	{"AWS_REQUEST_CHECKSUM_CALCULATION", "="},
	{"AWS_SIGV4A_SIGNING_REGION_SET", "="},
	{"AWS_ACCOUNT_ID_ENDPOINT_MODE", "="},
	{"AWS_LAMBDA_FUNCTION_NAME", "="},
	{"SECAWS_BACKEND", "="},
	{"SECAWS_FILE_DIR", "="},
	{"SECAWS_PROMPT", "="},
	{"PATH", "="},
	{"MY_AWS_PROFILE", "="},
	{"DBUS_SESSION_BUS_ADDRESS", "="},
}

func testSession() Session {
	return Session{
		Credentials: aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token",
			AccountID: "333333333333", CanExpire: true, Expires: noon.In(time.FixedZone("far", 5*3600))},
		Profile: "Ops", Account: "333333333333", Region: "us-west-2",
	}
}

func TestEnviron(t *testing.T) {
	var base []string
	want := map[string]string{}
	for _, v := range known {
		base = append(base, v.name+"=was=so")
		switch v.becomes {
		case "":
		case "=":
			want[v.name] = "was=so"
		default:
			want[v.name] = v.becomes
		}
	}
	before := slices.Clone(base)
	got := map[string]string{}
	for _, entry := range Environ(base, testSession(), EnvironOptions{}) {
		name, value, _ := strings.Cut(entry, "=")
		if _, twice := got[name]; twice {
			t.Errorf("%s is set twice", name)
		}
		got[name] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if !slices.Equal(base, before) {
		t.Error("the environment given was changed")
	}
}

// A key itself has no token and no end, and a profile perhaps no region: what was
// there must neither stay where it misleads nor go where it does not.
func TestEnvironOfKey(t *testing.T) {
	base := []string{"AWS_SESSION_TOKEN=old", "AWS_CREDENTIAL_EXPIRATION=old", "AWS_ACCOUNT_ID=old", "AWS_REGION=eu-west-1"}
	s := Session{Credentials: aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"}, Profile: "ops"}
	want := []string{"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "SECAWS_PROFILE=ops", "AWS_VAULT=ops"}
	if diff := cmp.Diff(want, Environ(base, s, EnvironOptions{AWSVault: true})); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestScrub(t *testing.T) {
	base := []string{"A=1", "SECAWS_FILE_PASSPHRASE=x", "AWS_PROFILE=p", "SECAWS_BACKEND=file"}
	if diff := cmp.Diff([]string{"A=1", "AWS_PROFILE=p", "SECAWS_BACKEND=file"}, Scrub(base)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}
