package keyring

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Variables by which a test says what it made for itself. Either of them, or a
// binary that `go test` built, arms the guard.
const (
	// testRoot names the folder below which all of a test's files are. Unset: the temporary folder.
	testRoot = "SECAWS_TEST_ROOT"
	// testKeychain names the one backend, other than file, that the test started for itself.
	testKeychain = "SECAWS_TEST_KEYCHAIN"
)

// refuseInTest stops a test from opening the person's own keychain or files.
func refuseInTest(o Options, backend string) error {
	root, armed := os.LookupEnv(testRoot)
	if !armed && os.Getenv(testKeychain) == "" && !isTestBinary(os.Args[0]) {
		return nil
	}
	if root == "" {
		root = os.TempDir()
	}
	for _, path := range []string{o.Dir, o.FileDir, o.Settings} {
		if path != "" && !within(root, path) {
			return fmt.Errorf("a test may not use %s: it is not under %s", path, root)
		}
	}
	if backend != "" && backend != File && os.Getenv(testKeychain) != backend {
		return fmt.Errorf("a test may not open the person's own keychain (%s)", backend)
	}
	return nil
}

func isTestBinary(arg0 string) bool {
	return strings.HasSuffix(strings.TrimSuffix(arg0, ".exe"), ".test")
}

func within(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
