package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secaws/secaws/configgen/provision"
	"github.com/secaws/secaws/internal/safefile"
	"github.com/secaws/secaws/session"
)

// phone is the authenticator of the person being enrolled: a person reading codes off a screen, or a program.
type phone struct {
	e          *env
	process    []string // argv of the program that stands for the phone, nil for a person
	showSecret bool
	png        string // path to write the QR code to, "" for none
	scanned    bool
	last       string // the last code that it gave for enabling a device: AWS takes none twice
}

// ready says whether codes can be had at all, before anything is made that needs them.
func (p *phone) ready() error {
	if info, err := os.Stat(filepath.Dir(p.png)); p.png != "" && (err != nil || !info.IsDir()) {
		return fmt.Errorf("no folder %s to write the QR code to", filepath.Dir(p.png))
	}
	if len(p.process) > 0 {
		return nil
	}
	if err := p.e.canPrompt(); err != nil {
		return hinted{fmt.Errorf("an MFA device needs a person with a phone: %w", err),
			"run it in a terminal, or name a program that prints codes: --mfa-process COMMAND"}
	}
	return nil
}

// Scan shows the seed on the person's terminal, and nowhere else unless a file was asked for.
func (p *phone) Scan(_ context.Context, device provision.Device) error {
	p.scanned = true
	if p.png != "" {
		picture, err := qrPNG(device.URI)
		if err != nil {
			return err
		}
		if err := safefile.Write(p.png, picture, 0o600); err != nil {
			return fmt.Errorf("write the QR code: %w", err)
		}
		p.e.notice("the QR code is in %s: whoever sees it can make %s's codes, so delete it when it is scanned", p.png, device.User)
	}
	if p.e.canPrompt() != nil {
		return nil // a program has the seed by its own ways
	}
	drawn, err := qrText(device.URI)
	if err != nil {
		return err
	}
	text := "\nScan this with the authenticator app of " + escape(device.User) + ":\n" + drawn
	if p.showSecret {
		text += "or type this secret into it: " + escape(grouped(device.Seed)) + "\n"
	}
	return p.e.terminal.Print(text)
}

// unused says that what was asked for was not given: the user has a device already.
func (p *phone) unused(user string) {
	if !p.scanned && (p.png != "" || p.showSecret) {
		p.e.notice("%s has an MFA device already: there is no QR code to show; a new one comes with: secaws user reset-mfa %s", user, user)
	}
}

// grouped writes a seed in fours, to be typed.
func grouped(seed string) string {
	var parts []string
	for len(seed) > 4 {
		parts, seed = append(parts, seed[:4]), seed[4:]
	}
	return strings.Join(append(parts, seed), " ")
}

// Codes asks for two consecutive codes.
func (p *phone) Codes(ctx context.Context, problem string) (first, second string, err error) {
	if problem != "" {
		p.e.notice("%s", problem)
	}
	if len(p.process) > 0 {
		first, second, err = p.processCodes(ctx, problem != "")
	} else if first, err = p.typed(ctx, "First code from the phone: "); err == nil {
		second, err = p.typed(ctx, "The next code, when the phone shows it: ")
	}
	p.last = second
	return first, second, err
}

// typed is a code as a person types it, who may copy the blank that the phone shows in it.
func (p *phone) typed(ctx context.Context, question string) (string, error) {
	code, err := p.e.ask(ctx, question)
	return strings.ReplaceAll(code, " ", ""), err
}

// nextCodeLimit is how long a program may go on giving the same code: two steps of 30 s, and some.
const nextCodeLimit = 75 * time.Second

// processCodes takes a code, and the one the program gives when it changes. After a pair that did not fit, a code of
// that pair is not taken again.
func (p *phone) processCodes(ctx context.Context, again bool) (first, second string, err error) {
	if first, err = p.code(ctx); err != nil {
		return "", "", err
	}
	if again {
		if first, err = p.codeAfter(ctx, first); err != nil {
			return "", "", err
		}
	}
	second, err = p.codeAfter(ctx, first)
	return first, second, err
}

// codeAfter waits until the program gives another code than last.
func (p *phone) codeAfter(ctx context.Context, last string) (string, error) {
	code := last
	err := p.e.waiter(nextCodeLimit).Until(ctx, "the next MFA code", func(ctx context.Context) (bool, error) {
		var err error
		code, err = p.code(ctx)
		return code != last, err
	})
	return code, err
}

func (p *phone) code(ctx context.Context) (string, error) {
	code, err := session.ProcessCode(ctx, p.process, session.Scrub(p.e.environ), p.e.stderr)
	if errors.Is(err, context.Canceled) {
		return "", session.ErrCanceled
	}
	return code, err
}
