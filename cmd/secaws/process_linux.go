package main

import (
	"bytes"
	"os"
	"strconv"
)

// Caller looks past a shell that only runs one command line, as SDKs start a credential_process.
func (osProcess) Caller() string {
	pid := os.Getppid()
	for range 3 {
		name, isShell := processName(pid)
		if !isShell {
			return name
		}
		pid = parentOf(pid)
	}
	return ""
}

// processName reads the name of a process, and whether it is a shell at work on "-c".
func processName(pid int) (name string, isShell bool) {
	folder := "/proc/" + strconv.Itoa(pid)
	comm, err := os.ReadFile(folder + "/comm")
	if err != nil {
		return "", false
	}
	name = programName(string(comm))
	switch name {
	case "sh", "dash", "bash":
		line, _ := os.ReadFile(folder + "/cmdline")
		argv := bytes.Split(line, []byte{0})
		return name, len(argv) > 1 && string(argv[1]) == "-c"
	}
	return name, false
}

// parentOf reads the parent's pid from /proc/PID/stat, whose second field, in brackets, may hold anything.
func parentOf(pid int) int {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := bytes.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}
