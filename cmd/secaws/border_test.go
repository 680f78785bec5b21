//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/awslab"
	"github.com/secaws/secaws/internal/safefile"
)

// border stands between a program and a lab. It notes the secrets that the lab gives out, and kills the program with
// SIGKILL at its nth call that changes something: before the lab has it, or once it is done and not yet answered.
type border struct {
	lab *awslab.Lab

	mu      sync.Mutex
	secrets []string
	seen    []string // the changing calls of this run
	at      int      // 1 is the first; 0: none
	done    bool     // the call is carried out first
	victim  *os.Process
	asked   func() // at every call, nil for nothing
}

// ServeHTTP is also the phone: whoever asks for a code finds the next one, so that nobody has to wait.
func (b *border) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/totp") {
		b.lab.Advance(codeStep)
		b.lab.Handler().ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if b.asked != nil {
		b.asked()
	}
	fatal, done := b.count(string(body))
	if fatal && !done {
		b.kill()
	}
	answer := httptest.NewRecorder()
	b.lab.Handler().ServeHTTP(answer, r)
	b.note(string(body), answer.Body.String())
	if fatal {
		b.kill()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // to a program that may be gone
}

func (b *border) count(body string) (fatal, done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, action, _ := strings.Cut(body, "Action=")
	action, _, _ = strings.Cut(action, "&")
	if reads(action) {
		return false, false
	}
	b.seen = append(b.seen, action)
	return len(b.seen) == b.at, b.done
}

func (b *border) kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.victim.Kill()
	panic(http.ErrAbortHandler)
}

// given are the elements in which AWS gives out secrets.
var given = regexp.MustCompile(`<(SecretAccessKey|SessionToken|Base32StringSeed)>([^<]+)</`)

// note remembers the secrets of a call; a seed comes in base64, and is base32 of what a device has.
func (b *border) note(call, answer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if values, err := url.ParseQuery(call); err == nil && values.Has("Password") {
		b.secrets = append(b.secrets, values.Get("Password"))
	}
	for _, found := range given.FindAllStringSubmatch(answer, -1) {
		secret := html.UnescapeString(found[2])
		if found[1] == "Base32StringSeed" {
			seed, _ := base64.StdEncoding.DecodeString(secret)
			raw, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(seed))
			secret = string(seed)
			b.secrets = append(b.secrets, string(raw))
		}
		b.secrets = append(b.secrets, secret)
	}
}

// codeStep is how long a code lasts here: not long, since every code that is asked for moves the lab's clock by it, and
// a clock that is wrong by five minutes is refused.
const codeStep = time.Second

// watched is a person's machine with a border before its AWS.
type watched struct {
	*stage
	*border
	t *testing.T
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	frozen := time.Now()
	st := newStage(t, awslab.Options{TOTPStep: codeStep, Clock: func() time.Time { return frozen }})
	w := &watched{stage: st, border: &border{lab: st.lab}, t: t}
	front := httptest.NewServer(w.border)
	t.Cleanup(front.Close)
	st.set("AWS_ENDPOINT_URL", front.URL)
	control, err := awslab.Dial(st.dir)
	must(t, err)
	control.URL = front.URL
	text, err := json.Marshal(control)
	must(t, err, safefile.Write(filepath.Join(st.dir, "control.json"), text, 0o600))
	credentials, err := os.ReadFile(filepath.Join(st.dir, "credentials"))
	must(t, err, os.WriteFile(filepath.Join(st.home(), ".aws", "credentials"), credentials, 0o600),
		os.WriteFile(filepath.Join(st.home(), ".config", "secaws", "blueprint.yaml"), []byte(zoneFile), 0o600))
	return w
}

// do runs secaws, which is killed at its nth changing call, and tells how it ended.
func (w *watched) do(n int, done bool, args ...string) (stderr string, code int) {
	w.t.Helper()
	cmd := w.command("secaws", args...)
	var text strings.Builder
	cmd.Stderr = &text
	w.mu.Lock()
	w.seen, w.at, w.done = nil, n, done
	err := cmd.Start()
	w.victim = cmd.Process
	w.mu.Unlock()
	must(w.t, err)
	_ = cmd.Wait() // the exit code says it
	return text.String(), cmd.ProcessState.ExitCode()
}

// phoneOf is the program that stands for the user's phone.
func (w *watched) phoneOf(user string) string {
	return filepath.Join(bin, "awslab") + " totp --dir " + w.stage.dir + " " + user
}

// now is the lab's time.
func (w *watched) now() time.Time {
	w.t.Helper()
	control, err := awslab.Dial(w.stage.dir)
	must(w.t, err)
	now, err := control.Advance(context.Background(), 0)
	must(w.t, err)
	return now
}

// shown is the code that the lab's phone of the user shows.
func (w *watched) shown(user string) string {
	w.t.Helper()
	code, err := w.stage.lab.TOTP(user)
	must(w.t, err)
	return code.Digits
}

// person is what IAM has of the user.
func (w *watched) person(user string) provision.Person {
	w.t.Helper()
	client, err := w.iam("secure-aws-admin")
	must(w.t, err)
	p, err := provision.ReadPerson(context.Background(), client, user)
	must(w.t, err)
	return p
}

// stored are the keys in the keychain, by their names.
func (w *watched) stored() map[string]string {
	w.t.Helper()
	out, stderr, code := w.run("secaws", "list", "--json")
	var keys []struct {
		Name string `json:"name"`
		ID   string `json:"key_id"`
	}
	if err := json.Unmarshal([]byte(out), &keys); err != nil || code != 0 {
		w.t.Fatalf("list: exit code %d, %v: %s", code, err, stderr)
	}
	found := map[string]string{}
	for _, key := range keys {
		found[key.Name] = key.ID
	}
	return found
}

// works tells whether the user's key in the keychain is an active one in IAM.
func (w *watched) works(user string) bool {
	id := w.stored()[user]
	return slices.ContainsFunc(w.person(user).Keys, func(key provision.PersonKey) bool { return key.ID == id && key.Active })
}

// whole wants one key, which works and is the keychain's, one device, and nothing that is nobody's.
func (w *watched) whole(user string) {
	w.t.Helper()
	p := w.person(user)
	if len(p.Keys) != 1 || !w.works(user) {
		w.t.Errorf("keys %+v, one that works in the keychain: %v", p.Keys, w.works(user))
	}
	if len(p.Devices) != 1 || len(w.spare()) > 0 {
		w.t.Errorf("devices %v, and nobody's %v", p.Devices, w.spare())
	}
	if names := w.stored(); names[user+nextSuffix] != "" {
		w.t.Errorf("the keychain has %v", names)
	}
	if p.Enrolling || p.Leaving != "" {
		w.t.Errorf("marks are left: %+v", p)
	}
}

// spare are the devices that nobody uses.
func (w *watched) spare() []string {
	var found []string
	for at, value := range w.stage.lab.Snapshot() {
		if strings.Contains(at, ".MFADevices.") && strings.HasSuffix(at, ".UserID") && value == "" {
			found = append(found, at)
		}
	}
	return found
}

// clean wants none of the secrets that crossed the border in a file of the person's.
func (w *watched) clean() {
	w.t.Helper()
	w.mu.Lock()
	secrets := slices.Clone(w.secrets)
	w.mu.Unlock()
	hits, err := sightings([]string{w.root}, []string{w.stage.dir}, secrets)
	must(w.t, err)
	if len(secrets) == 0 || len(hits) > 0 {
		w.t.Errorf("of %d secrets there are in clear: %v", len(secrets), hits)
	}
}

// tells names a secret that crossed the border and is in text, "" for none.
func (b *border) tells(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, secret := range b.secrets {
		for form, bytes := range forms(secret) {
			if strings.Contains(text, string(bytes)) {
				return form
			}
		}
	}
	return ""
}
