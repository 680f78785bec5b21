package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/internal/killpoint"
)

// Killed before each of its writes, an import has not lost the key: it is in the keychain, and works, or still in the
// file. No other copy in clear is left, not even by the kills.
func TestImportKilledAtEveryWrite(t *testing.T) {
	t.Parallel()
	const name, rest = "jon", "# mine\n[other]\nregion = x\n"
	st := newStage(t, awslab.Options{})
	ops, err := st.key("ops")
	must(t, err)
	credentials := filepath.Join(st.home(), ".aws", "credentials")
	clear := fmt.Sprintf("# mine\n[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n[other]\nregion = x\n", name, ops.AccessKeyID, ops.Secret)
	must(t, os.WriteFile(credentials, []byte(clear), 0o600))
	if _, stderr, code := st.run("secaws", "import", "--no-verify", "--as", "first", name); code != 0 { // so that the store is there
		t.Fatal(stderr)
	}
	before := filepath.Join(st.root, "before")
	must(t, exec.Command("cp", "-a", st.home(), before).Run())
	kills := map[string]int{} // by what was left
	killed := true
	for n := 1; killed; n++ {
		killed, err = killpoint.Run(st.command("secaws", "import", "--no-verify", "--remove", "--profile", name), n)
		must(t, err)
		text := readFile(t, credentials)
		if text != clear && text != rest {
			t.Fatalf("killed at write %d: the file is torn: %q", n, text)
		}
		inFile := text == clear
		hits, err := sightings([]string{st.home(), filepath.Join(st.root, ".tmp")}, nil, []string{ops.Secret})
		if err != nil || !inFile && len(hits) > 0 || inFile && !slices.Equal(hits, []string{credentials + ": raw"}) {
			t.Fatalf("killed at write %d: in clear in %v, %v", n, hits, err)
		}
		inKeychain := isStored(t, st, name, clear)
		if !inFile && !inKeychain {
			t.Fatalf("killed at write %d: the key is in neither", n)
		}
		kills[fmt.Sprintf("in the file %v, in the keychain %v", inFile, inKeychain)]++
		if n > 500 {
			t.Fatal("an import has more than 500 writes")
		}
		if killed {
			must(t, os.RemoveAll(st.home()), exec.Command("cp", "-a", before, st.home()).Run())
		}
	}
	t.Logf("%v", kills)
	for _, left := range []string{"in the file true, in the keychain false", "in the file true, in the keychain true", "in the file false, in the keychain true"} {
		if kills[left] == 0 {
			t.Errorf("no kill left the key %s", left)
		}
	}
}

// isStored tells whether the very key that clear holds is in the keychain: a dry run of the import compares the two.
func isStored(t *testing.T, st *stage, name, clear string) bool {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(st.home(), ".aws", "credentials"), []byte(clear), 0o600))
	stdout, stderr, code := st.run("secaws", "import", "--no-verify", "--dry-run", "--json", name)
	var answers []importAnswer
	if err := json.Unmarshal([]byte(stdout), &answers); code != 0 || err != nil || len(answers) != 1 {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	return answers[0].Outcome == importThere
}
