// Command library is 99designs/keyring as it is, for the test that compares:
// library BACKEND set|get|remove|keys [KEY [DATA]].
package main

import (
	"fmt"
	"os"

	"github.com/99designs/keyring"
)

func main() {
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends:         []keyring.BackendType{keyring.BackendType(os.Args[1])},
		LibSecretCollectionName: "login", KWalletAppID: "test", KWalletFolder: "test",
	})
	if err != nil {
		fail(err)
	}
	switch os.Args[2] {
	case "set":
		err = ring.Set(keyring.Item{Key: os.Args[3], Data: []byte(os.Args[4])})
	case "get":
		var item keyring.Item
		item, err = ring.Get(os.Args[3])
		fmt.Print(string(item.Data))
	case "remove":
		err = ring.Remove(os.Args[3])
	case "keys":
		var keys []string
		keys, err = ring.Keys()
		for _, key := range keys {
			fmt.Println(key)
		}
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
