package desktop

import (
	"encoding/json"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// KWalletName is what the wallet of KDE 5 answers to on the session bus.
const KWalletName = "org.kde.kwalletd5"

// The methods of https://invent.kde.org/frameworks/kwallet, src/runtime/kwalletd/org.kde.KWallet.xml.
const (
	walletPath    = "/modules/kwalletd5"
	walletMethods = "org.kde.KWallet."
	walletName    = "kdewallet" // the person's own, which logging in opens
)

// kwallet is the person's wallet as a keychain of the library's: entries of one
// folder, each the library's Item as JSON.
type kwallet struct {
	appID, folder string

	session session
	handle  int32
}

// call opens the wallet where that is still to be done, which may ask the person,
// and calls a method of it: handle, folder, args, application.
func (w *kwallet) call(method string, args ...any) (*dbus.Call, error) {
	conn, err := w.session.bus()
	if err != nil {
		return nil, err
	}
	wallet := conn.Object(KWalletName, walletPath)
	if err := w.open(wallet); err != nil {
		return nil, err
	}
	args = append(append([]any{w.handle, w.folder}, args...), w.appID)
	call := wallet.Call(walletMethods+method, 0, args...)
	return call, call.Err
}

// open opens the wallet unless it is: it may have been closed since the last call.
func (w *kwallet) open(wallet dbus.BusObject) error {
	if w.handle > 0 {
		var still bool
		if err := wallet.Call(walletMethods+"isOpen", 0, w.handle).Store(&still); err != nil || still {
			return err
		}
	}
	if err := wallet.Call(walletMethods+"open", 0, walletName, int64(0), w.appID).Store(&w.handle); err != nil {
		return err
	}
	if w.handle < 0 {
		return ErrDismissed
	}
	return nil
}

func (w *kwallet) Get(key string) (keyring.Item, error) {
	var item keyring.Item
	call, err := w.call("readEntry", key)
	if err != nil {
		return item, err
	}
	var data []byte
	if err := call.Store(&data); err != nil {
		return item, err
	}
	if len(data) == 0 {
		return item, keyring.ErrKeyNotFound
	}
	err = json.Unmarshal(data, &item)
	return item, err
}

func (w *kwallet) Set(item keyring.Item) error {
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	call, err := w.call("writeEntry", item.Key, data)
	return succeeded(call, err, "the wallet did not take the entry")
}

func (w *kwallet) Remove(key string) error {
	keys, err := w.Keys()
	if err != nil {
		return err
	}
	for _, known := range keys {
		if known == key {
			call, err := w.call("removeEntry", key)
			return succeeded(call, err, "the wallet did not remove the entry")
		}
	}
	return keyring.ErrKeyNotFound
}

func (w *kwallet) Keys() ([]string, error) {
	call, err := w.call("entryList")
	if err != nil {
		return nil, err
	}
	var keys []string
	err = call.Store(&keys)
	return keys, err
}

func (w *kwallet) GetMetadata(string) (keyring.Metadata, error) {
	return keyring.Metadata{}, keyring.ErrMetadataNeedsCredentials
}

// succeeded reads the number that the wallet's changes return: 0 is done.
func succeeded(call *dbus.Call, err error, otherwise string) error {
	if err != nil {
		return err
	}
	var status int32
	if err := call.Store(&status); err != nil {
		return err
	}
	if status != 0 {
		return &walletError{text: otherwise}
	}
	return nil
}

type walletError struct{ text string }

func (e *walletError) Error() string { return e.text }
