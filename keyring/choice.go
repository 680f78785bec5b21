package keyring

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The backends, as settings and SECAWS_BACKEND name them.
const (
	Keychain      = "keychain"
	WinCred       = "wincred"
	SecretService = "secret-service"
	KWallet       = "kwallet"
	Pass          = "pass"
	File          = "file"
	KeyCtl        = "keyctl"
)

// Backends names the keychains this build can use, the platform's own first.
func Backends() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{Keychain, Pass, File}
	case "windows":
		return []string{WinCred, File}
	case "linux":
		return []string{SecretService, KWallet, Pass, File, KeyCtl}
	}
	return []string{Pass, File}
}

func inBuild(backend string) bool { return slices.Contains(Backends(), backend) }

func joined(names []string) string { return strings.Join(names, ", ") }

// describe names a backend in a sentence.
func describe(backend string) string {
	switch backend {
	case Keychain:
		return "the macOS Keychain"
	case WinCred:
		return "the Windows Credential Manager"
	case SecretService:
		return "the Secret Service"
	case KWallet:
		return "KWallet"
	case Pass:
		return "pass"
	case File:
		return "encrypted files"
	case KeyCtl:
		return "the kernel's user keyring, which forgets at reboot"
	}
	return backend
}

// Presence is what a look at a backend, without opening it, found.
type Presence int

// A broken backend is there and does not work: choosing another one in its place
// would be a silent fall-through to a weaker one.
const (
	Absent Presence = iota
	Usable
	Broken
)

// Probe is one backend's presence, and the reason when it is not usable.
type Probe struct {
	Backend  string
	Presence Presence
	Reason   string
}

// choose picks the first usable backend of probes, which are in order of
// preference, and stops at a broken one.
func choose(probes []Probe) (string, error) {
	for _, p := range probes {
		switch p.Presence {
		case Usable:
			return p.Backend, nil
		case Broken:
			return "", &UnavailableError{Backend: p.Backend, Reason: p.Reason}
		}
	}
	var reasons []string
	for _, p := range probes {
		reasons = append(reasons, p.Backend+": "+p.Reason)
	}
	return "", &UnavailableError{Backend: "any", Reason: strings.Join(reasons, "; ")}
}

// probeAll looks at the platform's backends in order, until one settles the choice.
// keyctl is never chosen unasked.
func probeAll(ctx context.Context, limit time.Duration) []Probe {
	var probes []Probe
	for _, backend := range Backends() {
		if backend == KeyCtl {
			continue
		}
		p := ProbeBackend(ctx, backend, limit)
		probes = append(probes, p)
		if p.Presence != Absent {
			break
		}
	}
	return probes
}

// ProbeBackend says whether backend could be used here, within limit, without
// opening it or reading a secret.
func ProbeBackend(ctx context.Context, backend string, limit time.Duration) Probe {
	p := Probe{Backend: backend}
	switch backend {
	case Keychain, WinCred, File:
		p.Presence = Usable
	case Pass:
		p.Presence, p.Reason = probePass()
	default:
		p.Presence, p.Reason = probeLinux(ctx, backend, limit)
	}
	return p
}
