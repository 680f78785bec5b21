package main

import "os"

// openAppend opens a log below the person's own profile, whose access list keeps others out.
func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}
