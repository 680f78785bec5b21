//go:build unix

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rounds is how often each program is run. They take turns, so that what else the machine does hits all alike.
const rounds = 60

// subject is something to be timed.
type subject struct {
	name   string
	aim    float64 // at most so many times a hello-world; 0 for none
	cmd    func() *exec.Cmd
	before func() error // not timed

	times []time.Duration
	peak  int64 // bytes
}

// once runs the subject and keeps its time and the most memory it had.
func (s *subject) once() error {
	if s.before != nil {
		if err := s.before(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	cmd := s.cmd()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return fmt.Errorf("%s: %w: %s", s.name, err, stderr.String())
	}
	s.times = append(s.times, took)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = max(s.peak, int64(usage.Maxrss)<<10) //nolint:unconvert // 32 bits wide elsewhere
	}
	return nil
}

func (s *subject) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s.times))
	return sorted[len(sorted)/2]
}

// BenchmarkStart prints the table that the project's aims are about. It is one benchmark, since only what ran side by
// side can be compared.
func BenchmarkStart(b *testing.B) {
	p, err := newPlace(b)
	if err != nil {
		b.Fatal(err)
	}
	subjects := p.subjects(b)
	calls := 0
	for b.Loop() {
		for range rounds {
			for _, s := range subjects {
				before := p.calls()
				if err := s.once(); err != nil {
					b.Fatal(err)
				}
				if strings.HasPrefix(s.name, "warm") {
					calls += p.calls() - before
				}
			}
		}
	}
	report(b, subjects, calls, p.size())
}

func report(b *testing.B, subjects []*subject, calls int, size int64) {
	hello := subjects[0].median()
	var t strings.Builder
	fmt.Fprintf(&t, "\n%-44s %9s %8s %8s %9s\n", "whole processes, median of "+fmt.Sprint(rounds), "ms", "× hello", "aim", "peak MiB")
	for _, s := range subjects {
		ratio := float64(s.median()) / float64(hello)
		aim := ""
		if s.aim > 0 {
			aim = fmt.Sprintf("≤ %.1f", s.aim)
		}
		fmt.Fprintf(&t, "%-44s %9.2f %8.2f %8s %9.1f\n", s.name, float64(s.median().Microseconds())/1000, ratio, aim, float64(s.peak)/(1<<20))
		b.ReportMetric(ratio, strings.NewReplacer(" ", "-", ",", "").Replace(s.name)+"-x")
	}
	fmt.Fprintf(&t, "%-44s %9d %8s %8s\n", "calls to AWS in all the warm runs", calls, "", "0")
	fmt.Fprintf(&t, "%-44s %9.2f %8s %8s\n", "binary, stripped, MB", float64(size)/1e6, "", "≤ 16")
	fmt.Print(t.String())
	if calls > 0 {
		b.Errorf("%d calls to AWS in warm runs", calls)
	}
}

// place is a folder with the programs, a home and a lab.
type place struct {
	dir string
	env []string
}

func newPlace(b *testing.B) (*place, error) {
	p := &place{dir: b.TempDir()}
	for _, pkg := range []string{"cmd/secaws", "cmd/awslab", "internal/bench/hello"} {
		build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs,nethttpomithttp2", "-ldflags", "-s -w", "-o", p.dir+"/", "github.com/secaws/secaws/"+pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w: %s", pkg, err, out)
		}
	}
	p.env = []string{
		"PATH=" + p.dir + ":" + os.Getenv("PATH"), "HOME=" + p.dir + "/home", "TMPDIR=" + p.dir, "SECAWS_BACKEND=file",
		"SECAWS_FILE_PASSPHRASE=correct horse battery staple", "SECAWS_TEST_ROOT=" + p.dir,
	}
	if err := p.startLab(b); err != nil {
		return nil, err
	}
	return p, p.settle(p.env, "")
}

// startLab starts the lab as a process of its own, so that its work is not in our way.
func (p *place) startLab(b *testing.B) error {
	lab := exec.Command(filepath.Join(p.dir, "awslab"), "serve", "--dir", p.lab(), "--seed", "landing-zone", "--totp-step", "1s")
	if err := lab.Start(); err != nil {
		return err
	}
	b.Cleanup(func() {
		_ = lab.Process.Signal(os.Interrupt)
		_ = lab.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(p.lab(), "env"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if url, ok := strings.CutPrefix(strings.TrimSpace(line), "export AWS_ENDPOINT_URL="); ok {
				p.env = append(p.env, "AWS_ENDPOINT_URL="+url)
				return nil
			}
		}
	}
	return fmt.Errorf("the lab did not start")
}

func (p *place) lab() string { return filepath.Join(p.dir, "lab") }

// calls is how many calls the lab had.
func (p *place) calls() int {
	text, err := os.ReadFile(filepath.Join(p.lab(), "calls.jsonl"))
	if err != nil {
		return -1
	}
	return bytes.Count(text, []byte("\n"))
}

func (p *place) size() int64 {
	info, err := os.Stat(filepath.Join(p.dir, "secaws"))
	if err != nil {
		return 0
	}
	return info.Size()
}

const config = `[profile Ops]
region = us-west-2
secaws_key = ops
secaws_mfa_serial = arn:aws:iam::111111111111:mfa/ops
secaws_role_arn = arn:aws:iam::333333333333:role/Ops
secaws_mfa_process = %s totp --dir %s --fresh ops

[profile plain]
region = us-west-2
secaws_key = ops
`

// settle stores the key of ops in env's keychain, writes the profiles and makes the session. hold is the setting.
func (p *place) settle(env []string, hold string) error {
	if hold == "" {
		hold = "off"
	}
	home := valueOf(env, "HOME")
	settings := filepath.Join(home, ".config", "secaws")
	for _, dir := range []string{settings, filepath.Join(home, ".aws")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(settings, "settings.json"), []byte(`{"hold":"`+hold+`"}`), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf(config, filepath.Join(p.dir, "awslab"), p.lab())
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(text), 0o600); err != nil {
		return err
	}
	id, secret, err := p.key("ops")
	if err != nil {
		return err
	}
	add := p.command(append(slices.Clone(env), "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret), "secaws", "add", "ops", "--from-env", "--no-profile")()
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("secaws add: %w: %s", err, out)
	}
	if out, err := p.command(env, "secaws", "credential-process", "Ops")().CombinedOutput(); err != nil {
		return fmt.Errorf("secaws credential-process: %w: %s", err, out)
	}
	return nil
}

// key reads a user's key from the lab's credentials file.
func (p *place) key(user string) (id, secret string, err error) {
	text, err := os.ReadFile(filepath.Join(p.lab(), "credentials"))
	if err != nil {
		return "", "", err
	}
	_, section, _ := strings.Cut(string(text), "["+user+"]\n")
	for line := range strings.Lines(section) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch name {
		case "aws_access_key_id":
			id = value
		case "aws_secret_access_key":
			return id, value, nil
		}
	}
	return "", "", fmt.Errorf("the lab has no key of %s", user)
}

func (p *place) command(env []string, name string, args ...string) func() *exec.Cmd {
	path := filepath.Join(p.dir, name)
	return func() *exec.Cmd { return &exec.Cmd{Path: path, Args: append([]string{name}, args...), Env: env} }
}

func valueOf(env []string, key string) string {
	for _, entry := range env {
		if name, value, ok := strings.Cut(entry, "="); ok && name == key {
			return value
		}
	}
	return ""
}
