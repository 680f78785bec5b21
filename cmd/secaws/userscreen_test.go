//go:build unix

package main

import (
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// A person's phone reads the QR code off a real terminal, dark or light, and what it read makes the codes that go on.
func TestPhoneReadsTheTerminal(t *testing.T) {
	needsProgram(t, "tmux")
	needsProgram(t, "zbarimg")
	w := newWatched(t)
	screen := openScreen(t, w, "secaws user add eve --group DevAdmins")
	screen.await("First code from the phone:")
	shot := screen.capture()
	scanned := map[string]bool{}
	for name, desk := range map[string]theme{"dark": {bg: color.Gray{Y: 20}, fg: color.Gray{Y: 220}}, "light": {bg: color.Gray{Y: 250}, fg: color.Gray{Y: 30}}} {
		picture := desk.render(shot)
		scanned[scan(t, filepath.Join(t.TempDir(), name+".png"), picture)] = true
		scanned[decodeQR(t, picture)] = true
	}
	if len(scanned) != 1 {
		t.Fatalf("the two programs read %d different things in dark and light", len(scanned))
	}
	phone := newPhoneOf(t, w, scanned)
	screen.typed(phone.next())
	screen.await("The next code, when the phone shows it:")
	screen.typed(phone.next())
	screen.await("MFA code of arn:aws:iam::111111111111:mfa/eve")
	screen.typed(phone.next())
	screen.await("eve is ready")
	w.whole("eve")
	w.secrets = append(w.secrets, phone.seed)
	w.clean()
}

// scan is what zbarimg reads in a picture.
func scan(t *testing.T, path string, picture image.Image) string {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	must(t, png.Encode(f, picture), f.Close())
	return zbar(t, path)
}

func zbar(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("zbarimg", "--nodbus", "-q", "--raw", path).Output()
	if err != nil {
		t.Fatalf("zbarimg reads nothing in %s: %v", path, err)
	}
	return strings.TrimSpace(string(out))
}

// phoneOf is an authenticator app that has scanned a code, and nothing else of the lab.
type phoneOf struct {
	t    *testing.T
	w    *watched
	seed string
}

func newPhoneOf(t *testing.T, w *watched, scanned map[string]bool) *phoneOf {
	t.Helper()
	for text := range scanned {
		u, err := url.Parse(text)
		must(t, err)
		if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/AWS:eve@111111111111" || u.Query().Get("issuer") != "AWS" {
			t.Fatalf("%s://%s%s is no authenticator's address", u.Scheme, u.Host, u.Path)
		}
		return &phoneOf{t: t, w: w, seed: u.Query().Get("secret")}
	}
	return nil
}

// next is a code of a step that no code was told of yet.
func (p *phoneOf) next() string {
	p.t.Helper()
	p.w.stage.lab.Advance(codeStep)
	code, err := hotp.GenerateCodeCustom(p.seed, uint64(p.w.now().Unix()/int64(codeStep/time.Second)), hotp.ValidateOpts{Digits: otp.DigitsSix})
	must(p.t, err)
	return code
}

// screen is a terminal of tmux in which a program runs.
type screen struct {
	t      *testing.T
	w      *watched
	socket string
}

func openScreen(t *testing.T, w *watched, command string) *screen {
	t.Helper()
	s := &screen{t: t, w: w, socket: filepath.Join(w.root, "tmux")}
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "50", command+"; read line")
	t.Cleanup(func() { s.tmux("kill-server") })
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	cmd := s.w.command("tmux", append([]string{"-u", "-S", s.socket}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v: %s", args, err, out)
	}
	return string(out)
}

// capture is the screen as it is, colours included.
func (s *screen) capture() string {
	s.t.Helper()
	return s.tmux("capture-pane", "-p", "-e", "-N")
}

// await waits until the screen shows text.
func (s *screen) await(text string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if strings.Contains(s.tmux("capture-pane", "-p", "-J"), text) {
			return
		}
	}
	s.t.Fatalf("never showed %q, but\n%s", text, s.tmux("capture-pane", "-p"))
}

func (s *screen) typed(line string) {
	s.t.Helper()
	s.tmux("send-keys", line, "Enter")
}

// theme is what a terminal shows where a program sets no colour.
type theme struct{ fg, bg color.Gray }

// colouring is the SGR sequence that capture-pane writes: https://man7.org/linux/man-pages/man4/console_codes.4.html
var colouring = regexp.MustCompile(`\x1b\[([0-9;]*)m|[^\x1b]`)

// The size of a character, in pixels.
const cellWidth, cellHeight = 8, 16

// render paints a captured screen: half blocks, and text as specks.
func (th theme) render(shot string) image.Image {
	lines := strings.Split(strings.TrimRight(shot, "\n"), "\n")
	picture := image.NewGray(image.Rect(0, 0, 120*cellWidth, len(lines)*cellHeight))
	now := th
	for row, line := range lines {
		column := 0
		for _, token := range colouring.FindAllStringSubmatch(line, -1) {
			if token[0][0] == '\x1b' {
				now = th.after(now, token[1])
				continue
			}
			now.cell(picture, column, row, token[0])
			column++
		}
		for ; column < 120; column++ {
			th.cell(picture, column, row, " ")
		}
	}
	return picture
}

// after is now changed by an SGR sequence. Of the 256 colours the two of the QR code are known.
func (th theme) after(now theme, parameters string) theme {
	known := map[string]color.Gray{"16": {Y: 0}, "231": {Y: 255}}
	values := strings.Split(parameters, ";")
	for i := 0; i < len(values); i++ {
		n, _ := strconv.Atoi(values[i])
		switch {
		case n == 0:
			now = th
		case n == 39:
			now.fg = th.fg
		case n == 49:
			now.bg = th.bg
		case n == 38 && i+2 < len(values):
			now.fg, i = known[values[i+2]], i+2
		case n == 48 && i+2 < len(values):
			now.bg, i = known[values[i+2]], i+2
		}
	}
	return now
}

func (th theme) cell(picture *image.Gray, column, row int, character string) {
	for y := range cellHeight {
		upper := y < cellHeight/2
		for x := range cellWidth {
			ink := th.bg
			switch {
			case character == "█", character == "▀" && upper, character == "▄" && !upper:
				ink = th.fg
			case !strings.Contains(" ▀▄", character) && (x+y)%3 == 0:
				ink = th.fg
			}
			picture.SetGray(column*cellWidth+x, row*cellHeight+y, ink)
		}
	}
}

// A picture is written only where it is asked for, for its owner alone, and holds the seed in no form but the picture's.
func TestPhoneReadsTheFile(t *testing.T) {
	needsProgram(t, "zbarimg")
	w := newWatched(t)
	path := filepath.Join(w.home(), "eve.png")
	stderr, code := w.do(0, false, append(addLine(w, "eve"), "--qr", path)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the picture has mode %o", info.Mode().Perm())
	}
	phone := newPhoneOf(t, w, map[string]bool{zbar(t, path): true})
	if got, want := phone.next(), w.shown("eve"); got != want {
		t.Errorf("the scanned phone shows %s, the lab's %s", got, want)
	}
	w.clean()
}
