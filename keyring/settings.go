package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/secaws/secaws/internal/safefile"
)

// Settings is what the settings file says about keychains. Other fields of the
// file are kept as they are.
type Settings struct {
	// Backend is the keychain in use.
	Backend string `json:"backend,omitempty"`
	// MovingFrom is the keychain a move has yet to empty: the move's source when it is run again.
	MovingFrom string `json:"moving_from,omitempty"`
	// Hold is when the sealing key stays in the kernel: auto, on or off. "" is auto.
	Hold HoldMode `json:"hold,omitempty"`
	// HoldMinutes is how long it stays after its last use. 0 is 15.
	HoldMinutes int `json:"hold_minutes,omitempty"`
}

const settingsMax = 1 << 20

// SettingsError says that the settings file at Path holds no settings.
type SettingsError struct {
	Path string
	Err  error
}

func (e *SettingsError) Error() string { return fmt.Sprintf("settings %s: %v", e.Path, e.Err) }

func (e *SettingsError) Unwrap() error { return e.Err }

// Hint names the way out.
func (e *SettingsError) Hint() string {
	return "mend the file or remove it; then name the keychain your keys are in once, as in: SECAWS_BACKEND=file secaws list"
}

// LoadSettings reads the settings file; one that is not there, or an empty path, is the zero Settings.
func LoadSettings(path string) (Settings, error) {
	var s Settings
	data, err := readSettings(path)
	if err != nil || data == nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return Settings{}, &SettingsError{Path: path, Err: err}
	}
	return s, nil
}

func readSettings(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	data, err := safefile.Read(path, settingsMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// editSettings changes our fields of the settings file and keeps the others.
func editSettings(path string, edit func(*Settings)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	data, err := readSettings(path)
	if err != nil {
		return err
	}
	merged, err := mergeSettings(data, edit)
	if err != nil {
		return &SettingsError{Path: path, Err: err}
	}
	return safefile.Write(path, merged, 0o600)
}

// mergeSettings returns data, a settings file or nothing, with our fields edited.
func mergeSettings(data []byte, edit func(*Settings)) ([]byte, error) {
	var s Settings
	all := map[string]json.RawMessage{}
	if len(data) > 0 {
		if err := errors.Join(json.Unmarshal(data, &all), json.Unmarshal(data, &s)); err != nil {
			return nil, err
		}
	}
	edit(&s)
	ours, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"backend", "moving_from", "hold", "hold_minutes"} {
		delete(all, field)
	}
	set := map[string]json.RawMessage{}
	if err := json.Unmarshal(ours, &set); err != nil {
		return nil, err
	}
	maps.Copy(all, set)
	out, err := json.MarshalIndent(all, "", "  ")
	return append(out, '\n'), err
}
