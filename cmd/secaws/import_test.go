//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/awslab"
)

// vaultItem is a key as aws-vault stores it.
func vaultItem(t *testing.T, name string, p awslab.Profile) keyring.Item {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"AccessKeyID": p.AccessKeyID, "SecretAccessKey": p.Secret, "SessionToken": "", "Source": "", "CanExpire": false, "Expires": "0001-01-01T00:00:00Z",
	})
	must(t, err)
	return keyring.Item{Key: name, Label: "aws-vault (" + name + ")", Data: data}
}

func TestImportFromAWSVaultFolder(t *testing.T) {
	st := newStage(t, awslab.Options{})
	ops, err := st.key("ops")
	must(t, err)
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault",
		FileDir: filepath.Join(st.home(), ".awsvault", "keys"), FilePasswordFunc: keyring.FixedStringPrompt("vault passphrase"),
	})
	must(t, err)
	must(t, ring.Set(vaultItem(t, "jon", ops)))
	must(t, ring.Set(keyring.Item{Key: "sts.GetSessionToken,am9u,,1700000000", Data: []byte("{}")}))
	must(t, os.WriteFile(filepath.Join(st.home(), ".aws", "config"), []byte("[profile jon]\nmfa_serial = "+opsSerial+"\ncredential_process = /bin/false evil\n"), 0o600))
	importJon(t, st, "AWS_VAULT_FILE_PASSPHRASE=vault passphrase")
	if _, stderr, code := collect(withEnv(st.command("secaws", "import", "--from", "aws-vault"), "SECAWS_PROMPT=none")); code != 1 || !strings.Contains(stderr, "AWS_VAULT_FILE_PASSPHRASE") {
		t.Errorf("without a passphrase: exit code %d, %s", code, stderr)
	}
}

func TestImportFromAWSVaultInPass(t *testing.T) {
	needsProgram(t, "pass")
	needsProgram(t, "gpg")
	st := newStage(t, awslab.Options{})
	ops, err := st.key("ops")
	must(t, err)
	gnupg, err := os.MkdirTemp("/tmp", "gpg") // the agent's socket needs a short path
	must(t, err)
	st.set("GNUPGHOME", gnupg)
	t.Cleanup(func() {
		_, _, _ = st.run("gpgconf", "--kill", "all")
		_ = os.RemoveAll(gnupg)
	})
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "test@example.com", "default", "default", "never"},
		{"pass", "init", "test@example.com"},
	} {
		if out, stderr, code := st.run(args[0], args[1:]...); code != 0 {
			t.Fatalf("%v: %s%s", args, out, stderr)
		}
	}
	// As aws-vault without a prefix has pass keep it: the library's item, under the key's bare name.
	for name, item := range map[string]any{"jon": vaultItem(t, "jon", ops), "private": "nobody's business"} {
		data, err := json.Marshal(item)
		must(t, err)
		cmd := st.command("pass", "insert", "-m", "-f", name)
		cmd.Stdin = strings.NewReader(string(data))
		if _, stderr, code := collect(cmd); code != 0 {
			t.Fatal(stderr)
		}
	}
	must(t, os.WriteFile(filepath.Join(st.home(), ".aws", "config"), []byte("[profile jon]\nmfa_serial = "+opsSerial+"\n"), 0o600))
	stderr := importJon(t, st, "AWS_VAULT_BACKEND=pass")
	if strings.Contains(stderr, "private") {
		t.Errorf("an item that is not aws-vault's was read: %s", stderr)
	}
}

// importJon imports the only key of an aws-vault, looks at what came of it, and returns the stderr.
func importJon(t *testing.T, st *stage, env ...string) string {
	t.Helper()
	before := readFile(t, filepath.Join(st.home(), ".aws", "config"))
	stdout, stderr, code := collect(withEnv(st.command("secaws", "import", "--from", "aws-vault", "--json"), env...))
	var answers []importAnswer
	if code != 0 || json.Unmarshal([]byte(stdout), &answers) != nil {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if len(answers) != 1 || answers[0].Name != "jon" || answers[0].Outcome != importStored || answers[0].User != "ops" {
		t.Fatalf("answers %+v", answers)
	}
	stdout, stderr2, code := st.run("secaws", "list", "--json")
	if code != 0 || !strings.Contains(stdout, opsSerial) || strings.Contains(stdout, "GetSessionToken") {
		t.Errorf("list: %s%s", stdout, stderr2)
	}
	if after := readFile(t, filepath.Join(st.home(), ".aws", "config")); after != before {
		t.Errorf("the config is now %s", after)
	}
	return stderr
}

func withEnv(cmd *exec.Cmd, env ...string) *exec.Cmd {
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

// However hostile the files, no program named in them gets into the config that secaws writes, and none runs. The keys are
// taken over and the profiles served all the same, but for those to which SDKs would not come past the program.
func TestHostileImports(t *testing.T) {
	t.Parallel()
	st := newStage(t, awslab.Options{})
	r := rand.New(rand.NewPCG(6, 12))
	aws := filepath.Join(st.home(), ".aws")
	served := 0
	for range 10 {
		var file strings.Builder
		for n := range 10 {
			fmt.Fprintf(&file, "[h%d]\naws_access_key_id = AKIAIOSFODNN7EXAMPL%c\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n%s",
				n, 'A'+rune(n), programs(r, "/usr/bin/touch "+filepath.Join(st.root, "canary")))
		}
		must(t, os.WriteFile(filepath.Join(aws, "credentials"), []byte(file.String()), 0o600))
		must(t, os.RemoveAll(filepath.Join(aws, "config")))
		stdout, stderr, _ := st.run("secaws", "import", "--no-verify", "--remove", "--profile", "--json")
		config := readFile(t, filepath.Join(aws, "config"))
		if strings.Contains(config, "canary") {
			t.Fatalf("written into the config: %s\n%s", config, stderr)
		}
		var answers []importAnswer
		if err := json.Unmarshal([]byte(stdout), &answers); err != nil || len(answers) != 10 {
			t.Fatalf("%v, %s%s", err, stdout, stderr)
		}
		for _, a := range answers {
			if a.Removed == "" || strings.Contains(readFile(t, filepath.Join(aws, "credentials")), a.KeyID) {
				t.Errorf("not taken over: %+v", a)
			}
			if a.Profile != "" {
				served++
			}
		}
	}
	if served < 20 || served > 80 {
		t.Errorf("%d of 100 profiles are served", served)
	}
	if exists(filepath.Join(st.root, "canary")) {
		t.Error("a program ran")
	}
}

// programs are lines of a profile that name evil for all that a program can be named for.
func programs(r *rand.Rand, evil string) string {
	keys := []string{"credential_process", "mfa_process", "secaws_mfa_process", "secaws_credential_process", "web_identity_token_process", "aws_login_process", "CREDENTIAL_PROCESS", "Mfa_Process"}
	var b strings.Builder
	used := map[string]bool{}
	for range 1 + r.IntN(4) {
		if key := keys[r.IntN(len(keys))]; !used[strings.ToLower(key)] {
			used[strings.ToLower(key)] = true
			fmt.Fprintf(&b, "%s = %s\n", key, evil)
		}
	}
	return b.String()
}
