package keyring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestNothingShowsASecret prints every type that holds one in every way there is.
func TestNothingShowsASecret(t *testing.T) {
	const canary = "canary-wJalrXUtnFEMI"
	secret := NewSecret(canary)
	sealing := [sealingKeySize]byte([]byte(canary + strings.Repeat(".", sealingKeySize-len(canary))))
	signer := &Signer{id: "AKIA", secret: secret}
	values := map[string]any{
		"secret": secret, "pointer": &secret, "slice": []Secret{secret}, "map": map[string]Secret{"a": secret},
		"struct": struct{ S Secret }{secret}, "unexported": struct{ s Secret }{secret},
		"access key": AccessKey{Secret: secret}, "access key pointer": &AccessKey{Secret: secret},
		"options": Options{FilePassphrase: secret}, "signer": signer, "signer value": *signer,
		"vault":   &fileVault{preset: secret, passphrase: secret},
		"keyring": &Keyring{o: Options{FilePassphrase: secret}, vault: &fileVault{passphrase: secret}, sealing: &sealing},
	}
	for name, value := range values {
		var out strings.Builder
		for _, verb := range "vsdxXqtTbcoUeEfFgGpw" {
			fmt.Fprintf(&out, "%"+string(verb)+" %+"+string(verb)+" %#"+string(verb)+"\n", value, value, value)
		}
		fmt.Fprintln(&out, value)
		if text, err := json.Marshal(value); err == nil {
			out.Write(text)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", value)
		out.Write(log.Bytes())
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), strings.Trim(fmt.Sprint([]byte(canary)), "[]")} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s shows the secret: %s", name, out.String())
			}
		}
	}
	if secret.Reveal() != canary || (Secret{}).Reveal() != "" || !(Secret{}).IsZero() || secret.IsZero() {
		t.Error("Reveal and IsZero do not tell the text")
	}
}
