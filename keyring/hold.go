package keyring

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// HoldMode says when the sealing key is held in the kernel.
type HoldMode string

// Auto holds it for the file backend alone, whose passphrase would else be asked each time.
const (
	HoldAuto HoldMode = "auto"
	HoldOn   HoldMode = "on"
	HoldOff  HoldMode = "off"
)

// holdLimit is how long the sealing key is held after its last use, unless said otherwise.
const holdLimit = 15 * time.Minute

// HoldPolicy is about the sealing key in the Linux kernel's user keyring, from
// where any process of the same user can take it until its time is up.
type HoldPolicy struct {
	Mode  HoldMode      // "" takes the settings, else auto
	Limit time.Duration // since the last use; 0 takes the settings, else 15 minutes
}

// resolve fills what p leaves open from the settings.
func (p HoldPolicy) resolve(s Settings) HoldPolicy {
	if p.Mode == "" {
		p.Mode = s.Hold
	}
	if p.Limit == 0 {
		p.Limit = time.Duration(s.HoldMinutes) * time.Minute
	}
	if p.Limit <= 0 {
		p.Limit = holdLimit
	}
	return p
}

// wanted says whether the sealing key of backend is to be held.
func (p HoldPolicy) wanted(backend string) bool {
	switch p.Mode {
	case HoldOn:
		return true
	case HoldOff:
		return false
	}
	return backend == File
}

// hold returns the place in the kernel for this keyring's sealing key. Needs k.mu.
func (k *Keyring) hold() (hold, bool) {
	policy := k.o.Hold.resolve(k.settings)
	if !holdable() || !policy.wanted(k.backend) {
		return hold{}, false
	}
	return k.holdPlace(policy.Limit), true
}

// holdPlace is named after the store, so that two stores of one user do not share a hold.
func (k *Keyring) holdPlace(limit time.Duration) hold {
	store := sha256.Sum256([]byte(k.backend + "\x00" + k.o.FileDir + "\x00" + k.o.Dir))
	return hold{description: "secaws:sealing:" + hex.EncodeToString(store[:16]), limit: limit}
}
