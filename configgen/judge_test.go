package configgen

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// judgeFiles is one pair of files to read, as testdata/judge.py takes it.
type judgeFiles struct {
	Config      string `json:"config"`
	Credentials string `json:"credentials"`
	Get         bool   `json:"get"` // also ask `aws configure get` for every key
}

// reading is what botocore read; a profile's values are texts or blocks.
type reading struct {
	Profiles map[string]map[string]any    `json:"profiles"`
	Services map[string]map[string]any    `json:"services"`
	Get      map[string]map[string]string `json:"get"`
	Error    string                       `json:"error"`
	Refused  bool                         `json:"refused"` // in goldens, in place of the text of Error
}

func (r reading) refused() bool { return r.Refused || r.Error != "" }

// flat is the profile in the form Raw gives.
func flat(values map[string]any) map[string]string {
	out := map[string]string{}
	for key, value := range values {
		switch v := value.(type) {
		case string:
			out[key] = v
		case map[string]any:
			for sub, text := range v {
				out[key+"."+sub] = text.(string)
			}
		}
	}
	return out
}

type verdict struct {
	Files   []reading  `json:"files"`
	POSIX   [][]string `json:"posix"`
	Windows [][]string `json:"windows"`
}

// skip ends a test for which this machine lacks something; in CI that is a failure.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("SECAWS_TEST_NO_SKIP") == "1" {
		t.Fatalf("must not be skipped here: %s", why)
	}
	t.Skip(why)
}

// judge asks the botocore of this machine.
func judge(t *testing.T, files []judgeFiles, commands []string) verdict {
	t.Helper()
	if err := exec.Command("python3", "-c", "import botocore.session").Run(); err != nil {
		skip(t, "python3 with botocore is not installed")
	}
	in, err := json.Marshal(map[string]any{"files": files, "commands": commands})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", filepath.Join("testdata", "judge.py"))
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("judge.py: %v", err)
	}
	var v verdict
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("judge.py: %v", err)
	}
	return v
}
