package awslab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestClients lets the AWS CLI, boto3 and the JavaScript SDK take the walk through a
// landing zone. Each script in testdata ends at the first answer that is not AWS's.
// SECAWS_JS_MODULES is the node_modules folder that holds the JavaScript SDK's packages.
func TestClients(t *testing.T) {
	scripts := []struct {
		name    string
		command []string
		needs   [][]string // commands that succeed where the script can run
		environ []string
	}{
		{
			name: "the AWS CLI", command: []string{"testdata/walk.sh"},
			needs: [][]string{{"aws", "--version"}, {"oathtool", "--version"}, {"zbarimg", "--version"}, {"openssl", "version"}},
		},
		{
			name: "boto3", command: []string{"python3", "testdata/walk.py"},
			needs: [][]string{{"python3", "-c", "import boto3"}},
		},
		{
			name: "the JavaScript SDK", command: []string{"node", "--no-warnings", "testdata/walk.cjs"},
			needs:   [][]string{{"node", "-e", "require('@aws-sdk/client-s3')"}},
			environ: []string{"NODE_PATH=" + os.Getenv("SECAWS_JS_MODULES")},
		},
	}
	awslab := filepath.Join(t.TempDir(), "awslab")
	if out, err := exec.Command("go", "build", "-o", awslab, "../../cmd/awslab").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, need := range s.needs {
				require(t, s.environ, need)
			}
			if _, err := os.ReadFile(s.command[len(s.command)-1]); err != nil { // so that go test knows when it changed
				t.Fatal(err)
			}
			dir := t.TempDir()
			cmd := exec.Command(awslab, append([]string{"run", "--dir", dir, "--"}, s.command...)...)
			cmd.Env = append(os.Environ(), append(s.environ, "AWSLAB="+awslab, "LAB_DIR="+dir)...)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.HasSuffix(string(out), "walk done\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// require skips the test where a tool is missing; where nothing may be skipped it fails.
func require(t *testing.T, environ, argv []string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), environ...)
	if err := cmd.Run(); err == nil {
		return
	}
	if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
		t.Fatalf("missing: %s", strings.Join(argv, " "))
	}
	t.Skipf("missing: %s", strings.Join(argv, " "))
}
