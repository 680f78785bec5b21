package awslab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/internal/safefile"
)

// Region is that of every profile of the landing zone.
const Region = "us-west-2"

// home is a lab's folder while the lab runs.
type home struct {
	dir  string
	lock *safefile.Lock
	log  *os.File
}

// Environment is what points an AWS client to the lab in dir at url, as NAME=VALUE.
func Environment(dir, url string) []string {
	return []string{
		"AWS_CONFIG_FILE=" + filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "credentials"),
		"AWS_ENDPOINT_URL=" + url,
		"AWS_REGION=" + Region,
		"AWS_DEFAULT_REGION=" + Region, // botocore reads this one only
		"AWS_EC2_METADATA_DISABLED=true",
	}
}

// furnish writes what clients need into dir, for one lab at a time.
func (l *Lab) furnish(dir, url string) (*home, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = vacant(dir)
	}
	if err == nil {
		err = private(dir)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	lock, err := safefile.Acquire(ctx, filepath.Join(dir, "lock"))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("a lab runs in %s already", dir)
	}
	if err != nil {
		return nil, err
	}
	h := &home{dir: dir, lock: lock}
	if err := h.write(l, url); err != nil {
		return nil, errors.Join(err, h.leave())
	}
	return h, nil
}

// callsFile tells a lab's folder, now or later, from others.
const callsFile = "calls.jsonl"

// vacant refuses a folder whose files are not a lab's: nobody's ~/.aws is written over.
func vacant(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, callsFile)); err == nil {
		return nil
	}
	for _, name := range []string{"config", "credentials", "env"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s holds a file %q that no lab made: give the lab a folder of its own", dir, name)
		}
	}
	return nil
}

// private makes dir if need be, and ours alone: a folder someone made beforehand too.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	return safefile.Dir(dir)
}

func (h *home) write(l *Lab, url string) error {
	control, err := json.Marshal(Control{url, l.token, os.Getpid()})
	if err != nil {
		return err
	}
	config, credentials := profileFiles(l.profiles)
	files := []struct{ name, text string }{
		{"config", config}, {"credentials", credentials},
		{"env", exports(Environment(h.dir, url))}, {controlFile, string(control)},
	}
	for _, f := range files {
		if err := safefile.Write(filepath.Join(h.dir, f.name), []byte(f.text), 0o600); err != nil {
			return err
		}
	}
	h.log, err = os.OpenFile(filepath.Join(h.dir, callsFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	l.log.to(h.log)
	return nil
}

// leave takes away what would be wrong once the lab is down, and lets go of the folder.
func (h *home) leave() error {
	var closing error
	if h.log != nil {
		closing = h.log.Close()
	}
	removing := os.Remove(filepath.Join(h.dir, controlFile))
	if errors.Is(removing, os.ErrNotExist) {
		removing = nil
	}
	return errors.Join(closing, removing, h.lock.Release())
}

// profileFiles are the texts of ~/.aws/config and ~/.aws/credentials.
func profileFiles(profiles []Profile) (config, credentials string) {
	var c, k strings.Builder
	for _, p := range profiles {
		fmt.Fprintf(&c, "[profile %s]\nregion = %s\n\n", p.Name, Region)
		fmt.Fprintf(&k, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n", p.Name, p.AccessKeyID, p.Secret)
	}
	return c.String(), k.String()
}

// exports writes an environment for a shell to read.
func exports(environ []string) string {
	var b strings.Builder
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		fmt.Fprintf(&b, "export %s=%s\n", name, shellQuote(value))
	}
	return b.String()
}

// shellQuote leaves plain words as they are.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._:@%+=,-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
