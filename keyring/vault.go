package keyring

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/99designs/keyring"

	"github.com/secaws/secaws/internal/desktop"
)

// serviceName is what our items are filed under in backends that have such a thing.
const serviceName = "secaws"

// errNoItem says that a vault has no item of that name.
var errNoItem = errors.New("no such item")

// vault is one open backend: bytes under item names.
type vault interface {
	// get returns the item's content; errNoItem.
	get(ctx context.Context, name string) ([]byte, error)
	// set makes or replaces an item; killed at any moment, the old or the new content is there.
	set(ctx context.Context, name, label string, data []byte) error
	// remove deletes an item; errNoItem.
	remove(ctx context.Context, name string) error
	// names lists our items, without opening them.
	names(ctx context.Context) ([]string, error)
}

// newVault makes the vault of a backend, and opens nothing yet.
func newVault(backend string, o Options, limit time.Duration) vault {
	base := &library{backend: backend, limit: limit, config: libraryConfig(backend, cmp.Or(o.service, serviceName))}
	switch backend {
	case File:
		return &fileVault{dir: o.FileDir, limit: limit, preset: o.FilePassphrase, ask: o.Passphrase}
	case Pass:
		base.prepare = findPass
		return &passVault{library: base}
	case KeyCtl:
		base.prepare = prepareKeyctl
	}
	return base
}

func libraryConfig(backend, service string) keyring.Config {
	return keyring.Config{
		AllowedBackends:                []keyring.BackendType{keyring.BackendType(backend)},
		ServiceName:                    service,
		KeychainTrustApplication:       true, // else every read asks
		KeychainAccessibleWhenUnlocked: true,
		KeyCtlScope:                    "user",
		KWalletAppID:                   service,
		KWalletFolder:                  service,
		PassPrefix:                     service,
		WinCredPrefix:                  service,
	}
}

// library is a backend as 99designs/keyring has it, one call at a time, each with a
// time limit: the library's own can wait for ever.
type library struct {
	backend string
	limit   time.Duration
	prepare func(*keyring.Config) error // runs before the backend is opened; may be nil

	mu     sync.Mutex // guards what follows; held by the goroutine that calls the library
	config keyring.Config
	ring   keyring.Keyring
}

func (l *library) opened() (keyring.Keyring, error) {
	if l.ring != nil {
		return l.ring, nil
	}
	if l.prepare != nil {
		if err := l.prepare(&l.config); err != nil {
			return nil, err
		}
	}
	ring, err := desktop.Open(l.config)
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		return nil, &UnavailableError{Backend: l.backend, Reason: unavailable(l.backend)}
	}
	if err != nil {
		return nil, err
	}
	l.ring = ring
	return ring, nil
}

// unavailable says why the library, which keeps the reason to itself, has no such backend.
func unavailable(backend string) string {
	p := ProbeBackend(context.Background(), backend, time.Second)
	if p.Reason != "" {
		return p.Reason
	}
	return "it refused to open"
}

func (l *library) get(ctx context.Context, name string) ([]byte, error) {
	return using(ctx, l, "read", func(ring keyring.Keyring) ([]byte, error) {
		item, err := ring.Get(name)
		return item.Data, err
	})
}

func (l *library) set(ctx context.Context, name, label string, data []byte) error {
	return l.do(ctx, "write", func(ring keyring.Keyring) error {
		return ring.Set(keyring.Item{Key: name, Label: label, Data: data, Description: "secaws"})
	})
}

func (l *library) remove(ctx context.Context, name string) error {
	return l.do(ctx, "remove", func(ring keyring.Keyring) error { return ring.Remove(name) })
}

func (l *library) names(ctx context.Context) ([]string, error) {
	return using(ctx, l, "list", func(ring keyring.Keyring) ([]string, error) {
		names, err := ring.Keys()
		return ours(names), err
	})
}

func (l *library) do(ctx context.Context, op string, f func(keyring.Keyring) error) error {
	_, err := using(ctx, l, op, func(ring keyring.Keyring) (struct{}, error) { return struct{}{}, f(ring) })
	return err
}

// using opens the backend where that is still to be done, and calls it.
func using[T any](ctx context.Context, l *library, op string, call func(keyring.Keyring) (T, error)) (T, error) {
	return bounded(ctx, l.limit, l.backend, op, func() (T, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		ring, err := l.opened()
		if err != nil {
			var none T
			return none, err
		}
		return call(ring)
	})
}

// ours keeps the names that are items of secaws, each once.
func ours(names []string) []string {
	var out []string
	for _, name := range names {
		if isItemName(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bounded runs a call into backend for at most limit, and turns a panic of the
// library, which trusts what D-Bus services answer, into an error. A call that
// does not return is left behind: it cannot be stopped.
func bounded[T any](ctx context.Context, limit time.Duration, backend, op string, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a.err = fmt.Errorf("unexpected answer: %v", p)
			}
			done <- a
		}()
		a.value, a.err = call()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var none T
	select {
	case a := <-done:
		return a.value, named(backend, op, a.err)
	case <-timer.C:
		return none, &TimeoutError{Backend: backend, Op: op, After: limit}
	case <-ctx.Done():
		return none, &BackendError{Backend: backend, Op: op, Err: ctx.Err()}
	}
}

// named puts the backend's name on an error that has none.
func named(backend, op string, err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var unavailable *UnavailableError
	if err == nil {
		return nil
	}
	if reason := whyUnavailable(err); reason != "" {
		return &UnavailableError{Backend: backend, Reason: reason}
	}
	switch {
	case errors.Is(err, keyring.ErrKeyNotFound), errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoItem):
		return errNoItem
	case errors.As(err, &syntax), errors.As(err, &shape):
		return ErrDamaged
	case errors.As(err, &unavailable):
		return err
	}
	return &BackendError{Backend: backend, Op: op, Err: err}
}
