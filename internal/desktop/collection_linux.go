package desktop

import (
	"strings"

	"github.com/godbus/dbus"
)

// DefaultCollection says whether the service, which must answer, has a default
// place for items. ErrNoCollection when it has none.
func DefaultCollection() error {
	conn, err := connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = (&SecretService{}).collection(conn)
	return err
}

// collection is the path of the collection to use. ErrNoCollection when it is not there.
func (s *SecretService) collection(conn *dbus.Conn) (dbus.ObjectPath, error) {
	if s.Collection != "" {
		return s.named(conn)
	}
	var path dbus.ObjectPath
	if err := service(conn).Call(serviceInterface+"ReadAlias", 0, "default").Store(&path); err != nil {
		return "", err
	}
	if path == nothing {
		return "", ErrNoCollection
	}
	return path, nil
}

// named looks for the collection whose path ends in its name.
func (s *SecretService) named(conn *dbus.Conn) (dbus.ObjectPath, error) {
	paths, err := property[[]dbus.ObjectPath](conn, servicePath, serviceInterface+"Collections")
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		if name, ok := strings.CutPrefix(string(path), collectionsPath); ok && unescape(name) == s.Collection {
			return path, nil
		}
	}
	return "", ErrNoCollection
}

// openCollection is collection, unlocked by the person where it is locked.
func (s *SecretService) openCollection(conn *dbus.Conn) (dbus.ObjectPath, error) {
	path, err := s.collection(conn)
	if err != nil {
		return "", err
	}
	locked, err := property[bool](conn, path, collectionMethods+"Locked")
	if err != nil || !locked {
		return path, err
	}
	return path, unlock(conn, path)
}

// unlock asks the service, which asks the person, to unlock an item or a collection.
func unlock(conn *dbus.Conn, path dbus.ObjectPath) error {
	var done []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := service(conn).Call(serviceInterface+"Unlock", 0, []dbus.ObjectPath{path}).Store(&done, &prompt); err != nil {
		return err
	}
	return await(conn, prompt)
}

// await shows the service's prompt, if there is one, and waits until the person
// has answered it. ErrDismissed.
func await(conn *dbus.Conn, prompt dbus.ObjectPath) error {
	if prompt == nothing || prompt == "" {
		return nil
	}
	rule := "type='signal',interface='org.freedesktop.Secret.Prompt',path='" + string(prompt) + "'"
	if err := conn.BusObject().Call("org.freedesktop.DBus.AddMatch", 0, rule).Err; err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 10)
	conn.Signal(signals)
	defer conn.RemoveSignal(signals)
	if err := object(conn, prompt).Call("org.freedesktop.Secret.Prompt.Prompt", 0, "").Err; err != nil {
		return err
	}
	for signal := range signals {
		if signal.Path == prompt {
			return dismissed(signal.Body)
		}
	}
	return dbus.ErrClosed
}

// dismissed reads the body of a prompt's Completed signal: (dismissed, result).
func dismissed(body []any) error {
	if len(body) > 0 {
		if no, ok := body[0].(bool); ok && !no {
			return nil
		}
	}
	return ErrDismissed
}

// unescape undoes the "_2d" form of object paths, as the library does before it compares.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && i+2 < len(s) {
			if b, ok := unhex(s[i+1 : i+3]); ok {
				out.WriteByte(b)
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func unhex(s string) (byte, bool) {
	var b byte
	for _, c := range []byte(s) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return 0, false
		}
		b = b<<4 | byte(digit)
	}
	return b, true
}
