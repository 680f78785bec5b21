package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The SDK's log modes print signatures, tokens and MFA codes: no file of the program turns one on.
// https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/aws#ClientLogMode
func TestNoSDKLogMode(t *testing.T) {
	modes := []string{"ClientLogMode", "LogSigning", "LogRequest", "LogRequestWithBody", "LogResponse", "LogResponseWithBody", "WithClientLogMode"}
	files := 0
	for _, dir := range []string{"cmd/secaws", "keyring", "session", "configgen", "internal"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok && slices.Contains(modes, name.Name) {
					t.Errorf("%s names %s", path, name.Name)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}
