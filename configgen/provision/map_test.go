package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/secaws/secaws/configgen"
)

func pinned() configgen.Blueprint {
	return configgen.DefaultBlueprint().Pinned(map[string]string{"admin": "111111111111", "infra": "222222222222", "preprod": "333333333333", "prod": "444444444444"})
}

func TestMapShowsWhoCanDoWhatWhere(t *testing.T) {
	for name, draw := range map[string]func(configgen.Blueprint) string{"map.txt": Map, "map.mermaid": Mermaid} {
		path := filepath.Join("testdata", name)
		got := draw(pinned())
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMapFits100Columns(t *testing.T) {
	b := pinned()
	for i := range b.Roles {
		b.Roles[i].Policies = append(b.Roles[i].Policies, configgen.Policy{Name: strings.Repeat("VeryLongPolicy", 9)})
		b.Roles[i].Name, b.Roles[i].Group = strings.Repeat("r", 64), strings.Repeat("g", 128)
	}
	for _, line := range strings.Split(Map(b), "\n") {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
