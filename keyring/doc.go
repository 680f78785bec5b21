// Package keyring keeps long-lived AWS access keys in one keychain of the
// operating system, and sessions in files sealed with a key from that keychain.
//
// The keychain holds two kinds of items and nothing else: access keys, each a
// plain envelope inside the backend's own encryption, and one 32-byte sealing key.
// Sessions and the index of keys are files sealed with AES-256-GCM under the
// sealing key. An access key is never sealed with it: losing the sealing key costs
// sessions and no key.
//
// One backend is open at a time, named in every error:
//
//	keychain        macOS Keychain
//	wincred         Windows Credential Manager
//	secret-service  GNOME Keyring, KeePassXC and others, over D-Bus
//	kwallet         KDE Wallet 5, over D-Bus
//	pass            pass and GnuPG
//	file            encrypted files under a passphrase
//	keyctl          the Linux kernel's user keyring: forgets at reboot, only when asked for
//
// The Linux ones are tested on the real programs; keychain and wincred are the
// library's as they are, and were not run in the making of this.
//
// What is not promised: whoever can replace the whole store can bring back an old
// one; any process of the same user can ask the same keychain, and the kernel
// keyring's hold of the sealing key while it lasts; memory is not wiped, as Go copies.
package keyring
