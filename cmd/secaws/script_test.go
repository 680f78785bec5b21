//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/secaws/secaws/internal/awslab"
)

// TestScript runs testdata/script/*.txtar with the built programs, in a sandbox each: HOME is $WORK/home, keys are in
// the file backend. To the commands of testscript it adds
//
//	lab [-seed S] [-totp-step D] [-faults SPEC] [-propagation D]
//	                        start a lab ($LAB is its folder), seeded with the landing zone unless told otherwise
//	lab faults|clock|age|deactivate ARG
//	                        bend the lab that runs: deactivate takes a user, whose key becomes inactive
//	person USER             store the key of a seeded user and write the profiles USER, Ops, plain and auto
//	key USER FILE           write the user's key to FILE as aws iam create-access-key prints it
//	secret USER             set $KEY_ID and $SECRET to the user's key
//	code USER               set $CODE to an unused code of the user's phone
//	calls ACTION N          the lab must have had N calls of ACTION by now
//	exits N PROG ARGS…      run a program, which must exit with N; then stdout and stderr as after exec
//	pty [-stdin F] [-stdout F] [-stderr F] [-exit N] DIALOG PROG ARGS…
//	                        run a program at a terminal, where a person plays the file DIALOG (see dialog); the
//	                        terminal's text becomes stdout
//	canary TEXT…            no file of the person's may hold TEXT, in clear or encoded; ! canary: one must
//	perms MODE FILE…        the files' permissions must be MODE, in octal
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "script"),
		Setup: setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"lab": cmdLab, "person": cmdPerson, "key": cmdKey, "secret": cmdSecret, "code": cmdCode, "calls": cmdCalls,
			"exits": cmdExits, "pty": cmdPTY, "canary": cmdCanary, "perms": cmdPerms,
		},
		Condition:           scriptCondition,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// scriptCondition knows [lacks:PROGRAM]: there is none in PATH. A script skips itself on that; with
// SECAWS_TEST_NO_SKIP=1 it is an error.
func scriptCondition(condition string) (bool, error) {
	program, ok := strings.CutPrefix(condition, "lacks:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	_, err := exec.LookPath(program)
	if err != nil && outsideEnv("SECAWS_TEST_NO_SKIP") == "1" {
		return false, fmt.Errorf("this machine lacks %s, and SECAWS_TEST_NO_SKIP=1", program)
	}
	return err != nil, nil
}

func setupScript(e *testscript.Env) error {
	s, err := newSandbox(e.WorkDir)
	if err != nil {
		return err
	}
	e.Vars = slices.Concat(s.env, []string{"WORK=" + e.WorkDir, "BIN=" + bin})
	e.Values[scriptKey{}] = &stage{sandbox: s}
	return nil
}

type scriptKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(scriptKey{}).(*stage) }

// current is the script's stage with the environment as the script has it now.
func current(ts *testscript.TestScript) *stage {
	st := stageOf(ts)
	copied := *st
	copied.sandbox = &sandbox{root: st.root, env: slices.Clone(st.env)}
	for _, name := range settable {
		if value := ts.Getenv(name); value != valueOf(st.env, name) {
			copied.set(name, value)
		}
	}
	return &copied
}

// settable are the variables that a script may set for pty and person; testscript cannot list those it has set.
var settable = []string{
	"PATH", "HOME", "SHELL", "TERM", "LAB", "WORK", "BIN", "SECAWS_PROMPT", "SECAWS_BACKEND", "SECAWS_FILE_DIR", "SECAWS_FILE_PASSPHRASE", "AWS_PROFILE",
	"AWS_REGION", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
}

func cmdLab(ts *testscript.TestScript, neg bool, args []string) {
	st := stageOf(ts)
	if len(args) == 2 && !strings.HasPrefix(args[0], "-") {
		bendLab(ts, st, args[0], args[1])
		return
	}
	var o awslab.Options
	flags := flag.NewFlagSet("lab", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Seed, "seed", awslab.SeedLandingZone, "")
	flags.DurationVar(&o.TOTPStep, "totp-step", labStep, "")
	flags.StringVar(&o.Faults, "faults", "", "")
	flags.DurationVar(&o.Propagation, "propagation", 0, "")
	ts.Check(flags.Parse(args))
	raised, stop, err := raise(st.sandbox, o)
	ts.Check(err)
	ts.Defer(stop)
	*st = *raised
	for _, name := range []string{"AWS_ENDPOINT_URL", "LAB"} {
		ts.Setenv(name, valueOf(st.env, name))
	}
}

func valueOf(env []string, key string) string {
	for _, entry := range env {
		if name, value, ok := strings.Cut(entry, "="); ok && name == key {
			return value
		}
	}
	return ""
}

func bendLab(ts *testscript.TestScript, st *stage, verb, arg string) {
	switch verb {
	case "faults":
		ts.Check(st.lab.SetFaults(arg))
		return
	case "deactivate":
		ts.Check(st.setKey(context.Background(), arg, types.StatusTypeInactive))
		return
	}
	d, err := time.ParseDuration(arg)
	ts.Check(err)
	switch verb {
	case "clock":
		st.lab.Advance(d)
	case "age":
		st.lab.AgeSessions(d)
	default:
		ts.Fatalf("lab %s: no such verb", verb)
	}
}

func cmdPerson(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(current(ts).settle(args[0]))
}

func cmdKey(ts *testscript.TestScript, neg bool, args []string) {
	document, err := stageOf(ts).created(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(document), 0o600))
}

func cmdSecret(ts *testscript.TestScript, neg bool, args []string) {
	p, err := stageOf(ts).key(args[0])
	ts.Check(err)
	ts.Setenv("KEY_ID", p.AccessKeyID)
	ts.Setenv("SECRET", p.Secret)
}

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	code, err := stageOf(ts).code(args[0])
	ts.Check(err)
	ts.Setenv("CODE", code)
}

func cmdCalls(ts *testscript.TestScript, neg bool, args []string) {
	if got := strconv.Itoa(stageOf(ts).calls(args[0])); got != args[1] {
		ts.Fatalf("the lab had %s calls of %s, want %s", got, args[0], args[1])
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func cmdPTY(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("pty", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	stdin, stdout, stderr := flags.String("stdin", "", ""), flags.String("stdout", "", ""), flags.String("stderr", "", "")
	want := flags.Int("exit", 0, "")
	ts.Check(flags.Parse(args))
	st := current(ts)
	cmd := st.command(flags.Arg(1), flags.Args()[2:]...)
	ts.Check(redirect(ts, cmd, *stdin, *stdout, *stderr))
	p, err := sitDown(cmd)
	ts.Check(err)
	d := dialog{
		lines:  strings.Split(ts.ReadFile(flags.Arg(0)), "\n"),
		expand: func(s string) string { return os.Expand(s, ts.Getenv) },
		phone:  freshCodes(st),
		run: func(line string) error {
			aside := st.command("sh", "-c", line)
			out, err := aside.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		},
	}
	err = d.play(p)
	if err != nil {
		_ = p.cmd.Process.Kill()
	}
	got, leaveErr := p.leave()
	fmt.Fprint(ts.Stdout(), strings.ReplaceAll(p.shown(), "\r\n", "\n"))
	ts.Check(errors.Join(err, leaveErr))
	if got != *want {
		ts.Fatalf("exit code %d, want %d; the terminal showed:\n%s", got, *want, p.shown())
	}
}

// redirect sends the streams that are named to files of the script.
func redirect(ts *testscript.TestScript, cmd *exec.Cmd, stdin, stdout, stderr string) error {
	if stdin != "" {
		f, err := os.Open(ts.MkAbs(stdin))
		if err != nil {
			return err
		}
		ts.Defer(func() { _ = f.Close() })
		cmd.Stdin = f
	}
	for _, to := range []struct {
		name string
		w    *io.Writer
	}{{stdout, &cmd.Stdout}, {stderr, &cmd.Stderr}} {
		if to.name == "" {
			continue
		}
		f, err := os.Create(ts.MkAbs(to.name))
		if err != nil {
			return err
		}
		ts.Defer(func() { _ = f.Close() })
		*to.w = f
	}
	return nil
}

func cmdCanary(ts *testscript.TestScript, neg bool, args []string) {
	st := stageOf(ts)
	hits, err := sightings([]string{st.home(), filepath.Join(st.root, ".tmp")}, nil, args)
	ts.Check(err)
	switch {
	case !neg && len(hits) > 0:
		ts.Fatalf("a secret lies in clear in\n%s", strings.Join(hits, "\n"))
	case neg && len(hits) == 0:
		ts.Fatalf("the secret is nowhere to be found")
	}
}

func cmdPerms(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Lstat(ts.MkAbs(name))
		ts.Check(err)
		if got := strconv.FormatInt(int64(info.Mode().Perm()), 8); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", name, got, args[0])
		}
	}
}
