//go:build darwin && !cgo && !crosscheck

package keyring

// A macOS build without cgo would have no Keychain and fall to another backend
// without a word. It does not compile, except under the tag crosscheck, which only
// checks that everything else does.
var _ = aMacOSBuildNeedsCgoForTheKeychain
