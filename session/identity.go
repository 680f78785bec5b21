package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Identity names the session that steps yield from the key with this id: a hex
// SHA-256 over the key id and every parameter of every step. Two profiles that ask
// for the same thing share a session; an edited profile or a rotated key never
// meets an old one.
//
// The region is not part of it: a session from any regional endpoint works in every
// region of the partition, and a person with profiles for two regions should type
// one code. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
func Identity(keyID string, steps []Step) string {
	data, err := json.Marshal(struct {
		Version int
		Key     string
		Steps   []Step
	}{1, keyID, steps})
	if err != nil {
		panic(fmt.Sprintf("session: %v", err)) // strings and numbers always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// identities are those of each prefix of steps.
func identities(keyID string, steps []Step) []string {
	ids := make([]string, len(steps))
	for i := range steps {
		ids[i] = Identity(keyID, steps[:i+1])
	}
	return ids
}

// nameSessions returns p with the user's name for every role session that has none:
// trust policies can then hold role sessions to the name of who opened them.
func nameSessions(p Profile, info KeyInfo) Profile {
	name := info.User
	if !isSessionName(name) {
		name = info.Name
	}
	if !isSessionName(name) {
		name = "secaws"
	}
	if p.RoleSessionName == "" {
		p.RoleSessionName = name
	}
	if p.Source != nil {
		source := nameSessions(*p.Source, info)
		p.Source = &source
	}
	return p
}
