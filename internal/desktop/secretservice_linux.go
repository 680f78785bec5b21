package desktop

import (
	"encoding/json"
	"errors"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus"

	"github.com/secaws/secaws/internal/dbusguard"
)

// SecretServiceName is what the service answers to on the session bus.
const SecretServiceName = "org.freedesktop.secrets"

// The Secret Service API: https://specifications.freedesktop.org/secret-service-spec/latest/
const (
	servicePath       = "/org/freedesktop/secrets"
	collectionsPath   = servicePath + "/collection/"
	serviceInterface  = "org.freedesktop.Secret.Service."
	collectionMethods = "org.freedesktop.Secret.Collection."
	itemMethods       = "org.freedesktop.Secret.Item."
	nothing           = dbus.ObjectPath("/")
)

// ErrNoCollection says that the service has no default place for items. Making one
// would ask the person for a passphrase of its own.
var ErrNoCollection = errors.New("the Secret Service has no default collection (log in to a desktop once, or make one with seahorse)")

// SecretService is the service as a keychain of the library's: items are labelled
// and attributed with their key, and hold the library's Item as JSON.
type SecretService struct {
	// Collection is the one to use, by the end of its path. "" is the person's
	// default one, which logging in unlocks.
	Collection string

	session  session
	known    bool            // the service has answered us once
	transfer dbus.ObjectPath // the session of the API, under which secrets travel
}

// secret is the API's struct of that name.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// Get reads an item, asking the person to unlock it where it is locked.
func (s *SecretService) Get(key string) (keyring.Item, error) {
	if s.Collection == "" {
		if address, reason := dbusguard.Address(); reason == "" {
			data, err := quickRead(address, key)
			if err == nil || errors.Is(err, keyring.ErrKeyNotFound) {
				return decode(data, err)
			}
		}
	}
	return s.get(key)
}

// get is Get with a general client, which can unlock.
func (s *SecretService) get(key string) (keyring.Item, error) {
	conn, err := s.bus()
	if err != nil {
		return keyring.Item{}, err
	}
	path, err := s.unlocked(conn, key)
	if err != nil {
		return keyring.Item{}, err
	}
	if err := s.openTransfer(conn); err != nil {
		return keyring.Item{}, err
	}
	var found secret
	err = object(conn, path).Call(itemMethods+"GetSecret", 0, s.transfer).Store(&found)
	return decode(found.Value, err)
}

func decode(data []byte, err error) (keyring.Item, error) {
	var item keyring.Item
	if err == nil {
		err = json.Unmarshal(data, &item)
	}
	return item, err
}

// bus is the connection, on which the service has come to know us: see quickRead.
func (s *SecretService) bus() (*dbus.Conn, error) {
	conn, err := s.session.bus()
	if err != nil || s.known {
		return conn, err
	}
	s.known = true
	return conn, service(conn).Call(serviceInterface+"ReadAlias", 0, "default").Err
}

// openTransfer opens a session of the API, once.
func (s *SecretService) openTransfer(conn *dbus.Conn) error {
	if s.transfer != "" {
		return nil
	}
	var output dbus.Variant
	return service(conn).Call(serviceInterface+"OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&output, &s.transfer)
}

// unlocked finds the item of a key and unlocks it.
func (s *SecretService) unlocked(conn *dbus.Conn, key string) (dbus.ObjectPath, error) {
	open, locked, err := s.search(conn, key)
	if err != nil || len(open) > 0 {
		return first(open), err
	}
	if len(locked) == 0 {
		return "", keyring.ErrKeyNotFound
	}
	return locked[0], unlock(conn, locked[0])
}

// search finds the items of a key, in one collection where that is named.
func (s *SecretService) search(conn *dbus.Conn, key string) (open, locked []dbus.ObjectPath, err error) {
	attributes := map[string]string{"profile": key}
	if s.Collection == "" {
		err = service(conn).Call(serviceInterface+"SearchItems", 0, attributes).Store(&open, &locked)
		return open, locked, err
	}
	path, err := s.collection(conn)
	if errors.Is(err, ErrNoCollection) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	// This call does not tell the locked from the others: unlocking one that is open does nothing.
	err = object(conn, path).Call(collectionMethods+"SearchItems", 0, attributes).Store(&locked)
	return nil, locked, err
}

// Set makes or replaces an item.
func (s *SecretService) Set(item keyring.Item) error {
	conn, err := s.bus()
	if err != nil {
		return err
	}
	path, err := s.openCollection(conn)
	if err != nil {
		return err
	}
	if err := s.openTransfer(conn); err != nil {
		return err
	}
	data, err := json.Marshal(item)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		itemMethods + "Label":      dbus.MakeVariant(item.Key),
		itemMethods + "Attributes": dbus.MakeVariant(map[string]string{"profile": item.Key}),
	}
	content := secret{Session: s.transfer, Parameters: []byte{}, Value: data, ContentType: "application/json"}
	var made, prompt dbus.ObjectPath
	if err := object(conn, path).Call(collectionMethods+"CreateItem", 0, properties, content, true).Store(&made, &prompt); err != nil {
		return err
	}
	return await(conn, prompt)
}

// Remove deletes every item of the key.
func (s *SecretService) Remove(key string) error {
	conn, err := s.bus()
	if err != nil {
		return err
	}
	open, locked, err := s.search(conn, key)
	if err != nil {
		return err
	}
	found := append(open, locked...)
	if len(found) == 0 {
		return keyring.ErrKeyNotFound
	}
	for _, path := range found {
		var prompt dbus.ObjectPath
		if err := object(conn, path).Call(itemMethods+"Delete", 0).Store(&prompt); err != nil {
			return err
		}
		if err := await(conn, prompt); err != nil {
			return err
		}
	}
	return nil
}

// Keys lists the labels of the collection's items, which are ours or anybody's.
func (s *SecretService) Keys() ([]string, error) {
	conn, err := s.bus()
	if err != nil {
		return nil, err
	}
	path, err := s.openCollection(conn)
	if errors.Is(err, ErrNoCollection) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	items, err := property[[]dbus.ObjectPath](conn, path, collectionMethods+"Items")
	if err != nil {
		return nil, err
	}
	return labels(conn, items), nil
}

// labels asks for all labels at once; an item that went away meanwhile has none.
func labels(conn *dbus.Conn, items []dbus.ObjectPath) []string {
	var calls []*dbus.Call
	for _, item := range items {
		calls = append(calls, object(conn, item).Go("org.freedesktop.DBus.Properties.Get", 0, make(chan *dbus.Call, 1), "org.freedesktop.Secret.Item", "Label"))
	}
	var names []string
	for _, call := range calls {
		var value dbus.Variant
		if (<-call.Done).Store(&value) == nil {
			if label, ok := value.Value().(string); ok {
				names = append(names, label)
			}
		}
	}
	return names
}

// GetMetadata is not supported, as in the library.
func (s *SecretService) GetMetadata(string) (keyring.Metadata, error) {
	return keyring.Metadata{}, keyring.ErrMetadataNeedsCredentials
}

func service(conn *dbus.Conn) dbus.BusObject { return object(conn, servicePath) }

func object(conn *dbus.Conn, path dbus.ObjectPath) dbus.BusObject {
	return conn.Object(SecretServiceName, path)
}

// property reads a property, and says so when it has another type than the API's.
func property[T any](conn *dbus.Conn, path dbus.ObjectPath, name string) (T, error) {
	var none T
	value, err := object(conn, path).GetProperty(name)
	if err != nil {
		return none, err
	}
	typed, ok := value.Value().(T)
	if !ok {
		return none, errors.New(name + " has an unexpected type")
	}
	return typed, nil
}

func first(paths []dbus.ObjectPath) dbus.ObjectPath {
	if len(paths) == 0 {
		return ""
	}
	return paths[0]
}
