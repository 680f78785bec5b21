package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/internal/killpoint"
)

// Killed before each of its writes, an import has not lost the key: it is in the keychain, and works, or still in the
// file. When all is done no copy in clear is left, not even of the kills.
func TestImportKilledAtEveryWrite(t *testing.T) {
	st := newStage(t, awslab.Options{})
	ops, err := st.key("ops")
	must(t, err)
	credentials := filepath.Join(st.home(), ".aws", "credentials")
	clear := fmt.Sprintf("# mine\n[%%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n[other]\nregion = x\n", ops.AccessKeyID, ops.Secret)
	kills := map[string]int{} // by what was left
	const name = "jon"
	for n := 1; ; n++ {
		must(t, os.WriteFile(credentials, fmt.Appendf(nil, clear, name), 0o600))
		killed, err := killpoint.Run(st.command("secaws", "import", "--no-verify", "--remove", "--profile", name), n)
		must(t, err)
		text := readFile(t, credentials)
		inFile := text == fmt.Sprintf(clear, name)
		if !inFile && text != "# mine\n[other]\nregion = x\n" {
			t.Fatalf("killed at write %d: the file is torn: %q", n, text)
		}
		stdout, stderr, code := st.run("secaws", "list", "--json")
		if code != 0 {
			t.Fatalf("killed at write %d: %s", n, stderr)
		}
		inKeychain := strings.Contains(stdout, `"name": "`+name+`"`)
		if inKeychain {
			_, stderr, code := st.run("secaws", "import", "--no-verify", "--dry-run", name) // compares the secrets
			if inFile && code != 0 {
				t.Fatalf("killed at write %d: the stored key is not the one: %s", n, stderr)
			}
		}
		if !inFile && !inKeychain {
			t.Fatalf("killed at write %d: the key is in neither", n)
		}
		if inKeychain {
			if _, stderr, code := st.run("secaws", "remove", "--yes", name); code != 0 {
				t.Fatalf("killed at write %d: %s", n, stderr)
			}
		}
		kills[fmt.Sprintf("in the file %v, in the keychain %v", inFile, inKeychain)]++
		if !killed {
			break
		}
		if n > 500 {
			t.Fatal("an import has more than 500 writes")
		}
	}
	t.Logf("%v", kills)
	for _, left := range []string{"in the file true, in the keychain false", "in the file true, in the keychain true", "in the file false, in the keychain true"} {
		if kills[left] == 0 {
			t.Errorf("no kill left the key %s", left)
		}
	}
	must(t, os.WriteFile(credentials, fmt.Appendf(nil, clear, "last"), 0o600))
	if _, stderr, code := st.run("secaws", "import", "--no-verify", "--remove", "last"); code != 0 {
		t.Fatal(stderr)
	}
	hits, err := sightings([]string{st.home(), filepath.Join(st.root, ".tmp")}, nil, []string{ops.Secret})
	if err != nil || len(hits) > 0 {
		t.Errorf("left in clear: %v, %v", hits, err)
	}
}
