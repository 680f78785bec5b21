package desktop

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/99designs/keyring"
)

// errTakeTheLongWay says that the quick way does not lead to the item, which may
// still be there: locked, or on a bus that is not a plain socket.
var errTakeTheLongWay = errors.New("the item cannot be read the quick way")

// The serials of the quick way's calls.
const (
	serialHello = 1 + iota
	serialReadAlias
	serialSearch
	serialOpenSession
	serialGetSecret
)

// quickRead reads the secret of an unlocked item, wherever it is, in three exchanges
// with the bus where a general client makes seven: what does not depend on an answer
// is sent at once, as sd-bus sends it. Errors: keyring.ErrKeyNotFound; any other
// means to go the long way.
//
// The first request to the service asks for something that does not matter: GNOME
// Keyring may not know its client yet as it answers the first one. It has been seen
// to call an open item locked then, and to abort when that request was OpenSession
// (https://gitlab.gnome.org/GNOME/gnome-keyring/-/work_items/196).
func quickRead(address, key string) ([]byte, error) {
	bus, err := dialSocket(address)
	if err != nil {
		return nil, err
	}
	defer bus.Close()
	r := bufio.NewReader(bus)
	if err := introduce(bus, r); err != nil {
		return nil, err
	}
	item, transfer, err := find(bus, r, key)
	if err != nil {
		return nil, err
	}
	return getSecret(bus, r, item, transfer)
}

// dialSocket connects to an address that is a single socket, by file or abstract name.
func dialSocket(address string) (*os.File, error) {
	name, ok := strings.CutPrefix(address, "unix:path=")
	if abstract, found := strings.CutPrefix(address, "unix:abstract="); found {
		name, ok = "@"+abstract, true
	}
	if !ok || strings.ContainsAny(address, ";%") {
		return nil, errTakeTheLongWay
	}
	name, _, _ = strings.Cut(name, ",")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: name}); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}

// introduce authenticates and lets the service get to know us.
//
// https://dbus.freedesktop.org/doc/dbus-specification.html#auth-mechanisms-external
func introduce(bus io.Writer, r *bufio.Reader) error {
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Getuid())))
	out := []byte("\x00AUTH EXTERNAL " + uid + "\r\nBEGIN\r\n")
	out = append(out, call{serial: serialHello, addressee: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
		iface: "org.freedesktop.DBus", member: "Hello"}.encode()...)
	alias := writer{}
	alias.string("default")
	out = append(out, serviceCall(serialReadAlias, "ReadAlias", "s", alias.b)...)
	if _, err := bus.Write(out); err != nil {
		return err
	}
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "OK ") {
		return errTakeTheLongWay
	}
	_, err := awaitAnswer(r, serialReadAlias)
	return err
}

// find searches for an unlocked item and, beside that, opens a session of the API,
// without encryption of its own, which a socket does not need. It returns their paths.
func find(bus io.Writer, r *bufio.Reader, key string) (item, transfer string, err error) {
	attributes := writer{}
	attributes.uint32(0) // the array's length, to be filled in
	attributes.align(8)
	attributes.string("profile")
	attributes.string(key)
	binary.LittleEndian.PutUint32(attributes.b, uint32(len(attributes.b)-8))
	plain := writer{}
	plain.string("plain")
	plain.signature("s")
	plain.string("")
	out := append(serviceCall(serialSearch, "SearchItems", "a{ss}", attributes.b),
		serviceCall(serialOpenSession, "OpenSession", "sv", plain.b)...)
	if _, err := bus.Write(out); err != nil {
		return "", "", err
	}
	body, err := awaitAnswer(r, serialSearch)
	if err != nil {
		return "", "", err
	}
	if item, err = unlocked(body); err != nil {
		return "", "", err
	}
	if body, err = awaitAnswer(r, serialOpenSession); err != nil {
		return "", "", err
	}
	if body.signature() != "s" {
		return "", "", errWire
	}
	body.string() // the algorithm's output, none in the plain one
	return item, body.string(), body.err
}

func serviceCall(serial uint32, member, in string, body []byte) []byte {
	return call{serial: serial, addressee: SecretServiceName, path: servicePath, iface: "org.freedesktop.Secret.Service",
		member: member, in: in, body: body}.encode()
}

// awaitAnswer reads until the answer to a call comes; signals and other answers are passed over.
func awaitAnswer(r *bufio.Reader, serial uint32) (reader, error) {
	for {
		a, err := readAnswer(r)
		if err != nil {
			return reader{}, err
		}
		if a.reply == serial && a.kind != typeReturn {
			return reader{}, errTakeTheLongWay
		}
		if a.reply == serial {
			return reader{b: a.body}, nil
		}
	}
}

// unlocked reads the answer to a search.
func unlocked(body reader) (string, error) {
	open, locked := body.strings(), body.strings()
	switch {
	case body.err != nil:
		return "", body.err
	case len(open) > 0:
		return open[0], nil
	case len(locked) > 0:
		return "", errTakeTheLongWay
	}
	return "", keyring.ErrKeyNotFound
}

// getSecret reads the API's secret struct and returns its value.
func getSecret(bus io.Writer, r *bufio.Reader, item, transfer string) ([]byte, error) {
	in := writer{}
	in.string(transfer)
	get := call{serial: serialGetSecret, addressee: SecretServiceName, path: item, iface: "org.freedesktop.Secret.Item",
		member: "GetSecret", in: "o", body: in.b}
	if _, err := bus.Write(get.encode()); err != nil {
		return nil, err
	}
	body, err := awaitAnswer(r, serialGetSecret)
	if err != nil {
		return nil, err
	}
	body.string() // the session
	body.bytes()  // parameters, none in the plain one
	value := body.bytes()
	return value, body.err
}
