package keyring

import (
	"context"
	"errors"
	"io/fs"
)

// readItem reads the item of kind and name and compares it with what was asked
// for. Errors: errNoItem, ItemError, and what the backend says.
func readItem(ctx context.Context, v vault, backend string, kind Kind, name string) (envelope, error) {
	item := itemName(kind, name)
	data, err := v.get(ctx, item)
	if err == nil {
		var e envelope
		if e, err = openEnvelope(data, kind, name); err == nil {
			return e, nil
		}
	}
	return envelope{}, refused(err, backend, kind, name, item)
}

// refused makes an ItemError of what is wrong with an item itself.
func refused(err error, backend string, kind Kind, name, item string) error {
	for _, reason := range []error{ErrSwapped, ErrForged, ErrNewer, ErrDamaged} {
		if errors.Is(err, reason) {
			return &ItemError{Backend: backend, Kind: kind, Name: name, Item: item, Err: reason}
		}
	}
	return err
}

func writeItem(ctx context.Context, v vault, e envelope) error {
	data, err := encodeEnvelope(e)
	if err != nil {
		return err
	}
	return v.set(ctx, itemName(e.Kind, e.Name), label(e.Kind, e.Name), data)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
