package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/secaws/secaws/keyring"
)

// keysInFile reads a file that somebody downloaded or saved. A name given renames the only key in it.
func keysInFile(path string, names []string, read func(io.Reader) ([]givenKey, error)) ([]foundKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := read(io.LimitReader(f, longestDocument))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(names) > 0 && (len(names) > 1 || len(keys) > 1) {
		return nil, fmt.Errorf("%s holds %s: a NAME can be given to one", path, counted(len(keys), "key"))
	}
	var found []foundKey
	for _, key := range keys {
		name := firstOf(append(names, key.User, userInFileName(path))...)
		if name == "" {
			return nil, hinted{fmt.Errorf("%s does not say whose key it is", path), "say what to call it: secaws import --from " + path + " NAME"}
		}
		found = append(found, foundKey{name: name, key: key, origin: path, clear: path, together: true, remove: func() error { return removeFile(path) }})
	}
	return found, nil
}

// removeFile removes a file, or sees that it is gone.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// userInFileName is the user of "USER_accessKeys.csv", as the console names its downloads.
func userInFileName(path string) string {
	user, ok := strings.CutSuffix(filepath.Base(path), "_accessKeys.csv")
	if !ok {
		return ""
	}
	return user
}

func keyInJSON(r io.Reader) ([]givenKey, error) {
	key, err := keyFromJSON(r)
	if err != nil {
		return nil, errors.New("it is not the JSON that aws iam create-access-key prints")
	}
	return []givenKey{key}, nil
}

// keysInCSV reads what the console offers for download, of one user or of several. Its errors quote nothing of it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-key-self-managed.html
func keysInCSV(r io.Reader) ([]givenKey, error) {
	wrong := errors.New("it is not a CSV file with the columns Access key ID and Secret access key")
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = -1
	records, err := lines.ReadAll()
	if err != nil || len(records) < 2 {
		return nil, wrong
	}
	column := map[string]int{}
	for i, title := range records[0] {
		column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(title, "\ufeff")))] = i
	}
	cell := func(record []string, title string) string {
		if i, ok := column[title]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	if _, ok := column["access key id"]; !ok {
		return nil, wrong
	}
	var keys []givenKey
	for i, record := range records[1:] {
		id, secret := cell(record, "access key id"), cell(record, "secret access key")
		if id == "" || secret == "" {
			return nil, fmt.Errorf("record %d lacks an access key id or its secret", i+2)
		}
		keys = append(keys, givenKey{ID: id, Secret: keyring.NewSecret(secret), User: cell(record, "user name")})
	}
	return keys, nil
}
