package desktop

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"
)

// TestCallsAreWellFormed has godbus read what we write.
func TestCallsAreWellFormed(t *testing.T) {
	out := opening("v1-key")
	_, messages, ok := bytes.Cut(out, []byte("BEGIN\r\n"))
	if !ok || out[0] != 0 {
		t.Fatalf("no authentication in %q", out)
	}
	want := []struct {
		member    string
		signature string
		body      []any
	}{
		{"Hello", "", nil},
		{"OpenSession", "sv", []any{"plain", dbus.MakeVariant("")}},
		{"SearchItems", "a{ss}", []any{map[string]string{"profile": "v1-key"}}},
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
		if got, _ := m.Headers[dbus.FieldSignature].Value().(dbus.Signature); got.String() != w.signature || len(m.Body) != len(w.body) {
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
	tests := map[string]struct {
		first, then [][]byte
		want        string
		err         error
	}{
		"read":             {[][]byte{ok, hello, session, one}, [][]byte{secretOf("data")}, "data", nil},
		"other order":      {[][]byte{ok, hello, signal, one, signal, session}, [][]byte{signal, secretOf("data")}, "data", nil},
		"none":             {[][]byte{ok, hello, session, answerTo(t, dbus.TypeMethodReply, serialSearch, paths(), paths())}, nil, "", keyring.ErrKeyNotFound},
		"locked":           {[][]byte{ok, hello, session, answerTo(t, dbus.TypeMethodReply, serialSearch, paths(), paths("/item/1"))}, nil, "", errTakeTheLongWay},
		"refused":          {[][]byte{[]byte("REJECTED EXTERNAL\r\n")}, nil, "", errTakeTheLongWay},
		"no service":       {[][]byte{ok, hello, answerTo(t, dbus.TypeError, serialOpenSession, "x")}, nil, "", errTakeTheLongWay},
		"locked meanwhile": {[][]byte{ok, hello, session, one}, [][]byte{answerTo(t, dbus.TypeError, serialGetSecret, "x")}, "", errTakeTheLongWay},
		"odd session":      {[][]byte{ok, hello, answerTo(t, dbus.TypeMethodReply, serialOpenSession, "x")}, nil, "", errWire},
		"short secret":     {[][]byte{ok, hello, session, one}, [][]byte{answerTo(t, dbus.TypeMethodReply, serialGetSecret, "/session/1")}, "", errWire},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			address := fakeBus(t, bytes.Join(tt.first, nil), bytes.Join(tt.then, nil))
			got, err := quickRead(address, "v1-key")
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

// fakeBus answers the first write with first and the second with then, and hangs up.
func fakeBus(t *testing.T, first, then []byte) string {
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
		for _, reply := range [][]byte{first, then} {
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
		readOpening(bufio.NewReader(bytes.NewReader(data)))
		readSecret(bufio.NewReader(bytes.NewReader(data)))
	})
}
