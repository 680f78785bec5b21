package awslab

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func start(t testing.TB, o Options) (*Lab, *Server) {
	t.Helper()
	lab, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server, err := lab.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return lab, server
}

func TestStartOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.org:0", "127.0.0.1", "169.254.169.254:80", ""} {
		lab, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := lab.Start(addr); err == nil {
			s.Close()
			t.Errorf("%q accepted", addr)
		}
	}
	for _, addr := range []string{"localhost:0", "127.0.0.2:0"} {
		lab, _ := New(Options{})
		s, err := lab.Start(addr)
		if err != nil {
			t.Errorf("%q: %v", addr, err)
			continue
		}
		s.Close()
	}
}

// The files of a lab are all the SDK needs, and nobody else may read them.
func TestHome(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a lab's home")
	_, server := start(t, Options{Seed: SeedLandingZone, Dir: dir})
	for _, pair := range Environment(dir, server.URL) {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	want := map[string]string{
		"secure-aws-admin": "arn:aws:iam::111111111111:user/bootstrap", "secure-aws-infra": "arn:aws:iam::222222222222:user/bootstrap",
		"secure-aws-preprod": "arn:aws:iam::333333333333:user/bootstrap", "secure-aws-prod": "arn:aws:iam::444444444444:user/bootstrap",
		"admin": "arn:aws:iam::111111111111:user/admin", "ops": "arn:aws:iam::111111111111:user/ops", "dev": "arn:aws:iam::111111111111:user/dev",
	}
	for profile, arn := range want {
		c, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(profile))
		if err != nil {
			t.Fatal(err)
		}
		who, err := sts.NewFromConfig(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil || *who.Arn != arn || c.Region != "us-west-2" {
			t.Errorf("profile %s in %s: %v, %v, want %s", profile, c.Region, who, err, arn)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "calls.jsonl"))
	if n := strings.Count(string(text), "GetCallerIdentity"); err != nil || n != len(want) {
		t.Errorf("%d calls in calls.jsonl, %v, want %d", n, err, len(want))
	}
	checkModes(t, dir)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Dial(dir); err == nil {
		t.Error("a lab is told to run when it is down")
	}
}

func checkModes(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return // access lists, not modes
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 5 {
		t.Fatalf("files %q, %v", names, err)
	}
	for _, name := range append(names, dir) {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v, want nothing for others", name, info.Mode(), err)
		}
	}
}

func TestOneLabInAFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir})
	second, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := second.Start("127.0.0.1:0"); err == nil {
		s.Close()
		t.Error("two labs in one folder")
	} else if want := "a lab runs in " + dir + " already"; err.Error() != want {
		t.Errorf("two labs in one folder: %v, want %s", err, want)
	}
	checkModes(t, dir)
}

// A folder like ~/.aws is left as it is; one that a lab left behind serves the next.
func TestNobodysFilesAreWrittenOver(t *testing.T) {
	for _, name := range []string{"config", "credentials", "env"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, ours := range []bool{false, true} {
			if ours {
				if err := os.WriteFile(filepath.Join(dir, callsFile), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			l, err := New(Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			s, err := l.Start("127.0.0.1:0")
			if err == nil {
				s.Close()
			}
			text, _ := os.ReadFile(path)
			if (err == nil) != ours || (string(text) == "mine") == ours {
				t.Errorf("%s, a lab's folder %v: %v, %s", name, ours, err, text)
			}
		}
	}
}

func TestControl(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	lab, _ := start(t, Options{Seed: SeedLandingZone, Dir: dir, TOTPStep: time.Second})
	control, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	code, err := control.TOTP(ctx, "ops", true)
	if err != nil || len(code.Digits) != 6 || code.Used {
		t.Fatalf("TOTP = %+v, %v", code, err)
	}
	lab.mu.Lock()
	lab.steps[serialOf("ops")] = lab.step()
	lab.mu.Unlock()
	if fresh, err := control.TOTP(ctx, "ops", true); err != nil || fresh.Used || fresh.Before == code.Before {
		t.Errorf("fresh TOTP = %+v after %+v, %v", fresh, code, err)
	}
	if _, err := control.TOTP(ctx, "nobody", false); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("TOTP of nobody: %v", err)
	}
	if now, err := control.Advance(ctx, time.Hour); err != nil || now.Before(time.Now().Add(59*time.Minute)) {
		t.Errorf("Advance = %v, %v", now, err)
	}
	if err := control.SetFaults(ctx, "x"); err == nil {
		t.Error("SetFaults accepted nonsense")
	}
	if err := control.SetFaults(ctx, "*=throttle"); err != nil {
		t.Error(err)
	}
	if err := control.AgeSessions(ctx, time.Hour); err != nil {
		t.Error(err)
	}
	if s, err := control.Snapshot(ctx); err != nil || s["Accounts.111111111111.Users.ops.Name"] != "ops" {
		t.Errorf("Snapshot of %d values, %v", len(s), err)
	}
}

func TestControlNeedsItsToken(t *testing.T) {
	_, server := start(t, Options{Seed: SeedLandingZone})
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic x"} {
		r, _ := http.NewRequest("POST", server.URL+controlPath+"totp", strings.NewReader(`{"user":"ops"}`))
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %s", authorization, response.Status)
		}
	}
	s := newStage(t, Options{})
	if a := s.get(s.server.URL + controlPath + "totp"); a.status != http.StatusForbidden {
		t.Errorf("without Start: %d", a.status)
	}
}

func TestPhone(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	root := s.admin(adminAccount)
	ops, err := s.TOTP("ops")
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"OPS", serialOf("ops"), adminAccount + "/ops"} {
		if got, err := s.TOTP(who); err != nil || got != ops {
			t.Errorf("TOTP(%s) = %+v, %v, want %+v", who, got, err, ops)
		}
	}
	for _, who := range []string{infraAccount + "/ops", "bootstrap", "", serialOf("nobody")} {
		if got, err := s.TOTP(who); err == nil {
			t.Errorf("TOTP(%q) = %+v", who, got)
		}
	}
	if ops.Left != 30*time.Second {
		t.Errorf("the next code comes in %v, want 30s", ops.Left)
	}
	s.do(root, "iam", "CreateVirtualMFADevice", "VirtualMFADeviceName", "spare")
	if spare, err := s.TOTP("spare"); err != nil || spare.Used {
		t.Errorf("a device that is not enabled: %+v, %v", spare, err)
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"/a/b-1.c": "/a/b-1.c", "a b": "'a b'", "it's": `'it'\''s'`, "": "''", "$x": "'$x'", "é": "'é'"} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, account := range []string{"111111111111", "000000000001", "999999999999"} {
		for range 200 {
			id, key := newID(prefixRole, account), newKeyID(prefixTemporary, account)
			if len(id) != 21 || !strings.HasPrefix(id, "AROA") || len(key) != 20 || seen[id] || seen[key] {
				t.Fatalf("ids %s, %s", id, key)
			}
			seen[id], seen[key] = true, true
			if got, ok := accountOfKey(key); !ok || got != account {
				t.Errorf("accountOfKey(%s) = %s, want %s", key, got, account)
			}
		}
	}
	// One of AWS's, published with its account: https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
	if got, _ := accountOfKey("ASIAQNZGKIQY56JQ7WML"); got != "029608264753" {
		t.Errorf("accountOfKey = %s, want 029608264753", got)
	}
	if n := len(newSecret()); n != 40 {
		t.Errorf("a secret of %d characters, want 40", n)
	}
	if n := len(newSeed()); n != 64 {
		t.Errorf("a seed of %d characters, want 64", n)
	}
}

// The environment file is read by a shell.
func TestExports(t *testing.T) {
	text := exports(Environment("/tmp/it's here", "http://127.0.0.1:1"))
	if want := "export AWS_CONFIG_FILE='/tmp/it'\\''s here/config'\n"; !strings.HasPrefix(text, want) {
		t.Errorf("exports = %s, want it to begin %s", text, want)
	}
}
