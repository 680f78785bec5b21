package desktop

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// TestCallsAreWellFormed has godbus read what we write.
func TestCallsAreWellFormed(t *testing.T) {
	var out bytes.Buffer // they write, and find no answer
	errs := []error{introduce(&out, bufio.NewReader(&bytes.Buffer{})), third(find(&out, bufio.NewReader(&bytes.Buffer{}), "v1-key")),
		second(getSecret(&out, bufio.NewReader(&bytes.Buffer{}), "/item/1", "/session/1"))}
	for _, err := range errs {
		if err == nil {
			t.Error("done without an answer")
		}
	}
	_, messages, ok := bytes.Cut(out.Bytes(), []byte("BEGIN\r\n"))
	if !ok || out.Bytes()[0] != 0 {
		t.Fatalf("no authentication in %q", out.Bytes())
	}
	want := []struct {
		member    string
		signature string
		body      []any
	}{
		{"Hello", "", nil},
		{"ReadAlias", "s", []any{"default"}},
		{"SearchItems", "a{ss}", []any{map[string]string{"profile": "v1-key"}}},
		{"OpenSession", "sv", []any{"plain", dbus.MakeVariant("")}},
		{"GetSecret", "o", []any{dbus.ObjectPath("/session/1")}},
	}
	r := bytes.NewReader(messages)
	for i, w := range want {
		m, err := dbus.DecodeMessage(r)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		if err := m.IsValid(); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
		if got := m.Headers[dbus.FieldMember].Value(); got != w.member {
			t.Errorf("message %d is %v, want %s", i, got, w.member)
		}
		if got, _ := m.Headers[dbus.FieldSignature].Value().(dbus.Signature); got.String() != w.signature || !reflect.DeepEqual(m.Body, w.body) {
			t.Errorf("message %d has %s %v, want %s %v", i, got, m.Body, w.signature, w.body)
		}
	}
	if r.Len() != 0 {
		t.Errorf("%d bytes behind the last message", r.Len())
	}
}

// answerTo encodes an answer with godbus.
func answerTo(t testing.TB, kind dbus.Type, serial uint32, body ...any) []byte {
	t.Helper()
	m := &dbus.Message{Type: kind, Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(serial)}, Body: body}
	switch kind {
	case dbus.TypeSignal:
		m.Headers = map[dbus.HeaderField]dbus.Variant{dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/a")),
			dbus.FieldInterface: dbus.MakeVariant("a.b"), dbus.FieldMember: dbus.MakeVariant("C")}
	case dbus.TypeError:
		m.Headers[dbus.FieldErrorName] = dbus.MakeVariant("org.freedesktop.Secret.Error.IsLocked")
	}
	if len(body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	var out bytes.Buffer
	if err := m.EncodeTo(&out, binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	b[8] = 1 // a message has a serial of its own
	return b
}

func TestQuickRead(t *testing.T) {
	paths := func(p ...dbus.ObjectPath) []dbus.ObjectPath { return append([]dbus.ObjectPath{}, p...) }
	ok := []byte("OK 0123456789abcdef0123456789abcdef\r\n")
	hello := answerTo(t, dbus.TypeMethodReply, serialHello, ":1.7")
	signal := answerTo(t, dbus.TypeSignal, 0, ":1.7")
	session := answerTo(t, dbus.TypeMethodReply, serialOpenSession, dbus.MakeVariant(""), dbus.ObjectPath("/session/1"))
	one := answerTo(t, dbus.TypeMethodReply, serialSearch, paths("/item/1", "/item/2"), paths())
	secretOf := func(value string) []byte {
		return answerTo(t, dbus.TypeMethodReply, serialGetSecret, secret{Session: "/session/1", Parameters: []byte{}, Value: []byte(value), ContentType: "x"})
	}
	alias := answerTo(t, dbus.TypeMethodReply, serialReadAlias, dbus.ObjectPath("/a"))
	known := join(ok, hello, alias)
	tests := map[string]struct {
		answers [][]byte // one for each exchange
		want    string
		err     error
	}{
		"read":             {[][]byte{known, join(one, session), secretOf("data")}, "data", nil},
		"with signals":     {[][]byte{join(ok, hello, signal, alias), join(signal, one, signal, session), join(signal, secretOf("data"))}, "data", nil},
		"none":             {[][]byte{known, join(answerTo(t, dbus.TypeMethodReply, serialSearch, paths(), paths()), session)}, "", keyring.ErrKeyNotFound},
		"locked":           {[][]byte{known, join(answerTo(t, dbus.TypeMethodReply, serialSearch, paths(), paths("/item/1")), session)}, "", errTakeTheLongWay},
		"refused":          {[][]byte{[]byte("REJECTED EXTERNAL\r\n")}, "", errTakeTheLongWay},
		"no service":       {[][]byte{join(ok, hello, answerTo(t, dbus.TypeError, serialReadAlias, "x"))}, "", errTakeTheLongWay},
		"no session":       {[][]byte{known, join(one, answerTo(t, dbus.TypeError, serialOpenSession, "x"))}, "", errTakeTheLongWay},
		"locked meanwhile": {[][]byte{known, join(one, session), answerTo(t, dbus.TypeError, serialGetSecret, "x")}, "", errTakeTheLongWay},
		"odd session":      {[][]byte{known, join(one, answerTo(t, dbus.TypeMethodReply, serialOpenSession, "x"))}, "", errWire},
		"odd search":       {[][]byte{known, join(answerTo(t, dbus.TypeMethodReply, serialSearch, "x"), session)}, "", errWire},
		"short secret":     {[][]byte{known, join(one, session), answerTo(t, dbus.TypeMethodReply, serialGetSecret, "/session/1")}, "", errWire},
		"hangs up":         {[][]byte{known, one}, "", io.EOF},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := quickRead(fakeBus(t, tt.answers), "v1-key")
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("quickRead = %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
	for _, address := range []string{"", "tcp:host=localhost,port=1", "unix:path=/a;unix:path=/b", "unix:path=/nonexistent", "unix:path=/a%20b"} {
		if _, err := quickRead(address, "v1-key"); err == nil || errors.Is(err, keyring.ErrKeyNotFound) {
			t.Errorf("quickRead at %q: %v", address, err)
		}
	}
}

func second[A any](_ A, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// fakeBus answers one write after the other, and hangs up.
func fakeBus(t *testing.T, answers [][]byte) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dk")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); os.RemoveAll(dir) })
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for _, reply := range answers {
			if n, _ := c.Read(make([]byte, 4096)); n == 0 {
				return
			}
			if _, err := c.Write(reply); err != nil {
				return
			}
		}
	}()
	return "unix:path=" + path + ",guid=0123"
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(answerTo(f, dbus.TypeMethodReply, serialSearch, []dbus.ObjectPath{"/a"}, []dbus.ObjectPath{}))
	f.Add(answerTo(f, dbus.TypeSignal, 0, ":1.7"))
	f.Add([]byte("l\x02\x00\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReader(bytes.NewReader(data))
		total := 0
		for {
			a, err := readAnswer(r)
			if err != nil {
				break
			}
			total += wireFixedHeader + len(a.body)
			body := reader{b: a.body}
			if n := len(body.strings()); n > len(a.body) || body.at > len(a.body) {
				t.Errorf("%d strings in %d bytes", n, len(a.body))
			}
		}
		if total > len(data) {
			t.Errorf("%d bytes of answers in %d", total, len(data))
		}
		find(io.Discard, bufio.NewReader(bytes.NewReader(data)), "key")
		getSecret(io.Discard, bufio.NewReader(bytes.NewReader(data)), "/a", "/b")
	})
}
