package desktop

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
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
	serialOpenSession
	serialSearch
	serialGetSecret
)

// quickRead reads the secret of an unlocked item, wherever it is, in two exchanges
// with the bus where a general client makes seven: all that does not depend on an
// answer is sent at once, as sd-bus sends it. With GNOME Keyring a whole program
// takes 3.2 ms with it and 3.6 without, where hello-world takes 1.3. Errors:
// keyring.ErrKeyNotFound; any other means to go the long way.
func quickRead(address, key string) ([]byte, error) {
	bus, err := dialSocket(address)
	if err != nil {
		return nil, err
	}
	defer bus.Close()
	if _, err := bus.Write(opening(key)); err != nil {
		return nil, err
	}
	r := bufio.NewReader(bus)
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "OK ") {
		return nil, errTakeTheLongWay
	}
	transfer, item, err := readOpening(r)
	if err != nil {
		return nil, err
	}
	body := writer{}
	body.string(transfer)
	get := call{serial: serialGetSecret, addressee: SecretServiceName, path: item, iface: "org.freedesktop.Secret.Item",
		member: "GetSecret", in: "o", body: body.b}
	if _, err := bus.Write(get.encode()); err != nil {
		return nil, err
	}
	return readSecret(r)
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

// opening authenticates and asks all that needs no answer first.
//
// https://dbus.freedesktop.org/doc/dbus-specification.html#auth-mechanisms-external
func opening(key string) []byte {
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Getuid())))
	out := []byte("\x00AUTH EXTERNAL " + uid + "\r\nBEGIN\r\n")
	out = append(out, call{serial: serialHello, addressee: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
		iface: "org.freedesktop.DBus", member: "Hello"}.encode()...)

	plain := writer{}
	plain.string("plain")
	plain.signature("s")
	plain.string("")
	out = append(out, serviceCall(serialOpenSession, "OpenSession", "sv", plain.b)...)

	attributes := writer{}
	attributes.uint32(0) // the array's length, to be filled in
	attributes.align(8)
	attributes.string("profile")
	attributes.string(key)
	binary.LittleEndian.PutUint32(attributes.b, uint32(len(attributes.b)-8))
	return append(out, serviceCall(serialSearch, "SearchItems", "a{ss}", attributes.b)...)
}

func serviceCall(serial uint32, member, in string, body []byte) []byte {
	return call{serial: serial, addressee: SecretServiceName, path: servicePath, iface: "org.freedesktop.Secret.Service",
		member: member, in: in, body: body}.encode()
}

// readOpening waits for the session's and the item's paths.
func readOpening(r *bufio.Reader) (transfer, item string, err error) {
	for transfer == "" || item == "" {
		a, err := readAnswer(r)
		if err != nil {
			return "", "", err
		}
		if a.reply != 0 && a.kind != typeReturn {
			return "", "", errTakeTheLongWay
		}
		body := reader{b: a.body}
		switch a.reply {
		case serialOpenSession:
			if body.signature() != "s" {
				return "", "", errWire
			}
			_, transfer = body.string(), body.string()
		case serialSearch:
			item, err = found(body.strings(), body.strings())
		}
		if err = errors.Join(err, body.err); err != nil {
			return "", "", err
		}
	}
	return transfer, item, nil
}

func found(unlocked, locked []string) (string, error) {
	switch {
	case len(unlocked) > 0:
		return unlocked[0], nil
	case len(locked) > 0:
		return "", errTakeTheLongWay
	}
	return "", keyring.ErrKeyNotFound
}

// readSecret waits for the API's secret struct and returns its value.
func readSecret(r *bufio.Reader) ([]byte, error) {
	for {
		a, err := readAnswer(r)
		if err != nil {
			return nil, err
		}
		if a.reply != serialGetSecret {
			continue
		}
		if a.kind != typeReturn {
			return nil, errTakeTheLongWay
		}
		body := reader{b: a.body}
		body.string() // the session
		body.bytes()  // parameters, none in the plain one
		value := body.bytes()
		return value, body.err
	}
}
