// Package house holds the rules of the source tree that the compiler does not know: who may import whom.
package house

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/secaws/secaws"

// deps returns the packages that pkg is built from, its own path included.
func deps(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", module+"/"+pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	set := map[string]bool{}
	for _, p := range strings.Fields(string(out)) {
		set[p] = true
	}
	if !set[module+"/"+pkg] {
		t.Fatalf("go list -deps %s does not list the package itself", pkg)
	}
	return set
}

// imports returns what the package's own files import, tests apart.
func imports(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, module+"/"+pkg).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

func TestForbiddenImports(t *testing.T) {
	const iam = "github.com/aws/aws-sdk-go-v2/service/iam"
	siblings := []string{module + "/keyring", module + "/session", module + "/configgen", module + "/configgen/provision"}
	tests := []struct {
		pkg    string
		forbid []string
		why    string
	}{
		{"cmd/secaws", []string{module + "/internal/awslab"}, "the rehearsal cloud never ships in the tool"},
		{"cmd/secaws", []string{"github.com/atotto/clipboard", "golang.design/x/clipboard", "github.com/gen2brain/beeep"}, "a secret never goes to a clipboard or a notification"},
		{"keyring", append([]string{iam}, siblings[1:]...), "keyring stands alone"},
		{"session", append([]string{iam, siblings[0], "github.com/99designs/keyring"}, siblings[2:]...), "session stands alone"},
		{"configgen", []string{iam, siblings[0], siblings[3]}, "configgen knows session's Profile only"},
		{"configgen/provision", []string{siblings[0]}, "provision is given credentials, it does not fetch them"},
	}
	for _, tt := range tests {
		got := deps(t, tt.pkg)
		for _, f := range tt.forbid {
			if got[f] {
				t.Errorf("%s is built from %s: %s", tt.pkg, f, tt.why)
			}
		}
	}
}

func TestOnlyProvisionImportsIAM(t *testing.T) {
	out, err := exec.Command("go", "list", module+"/cmd/...", module+"/keyring", module+"/session", module+"/configgen/...", module+"/internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		pkg := strings.TrimPrefix(p, module+"/")
		for _, i := range imports(t, pkg) {
			if i == "github.com/aws/aws-sdk-go-v2/service/iam" && pkg != "configgen/provision" {
				t.Errorf("%s imports the IAM client; only configgen/provision may", pkg)
			}
		}
	}
}

// The SDK's config package links SSO, IMDS and more, none of which a credential helper may reach for by itself.
func TestWarmPathIsLean(t *testing.T) {
	got := deps(t, "cmd/secaws")
	for _, f := range []string{"github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/feature/ec2/imds", "net/http/pprof", "expvar"} {
		if got[f] {
			t.Errorf("cmd/secaws is built from %s", f)
		}
	}
}
