package keyring

import (
	"context"
	"errors"
	"maps"
)

// List says what is known of every key, by name. What the index and the keychain
// disagree on is settled for the keychain; an item that cannot be read is told as
// a notice and left out.
func (k *Keyring) List(ctx context.Context) ([]KeyInfo, error) {
	v, err := k.open(ctx)
	if err != nil {
		return nil, err
	}
	items, err := v.names(ctx)
	if err != nil {
		return nil, err
	}
	old, err := k.loadIndex(ctx)
	if err != nil {
		return nil, err
	}
	now := k.reconcile(ctx, v, old, items)
	if maps.Equal(old, now) {
		return now.sorted(), nil
	}
	return now.sorted(), k.editIndex(ctx, func(idx index) error {
		settle(idx, old, now)
		return nil
	})
}

// reconcile returns old without the keys that items lacks and with those it has more.
func (k *Keyring) reconcile(ctx context.Context, v vault, old index, items []string) index {
	known := map[string]KeyInfo{}
	for name, info := range old {
		known[itemName(KindAccessKey, name)] = info
	}
	now := index{}
	for _, item := range items {
		if item == itemName(KindSealing, sealingName) {
			continue
		}
		info, ok := known[item]
		if !ok {
			e, err := readAny(ctx, v, k.backend, item)
			if err != nil {
				k.notice("left out: " + err.Error())
				continue
			}
			info = infoOf(e)
		}
		now[info.Name] = info
	}
	return now
}

// settle brings idx, which others may have edited since old was read, to now:
// it adds and drops what the keychain has and lacks, and leaves the rest.
func settle(idx, old, now index) {
	for name := range old {
		if _, ok := now[name]; !ok {
			delete(idx, name)
		}
	}
	for name, info := range now {
		if _, ok := idx[name]; !ok {
			idx[name] = info
		}
	}
}

// readAny reads an item of which only the name in the backend is known: the content must say that it belongs there.
func readAny(ctx context.Context, v vault, backend, item string) (envelope, error) {
	data, err := v.get(ctx, item)
	if err == nil {
		var e envelope
		e, err = decodeEnvelope(data)
		if err == nil && itemName(e.Kind, e.Name) != item {
			err = ErrSwapped
		}
		if err == nil {
			return e, nil
		}
	}
	if errors.Is(err, errNoItem) {
		err = ErrDamaged
	}
	return envelope{}, refused(err, backend, KindAccessKey, "(unknown)", item)
}
