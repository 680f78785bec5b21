package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// forksOf runs a program in the sandbox and counts the processes that it and they start. Threads do not count.
func forksOf(t *testing.T, s *sandbox, argv ...string) (forks int, stdout string) {
	t.Helper()
	out, err := os.Create(filepath.Join(s.root, "trace"))
	must(t, err)
	defer out.Close()
	runtime.LockOSThread() // the tracer is a thread
	defer runtime.UnlockOSThread()
	cmd := s.command(argv[0], argv[1:]...)
	cmd.Stdout = out
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	must(t, cmd.Start())
	forks, err = trace(cmd.Process.Pid)
	must(t, err)
	return forks, readFile(t, out.Name())
}

// trace follows a process that was started to be traced, its threads and its children to their ends.
// https://man7.org/linux/man-pages/man2/ptrace.2.html
func trace(pid int) (forks int, err error) {
	const options = syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK | syscall.PTRACE_O_TRACECLONE
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return 0, err
	}
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return 0, err
	}
	if err := syscall.PtraceCont(pid, 0); err != nil {
		return 0, err
	}
	traced := map[int]bool{pid: true}
	for len(traced) > 0 {
		for who := range traced { // and never for all children: those of other tests are none of ours
			got, err := syscall.Wait4(who, &status, syscall.WALL|syscall.WNOHANG, nil)
			switch {
			case err != nil || got == who && !status.Stopped():
				delete(traced, who)
			case got == who:
				forked, child := event(who, status)
				if child != 0 {
					traced[child] = true
				}
				if forked {
					forks++
				}
			}
		}
		runtime.Gosched()
	}
	return forks, nil
}

// event lets a stopped process go on, and tells whether it stopped for having started a process, or a thread.
func event(who int, status syscall.WaitStatus) (forked bool, child int) {
	cause, signal := status.TrapCause(), status.StopSignal()
	switch cause {
	case syscall.PTRACE_EVENT_FORK, syscall.PTRACE_EVENT_VFORK, syscall.PTRACE_EVENT_CLONE:
		if id, err := syscall.PtraceGetEventMsg(who); err == nil {
			child = int(id)
		}
	}
	if signal == syscall.SIGTRAP || signal == syscall.SIGSTOP {
		signal = 0
	}
	_ = syscall.PtraceCont(who, int(signal)) // a process that is gone cannot go on
	return cause == syscall.PTRACE_EVENT_FORK || cause == syscall.PTRACE_EVENT_VFORK, child
}

// The hooks start no process for a prompt.
func TestPromptHooksStartNoProcess(t *testing.T) {
	s, err := newSandbox(t.TempDir())
	must(t, err)
	s.set("SECAWS_PROFILE", "prod-Ops")
	s.set("SECAWS_ROLE", "Ops")
	s.set("AWS_CREDENTIAL_EXPIRATION", time.Now().Add(52*time.Minute+30*time.Second).UTC().Format(time.RFC3339))
	inShells(t, func(t *testing.T, sh realShell) {
		script, stderr, code := s.run("secaws", "shell-init", sh.name)
		if code != 0 {
			t.Fatal(stderr)
		}
		file := filepath.Join(s.root, "init."+sh.name)
		must(t, os.WriteFile(file, []byte(script), 0o600))
		count := func(lines ...string) (int, string) {
			return forksOf(t, s, append(append([]string{sh.name}, sh.args...), "-c", strings.Join(append([]string{". " + file}, lines...), "\n"))...)
		}
		base, _ := count("true")
		got, output := count(sh.segment, sh.segment, sh.segment)
		first, _, _ := strings.Cut(output, "\n")
		if got != base || plainText(first) != "prod-Ops Ops 52m" {
			t.Errorf("three prompts (%q) start %d processes", first, got-base)
		}
		if with, _ := count("/bin/true", "/bin/true", "true"); with != base+2 {
			t.Errorf("two programs count as %d: the trace shows nothing", with-base)
		}
	})
}
