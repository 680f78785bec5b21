package desktop

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// As much of the D-Bus message format as reading one item takes:
// https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol

var errWire = errors.New("not the expected D-Bus message")

// wireMax is more than any answer to our questions has a right to.
const wireMax = 1 << 20

// The message types and header fields in use.
const (
	typeCall        = 1
	typeReturn      = 2
	fieldPath       = 1
	fieldInterface  = 2
	fieldMember     = 3
	fieldReply      = 5
	fieldAddressee  = 6
	fieldSignature  = 8
	wireVersion     = 1
	wireFixedHeader = 16 // with the length of the fields
)

// writer appends values in the format, little-endian.
type writer struct{ b []byte }

func (w *writer) align(n int) {
	for len(w.b)%n != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) uint32(v uint32) {
	w.align(4)
	w.b = binary.LittleEndian.AppendUint32(w.b, v)
}

// string writes a string or an object path.
func (w *writer) string(s string) {
	w.uint32(uint32(len(s)))
	w.b = append(append(w.b, s...), 0)
}

func (w *writer) signature(s string) {
	w.b = append(append(append(w.b, byte(len(s))), s...), 0)
}

func (w *writer) field(code byte, signature, value string) {
	w.align(8)
	w.b = append(w.b, code)
	w.signature(signature)
	if signature == "g" {
		w.signature(value)
		return
	}
	w.string(value)
}

// call is one method call.
type call struct {
	serial                             uint32
	addressee, path, iface, member, in string // in: the body's signature
	body                               []byte
}

func (c call) encode() []byte {
	w := &writer{b: []byte{'l', typeCall, 0, wireVersion}}
	w.uint32(uint32(len(c.body)))
	w.uint32(c.serial)
	w.uint32(0) // the fields' length, to be filled in
	w.field(fieldPath, "o", c.path)
	w.field(fieldInterface, "s", c.iface)
	w.field(fieldMember, "s", c.member)
	w.field(fieldAddressee, "s", c.addressee)
	if c.in != "" {
		w.field(fieldSignature, "g", c.in)
	}
	binary.LittleEndian.PutUint32(w.b[wireFixedHeader-4:], uint32(len(w.b)-wireFixedHeader))
	w.align(8)
	return append(w.b, c.body...)
}

// answer is a message from the bus: a signal, a return or an error.
type answer struct {
	kind  byte
	reply uint32 // the serial of the call it answers, 0 for none
	body  []byte
}

func readAnswer(r *bufio.Reader) (answer, error) {
	var fixed [wireFixedHeader]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return answer{}, err
	}
	body, fields := binary.LittleEndian.Uint32(fixed[4:]), binary.LittleEndian.Uint32(fixed[12:])
	if fixed[0] != 'l' || fixed[3] != wireVersion || body > wireMax || fields > wireMax {
		return answer{}, errWire
	}
	padded := (fields + 7) &^ 7
	rest := make([]byte, padded+body)
	if _, err := io.ReadFull(r, rest); err != nil {
		return answer{}, err
	}
	a := answer{kind: fixed[1], body: rest[padded:]}
	return a, a.readFields(rest[:fields])
}

// readFields looks for the one header field that matters.
func (a *answer) readFields(fields []byte) error {
	r := reader{b: fields}
	for r.at < len(fields) && r.err == nil {
		r.align(8)
		code := r.byte()
		switch r.signature() {
		case "u":
			if v := r.uint32(); code == fieldReply {
				a.reply = v
			}
		case "g":
			r.signature()
		case "s", "o":
			r.string()
		default:
			return errWire
		}
	}
	return r.err
}

// reader takes values from a message; after the first that is not there, all are zero and err is set.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b)-r.at {
		r.err = errWire
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) align(n int) { r.take((n - r.at%n) % n) }

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	r.align(4)
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// bytes is an array of bytes, of which a string is one with a zero behind it.
func (r *reader) bytes() []byte { return r.take(int(r.uint32())) }

func (r *reader) string() string {
	s := r.bytes()
	r.take(1)
	return string(s)
}

func (r *reader) signature() string {
	s := r.take(int(r.byte()))
	r.take(1)
	return string(s)
}

// strings is an array of strings or object paths.
func (r *reader) strings() []string {
	size := int(r.uint32())
	end := r.at + size
	var all []string
	for r.err == nil && r.at < end {
		all = append(all, r.string())
	}
	return all
}
