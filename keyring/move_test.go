package keyring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// memory is a backend that can be made to die: as the call numbered dies comes,
// before or after it has had its effect.
type memory struct {
	items map[string][]byte
	fate  *fate
}

type fate struct {
	calls, dies int // dies 0: never
	after       bool
}

var errDied = errors.New("killed here")

func (m *memory) call(effect func()) error {
	m.fate.calls++
	if m.fate.dies == 0 || m.fate.calls < m.fate.dies {
		effect()
		return nil
	}
	if m.fate.calls == m.fate.dies && m.fate.after {
		effect()
	}
	return errDied
}

func (m *memory) get(_ context.Context, name string) (data []byte, err error) {
	err = m.call(func() { data = m.items[name] })
	if err == nil && data == nil {
		err = errNoItem
	}
	return data, err
}

func (m *memory) set(_ context.Context, name, _ string, data []byte) error {
	return m.call(func() { m.items[name] = data })
}

func (m *memory) remove(_ context.Context, name string) (err error) {
	if _, ok := m.items[name]; !ok {
		err = errNoItem
	}
	return errors.Join(m.call(func() { delete(m.items, name) }), err)
}

func (m *memory) names(context.Context) (names []string, err error) {
	err = m.call(func() { names = slices.Sorted(maps.Keys(m.items)) })
	return names, err
}

// house is two keychains in memory with the settings that name one of them.
type house struct {
	t      *testing.T
	o      Options
	stores map[string]map[string][]byte
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, o: options(t), stores: map[string]map[string][]byte{Pass: {}, File: {}}}
	h.o.Backend = ""
	if err := editSettings(h.o.Settings, func(s *Settings) { s.Backend = Pass }); err != nil {
		t.Fatal(err)
	}
	k := h.open(Pass, &fate{})
	add(t, k, key("ops"), key("other"), key("third"))
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) open(backend string, f *fate) *Keyring {
	h.t.Helper()
	o := h.o
	o.Backend = File // what the guard lets through; the vault is ours
	k := open(h.t, o)
	k.backend, k.vault = backend, &memory{items: h.stores[backend], fate: f}
	return k
}

// move runs a move as the command does, from where the settings say.
func (h *house) move(f *fate) error {
	h.t.Helper()
	s, err := LoadSettings(h.o.Settings)
	if err != nil {
		h.t.Fatal(err)
	}
	from := Pass
	if s.Backend == File && s.MovingFrom == "" {
		return nil
	}
	return Move(h.t.Context(), h.open(from, f), h.open(File, f), false, func(string) {})
}

// whole wants every key and the session in the keychain that the settings name.
func (h *house) whole(when string) {
	h.t.Helper()
	s, err := LoadSettings(h.o.Settings)
	if err != nil {
		h.t.Fatal(err)
	}
	k := h.open(s.Backend, &fate{})
	for _, name := range []string{"ops", "other", "third"} {
		if c, err := k.Credentials(h.t.Context(), name); err != nil || c.SecretAccessKey != key(name).Secret.Reveal() {
			h.t.Errorf("%s: key %q in %s: %v", when, name, s.Backend, err)
		}
	}
	if data, err := k.Load(h.t.Context(), "session"); string(data) != "data" || err != nil {
		h.t.Errorf("%s: the session: %q, %v", when, data, err)
	}
}

// TestMoveKilledAnywhere kills a move at every call into either keychain, before
// and after the call's effect, looks, and runs it again.
func TestMoveKilledAnywhere(t *testing.T) {
	count := &fate{}
	h := newHouse(t)
	if err := h.move(count); err != nil {
		t.Fatal(err)
	}
	h.whole("not killed")
	if count.calls < 15 {
		t.Fatalf("a move made %d calls", count.calls)
	}
	for dies := 1; dies <= count.calls; dies++ {
		for _, after := range []bool{false, true} {
			when := fmt.Sprintf("killed at call %d of %d, after it: %t", dies, count.calls, after)
			h := newHouse(t)
			if err := h.move(&fate{dies: dies, after: after}); !errors.Is(err, errDied) {
				t.Fatalf("%s: %v", when, err)
			}
			h.whole(when)
			if err := h.move(&fate{}); err != nil {
				t.Errorf("%s: run again: %v", when, err)
			}
			h.whole(when + ", run again")
			if left := len(h.stores[Pass]); left != 0 {
				t.Errorf("%s, run again: %d items are left behind", when, left)
			}
			if s, _ := LoadSettings(h.o.Settings); s.Backend != File || s.MovingFrom != "" {
				t.Errorf("%s, run again: settings %+v", when, s)
			}
		}
	}
}

func TestMoveDryRun(t *testing.T) {
	h := newHouse(t)
	var said []string
	before := maps.Clone(h.stores[Pass])
	err := Move(t.Context(), h.open(Pass, &fate{}), h.open(File, &fate{}), true, func(line string) { said = append(said, line) })
	if err != nil || len(said) != 4 || !strings.Contains(strings.Join(said, "\n"), `"other"`) {
		t.Errorf("it said %q, %v, want three keys and the sealing key", said, err)
	}
	if len(h.stores[File]) != 0 || len(before) != len(h.stores[Pass]) {
		t.Error("a dry run changed a keychain")
	}
	if s, _ := LoadSettings(h.o.Settings); s.Backend != Pass {
		t.Errorf("a dry run changed the settings: %+v", s)
	}
}

func TestMoveRefuses(t *testing.T) {
	var conflict *ConflictError
	var volatile *VolatileError
	tests := map[string]struct {
		to    string
		spoil func(h *house)
		want  func(error) bool
	}{
		"to keyctl": {KeyCtl, func(*house) {}, func(err error) bool { return errors.As(err, &volatile) && volatile.Hint() != "" }},
		"to itself": {Pass, func(*house) {}, func(err error) bool { return strings.Contains(err.Error(), "already") }},
		"another key of that name": {File, func(h *house) {
			a := key("ops")
			a.Secret = NewSecret("another")
			add(h.t, h.open(File, &fate{}), a)
		}, func(err error) bool {
			return errors.As(err, &conflict) && conflict.Name == "ops" && conflict.Hint() != ""
		}},
		"an unreadable item": {File, func(h *house) {
			h.stores[Pass][itemName(KindAccessKey, "ops")] = []byte("garbage")
		}, func(err error) bool { return errors.Is(err, ErrDamaged) }},
		"a newer item": {File, func(h *house) {
			h.stores[Pass][itemName(KindAccessKey, "ops")] = []byte(`{"version":9}`)
		}, func(err error) bool { return errors.Is(err, ErrNewer) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			tt.spoil(h)
			from, to := maps.Clone(h.stores[Pass]), maps.Clone(h.stores[tt.to])
			err := Move(t.Context(), h.open(Pass, &fate{}), h.open(tt.to, &fate{}), false, func(string) {})
			if err == nil || !tt.want(err) {
				t.Errorf("Move = %v", err)
			}
			if len(from) != len(h.stores[Pass]) || len(to) != len(h.stores[tt.to]) {
				t.Error("a keychain was changed")
			}
			if s, _ := LoadSettings(h.o.Settings); s.Backend != Pass || s.MovingFrom != "" {
				t.Errorf("the settings were changed: %+v", s)
			}
		})
	}
}

// TestAddKilledAnywhere replaces a key and dies at every call: the old or the new
// one is there, and the index does not name the other.
func TestAddKilledAnywhere(t *testing.T) {
	for dies := 1; dies < 20; dies++ {
		h := newHouse(t)
		newer := key("ops")
		newer.ID, newer.Secret = "AKIANEWER", NewSecret("canary-newer")
		err := h.open(Pass, &fate{dies: dies, after: dies%2 == 0}).Add(t.Context(), newer)
		k := h.open(Pass, &fate{})
		c, failed := k.Credentials(t.Context(), "ops")
		if failed != nil {
			t.Fatalf("killed at call %d: the key is lost: %v", dies, failed)
		}
		if info, failed := k.Info(t.Context(), "ops"); failed != nil || info.ID != c.AccessKeyID {
			t.Errorf("killed at call %d: the index says %q, %v, the keychain %q", dies, info.ID, failed, c.AccessKeyID)
		}
		if err == nil {
			if c.AccessKeyID != newer.ID || dies < 3 {
				t.Errorf("not killed in %d calls, and the key is %q", dies, c.AccessKeyID)
			}
			return
		}
	}
	t.Error("Add never ended")
}
