package keyring

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
)

// The contract of every backend. It runs on the file backend, and again on each
// keychain that backends_test.go can start.

func TestContractKeys(t *testing.T) {
	o := options(t)
	k := open(t, o)
	names := []string{"ops", "Ops", "with/slash", "..", "a b", "ünï☃", "-dash", strings.Repeat("long", 200)}
	for _, name := range names {
		add(t, k, key(name))
	}
	k = open(t, o) // as another process
	for _, name := range names {
		want := key(name)
		if got := secretOf(t, k, name); got != want.Secret.Reveal() {
			t.Errorf("%.20q: another secret came back", name)
		}
		info, err := k.Info(t.Context(), name)
		wantInfo := KeyInfo{Name: name, ID: want.ID, User: want.User, Account: want.Account, MFASerial: want.MFASerial, Created: want.Created}
		if diff := cmp.Diff(wantInfo, info); diff != "" || err != nil {
			t.Errorf("%.20q: %v %s", name, err, diff)
		}
	}
	infos, err := k.List(t.Context())
	if err != nil || len(infos) != len(names) {
		t.Errorf("%d keys listed, %v, want %d", len(infos), err, len(names))
	}
	for _, name := range names {
		if err := k.Remove(t.Context(), name); err != nil {
			t.Errorf("remove %.20q: %v", name, err)
		}
	}
	if infos, err := open(t, o).List(t.Context()); len(infos) != 0 || err != nil {
		t.Errorf("after removal %v, %v", infos, err)
	}
}

func TestContractReplaceAndRemove(t *testing.T) {
	o := options(t)
	k := open(t, o)
	add(t, k, key("ops"), key("other"))
	newer := key("ops")
	newer.ID, newer.Secret = "AKIANEWER", NewSecret("canary-newer")
	add(t, k, newer)
	if got := secretOf(t, open(t, o), "ops"); got != "canary-newer" {
		t.Errorf("the replaced secret is still there")
	}
	if info, err := k.Info(t.Context(), "ops"); info.ID != "AKIANEWER" || err != nil {
		t.Errorf("Info says %q, %v", info.ID, err)
	}
	if err := k.Remove(t.Context(), "ops"); err != nil {
		t.Fatal(err)
	}
	var missing *NotFoundError
	for what, err := range map[string]error{
		"Remove": k.Remove(t.Context(), "ops"),
		"Signer": second(k.Signer(t.Context(), "ops")),
		"Info":   second(k.Info(t.Context(), "ops")),
		"Update": k.Update(t.Context(), "ops", func(*KeyInfo) {}),
	} {
		if !errors.As(err, &missing) || missing.Backend != o.Backend {
			t.Errorf("%s of a removed key: %v, want a NotFoundError of %s", what, err, o.Backend)
		}
	}
	secretOf(t, k, "other")
}

func TestContractSessions(t *testing.T) {
	o := options(t)
	k := open(t, o)
	for _, size := range []int{0, 512, 2560, 4096, 64 << 10} {
		id := fmt.Sprintf("%064d", size)
		want := make([]byte, size)
		rand.Read(want)
		if err := k.Save(t.Context(), id, want); err != nil {
			t.Fatal(err)
		}
		if got, err := open(t, o).Load(t.Context(), id); !bytes.Equal(got, want) || err != nil {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		if err := errors.Join(k.Delete(t.Context(), id), k.Delete(t.Context(), id)); err != nil {
			t.Error(err)
		}
		if got, err := k.Load(t.Context(), id); got != nil || err != nil {
			t.Errorf("a deleted session: %d bytes, %v", len(got), err)
		}
	}
}

func TestContractUpdate(t *testing.T) {
	o := options(t)
	k := open(t, o)
	add(t, k, key("ops"))
	at := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	if err := k.Update(t.Context(), "ops", func(i *KeyInfo) { i.LastCode, i.LastCodeAt = "hash", at }); err != nil {
		t.Fatal(err)
	}
	info, err := open(t, o).Info(t.Context(), "ops")
	if err != nil || info.LastCode != "hash" || !info.LastCodeAt.Equal(at) || info.ID != key("ops").ID {
		t.Errorf("Info = %+v, %v", info, err)
	}
}

// TestContractRefusals puts items into the backend behind the keyring's back.
func TestContractRefusals(t *testing.T) {
	tests := map[string]struct {
		item func(data []byte) []byte // what is put in the place of "ops", from the item of "other"
		want error
	}{
		"another's item": {func(data []byte) []byte { return data }, ErrSwapped},
		"newer version":  {func(data []byte) []byte { return bytes.Replace(data, []byte(`"version":1`), []byte(`"version":2`), 1) }, ErrNewer},
		"newer form":     {func([]byte) []byte { return []byte(`{"version":7,"kind":{"new":true},"name":["ops"]}`) }, ErrNewer},
		"no version":     {func([]byte) []byte { return []byte(`{"kind":"access key","name":"ops","secret":"x"}`) }, ErrDamaged},
		"no secret":      {func([]byte) []byte { return []byte(`{"version":1,"kind":"access key","name":"ops"}`) }, ErrDamaged},
		"half":           {func(data []byte) []byte { return data[:len(data)/2] }, ErrDamaged},
		"other kind": {func(data []byte) []byte {
			return []byte(`{"version":1,"kind":"sealing key","name":"ops","secret":"x"}`)
		}, ErrSwapped},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			k := open(t, o)
			add(t, k, key("ops"), key("other"))
			v := vaultOf(t, k)
			data, err := v.get(t.Context(), itemName(KindAccessKey, "other"))
			if err != nil {
				t.Fatal(err)
			}
			if err := v.set(t.Context(), itemName(KindAccessKey, "ops"), "label", tt.item(data)); err != nil {
				t.Fatal(err)
			}
			_, err = open(t, o).Signer(t.Context(), "ops")
			var refused *ItemError
			if !errors.As(err, &refused) || !errors.Is(err, tt.want) || refused.Hint() == "" || refused.Backend != o.Backend {
				t.Errorf("Signer = %v, want an ItemError of %s: %v", err, o.Backend, tt.want)
			}
			add(t, k, key("ops")) // the way out the hint names
			secretOf(t, open(t, o), "ops")
		})
	}
}

func TestContractLostSealingKey(t *testing.T) {
	o := options(t)
	var said []string
	o.Notice = func(line string) { said = append(said, line) }
	k := open(t, o)
	add(t, k, key("ops"))
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	if err := vaultOf(t, k).remove(t.Context(), itemName(KindSealing, sealingName)); err != nil {
		t.Fatal(err)
	}
	k = open(t, o)
	if data, err := k.Load(t.Context(), "session"); data != nil || err != nil {
		t.Errorf("Load = %q, %v, want a miss", data, err)
	}
	if info, err := k.Info(t.Context(), "ops"); info.ID != key("ops").ID || err != nil {
		t.Errorf("Info = %+v, %v, want it rebuilt from the key", info, err)
	}
	if secretOf(t, k, "ops") != key("ops").Secret.Reveal() {
		t.Error("the key is lost")
	}
	if len(said) != 1 || !strings.Contains(said[0], "made anew") {
		t.Errorf("it said %q, want one line on the loss", said)
	}
	if err := k.Save(t.Context(), "session", []byte("again")); err != nil {
		t.Fatal(err)
	}
	if data, err := open(t, o).Load(t.Context(), "session"); string(data) != "again" || err != nil {
		t.Errorf("Load = %q, %v", data, err)
	}
}

// TestContractReset is the way out of a sealing key that is refused.
func TestContractReset(t *testing.T) {
	o := options(t)
	k := open(t, o)
	add(t, k, key("ops"))
	if err := k.Save(t.Context(), "session", []byte("data")); err != nil {
		t.Fatal(err)
	}
	if err := vaultOf(t, k).set(t.Context(), itemName(KindSealing, sealingName), "label", []byte("garbage")); err != nil {
		t.Fatal(err)
	}
	k = open(t, o)
	_, err := k.Load(t.Context(), "session")
	var refused *ItemError
	if !errors.As(err, &refused) || !strings.Contains(refused.Hint(), "logout --all") {
		t.Fatalf("Load = %v, want an ItemError with its way out", err)
	}
	if err := k.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	k = open(t, o)
	if data, err := k.Load(t.Context(), "session"); data != nil || err != nil {
		t.Errorf("Load = %q, %v, want a miss", data, err)
	}
	if infos, err := k.List(t.Context()); len(infos) != 1 || err != nil {
		t.Errorf("List = %v, %v, want the key that was there", infos, err)
	}
	secretOf(t, k, "ops")
}

// TestContractConcurrent uses one keyring from many goroutines.
func TestContractConcurrent(t *testing.T) {
	k := open(t, options(t))
	var users sync.WaitGroup
	for n := range 6 {
		name := fmt.Sprintf("key-%d", n)
		users.Go(func() {
			err := errors.Join(k.Add(t.Context(), key(name)), k.Save(t.Context(), name, []byte(name)),
				k.Update(t.Context(), name, func(i *KeyInfo) { i.LastCode = name }))
			info, failed := k.Info(t.Context(), name)
			if err = errors.Join(err, failed, second(k.Signer(t.Context(), name))); err != nil || info.LastCode != name {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
			if data, err := k.Load(t.Context(), name); string(data) != name || err != nil {
				t.Errorf("%s: %q, %v", name, data, err)
			}
		})
	}
	users.Wait()
	if infos, err := k.List(t.Context()); len(infos) != 6 || err != nil {
		t.Errorf("%d keys, %v, want 6", len(infos), err)
	}
}

// TestContractVolatile wants to be asked before a reboot may take a key away.
func TestContractVolatile(t *testing.T) {
	o := options(t)
	o.Volatile = false
	err := open(t, o).Add(t.Context(), key("ops"))
	var volatile *VolatileError
	if got, want := errors.As(err, &volatile), o.Backend == KeyCtl; got != want || !want && err != nil || want && volatile.Hint() == "" {
		t.Errorf("Add to %s = %v, want a VolatileError: %t", o.Backend, err, want)
	}
}

// TestContractSigner has the SDK's own signer as the judge.
func TestContractSigner(t *testing.T) {
	k := open(t, options(t))
	add(t, k, key("ops"))
	s, err := k.Signer(t.Context(), "ops")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sign := func(f func(context.Context, aws.Credentials, *http.Request, string, string, string, time.Time, ...func(*v4.SignerOptions)) error, c aws.Credentials) string {
		r, _ := http.NewRequest("POST", "https://sts.amazonaws.com/", strings.NewReader("Action=GetCallerIdentity"))
		if err := f(t.Context(), c, r, strings.Repeat("0", 64), "sts", "us-east-1", at); err != nil {
			t.Fatal(err)
		}
		return r.Header.Get("Authorization")
	}
	want := sign(v4.NewSigner().SignHTTP, aws.Credentials{AccessKeyID: key("ops").ID, SecretAccessKey: key("ops").Secret.Reveal()})
	if got := sign(s.SignHTTP, aws.Credentials{}); got != want || !strings.Contains(got, key("ops").ID) {
		t.Errorf("signed %q, want %q", got, want)
	}
	if s.KeyID() != key("ops").ID {
		t.Errorf("KeyID = %q", s.KeyID())
	}
}

func vaultOf(t *testing.T, k *Keyring) vault {
	t.Helper()
	v, err := k.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func second[T any](_ T, err error) error { return err }
