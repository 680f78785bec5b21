package killpoint

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// changing are the calls, on every architecture, that change a file, a folder or what is on the disk.
var changing = []uint64{
	unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2,
	unix.SYS_UNLINKAT, unix.SYS_MKDIRAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_FCHMOD, unix.SYS_FCHMODAT,
}

// Run starts cmd and kills it before its n-th call that changes something, from 1.
// It returns false where cmd ended by itself before that; cmd.ProcessState is not
// set either way. Children of cmd are followed, and killed with it.
//
// https://man7.org/linux/man-pages/man2/ptrace.2.html
func Run(cmd *exec.Cmd, n int) (killed bool, err error) {
	runtime.LockOSThread() // the tracer is a thread
	defer runtime.UnlockOSThread()
	attributes := syscall.SysProcAttr{}
	if cmd.SysProcAttr != nil {
		attributes = *cmd.SysProcAttr
	}
	attributes.Ptrace = true
	cmd.SysProcAttr = &attributes
	if err := cmd.Start(); err != nil {
		return false, err
	}
	t := tracer{left: n, tasks: map[int]*task{cmd.Process.Pid: {}}}
	if err := t.begin(cmd.Process.Pid); err != nil {
		return false, errors.Join(err, cmd.Process.Kill())
	}
	return t.run()
}

// task is a thread, or a process of one thread.
type task struct{ inside bool } // between the start and the end of a system call

type tracer struct {
	left  int // calls to let pass, the fatal one included
	tasks map[int]*task
}

// begin waits for the stop at exec and asks to be told of system calls and new tasks.
func (t *tracer) begin(pid int) error {
	const options = syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return fmt.Errorf("wait for the program: %w", err)
	}
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return fmt.Errorf("trace the program: %w", err)
	}
	return syscall.PtraceSyscall(pid, 0)
}

// run waits for each task by its own number: other children of this process are none of ours.
func (t *tracer) run() (killed bool, err error) {
	var status syscall.WaitStatus
	for len(t.tasks) > 0 {
		awaitChild()
		for id, task := range t.tasks {
			got, err := syscall.Wait4(id, &status, syscall.WALL|syscall.WNOHANG, nil)
			switch {
			case err != nil || got == id && !status.Stopped():
				delete(t.tasks, id)
			case got != id:
			case !killed && t.fatal(id, task, status):
				killed = true
				t.kill()
			default:
				t.resume(id, status)
			}
		}
	}
	return killed, nil
}

// awaitChild returns once a child of this process, whosever it is, has ended or stopped, and leaves the news to whom
// they are for.
func awaitChild() {
	runtime.Gosched()
	_ = unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT|unix.WALL, nil) // an error is soon seen by those who wait
}

func (t *tracer) kill() {
	for id := range t.tasks {
		_ = syscall.Kill(id, syscall.SIGKILL) // one that is gone is as good as killed
	}
}

// fatal counts the starts of calls that change something, and tells whether this is the one.
func (t *tracer) fatal(id int, task *task, status syscall.WaitStatus) bool {
	if status.StopSignal() != syscall.SIGTRAP|0x80 {
		return false
	}
	task.inside = !task.inside
	if !task.inside || !changes(id) {
		return false
	}
	t.left--
	return t.left == 0
}

// resume lets a stopped task go on, and takes in one that it has started.
func (t *tracer) resume(id int, status syscall.WaitStatus) {
	switch status.TrapCause() {
	case syscall.PTRACE_EVENT_FORK, syscall.PTRACE_EVENT_VFORK, syscall.PTRACE_EVENT_CLONE:
		if child, err := syscall.PtraceGetEventMsg(id); err == nil && t.tasks[int(child)] == nil {
			t.tasks[int(child)] = &task{}
		}
	}
	signal := status.StopSignal()
	if signal == syscall.SIGTRAP|0x80 || signal == syscall.SIGTRAP || signal == syscall.SIGSTOP {
		signal = 0
	}
	_ = syscall.PtraceSyscall(id, int(signal)) // a task that was killed meanwhile cannot go on
}

// callInfo is what PTRACE_GET_SYSCALL_INFO tells at the start of a system call.
type callInfo struct {
	op        uint8
	_         [3]uint8
	arch      uint32
	_         [2]uint64 // instruction and stack pointers
	number    uint64
	arguments [6]uint64
}

// changes asks which call the task has stopped at.
func changes(id int) bool {
	var info callInfo
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(id), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 || info.op != unix.PTRACE_SYSCALL_INFO_ENTRY {
		return false
	}
	if info.number == unix.SYS_OPENAT {
		return info.arguments[2]&(syscall.O_CREAT|syscall.O_TRUNC) != 0
	}
	return slices.Contains(changing, info.number) || slices.Contains(changingHere, info.number)
}
