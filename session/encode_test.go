package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/google/go-cmp/cmp"
)

// echo gives the SDK what Encode wrote, as the output of a process.
func echo(t *testing.T, c aws.Credentials) (aws.Credentials, error) {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, c); err != nil {
		t.Fatal(err)
	}
	provider := processcreds.NewProviderCommand(processcreds.NewCommandBuilderFunc(func(ctx context.Context) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, "cat")
		cmd.Stdin = &out
		return cmd, nil
	}))
	return provider.Retrieve(t.Context())
}

func TestEncodeReadBySDK(t *testing.T) {
	want := testSession().Credentials
	got, err := echo(t, want)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Expires.Equal(want.Expires) {
		t.Errorf("expires %v, want %v", got.Expires, want.Expires)
	}
	got.Expires, got.Source = want.Expires, want.Source
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	got, err = echo(t, aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "s"})
	if err != nil || got.CanExpire || got.SessionToken != "" {
		t.Errorf("a key itself: token %q, can expire %v, %v", got.SessionToken, got.CanExpire, err)
	}
}

func TestEncodeForm(t *testing.T) {
	var out bytes.Buffer
	if err := Encode(&out, testSession().Credentials); err != nil {
		t.Fatal(err)
	}
	want := `{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret","SessionToken":"token",` +
		`"Expiration":"2030-06-01T12:00:00Z","AccountId":"333333333333"}` + "\n"
	if out.String() != want {
		t.Errorf("wrote %s want %s", out.String(), want)
	}
}

type countingWriter struct {
	writes int
	err    error
}

func (w *countingWriter) Write(p []byte) (int, error) { w.writes++; return len(p), w.err }

func TestEncodeWritesOnceOrNever(t *testing.T) {
	w := &countingWriter{}
	if err := Encode(w, testSession().Credentials); err != nil || w.writes != 1 {
		t.Errorf("%d writes, %v; want 1", w.writes, err)
	}
	w = &countingWriter{}
	if err := Encode(w, aws.Credentials{AccessKeyID: "AKIA"}); err == nil || w.writes != 0 {
		t.Errorf("half a key: %d writes, %v; want none and an error", w.writes, err)
	}
	full := errors.New("pipe closed")
	if err := Encode(&countingWriter{err: full}, testSession().Credentials); !errors.Is(err, full) {
		t.Errorf("error %v, want that of the writer", err)
	}
}

// No verb, marshaller or log shows a secret of any type that holds one.
func TestSessionDoesNotPrintSecrets(t *testing.T) {
	s := testSession()
	s.SecretAccessKey, s.SessionToken = "CANARYsecret", "CANARYtoken"
	values := map[string]any{
		"session": s, "pointer": &s, "in a slice": []Session{s}, "in a struct": struct{ S Session }{s},
		"in a caller": Caller{Session: s}, "in a config": ClientConfig{Caller: Caller{Session: s}},
	}
	for name, v := range values {
		var text strings.Builder
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "T"} {
			fmt.Fprintf(&text, "%"+verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "v", v)
		if name != "in a caller" && name != "in a config" { // functions do not marshal
			data, err := json.Marshal(v)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			text.Write(data)
		}
		for _, canary := range []string{"CANARY", fmt.Sprintf("%x", "CANARY"), fmt.Sprintf("%X", "CANARY"), "67 65 78"} {
			if strings.Contains(text.String(), canary) {
				t.Errorf("%s shows %s in:\n%s", name, canary, text.String())
			}
		}
		if !strings.Contains(text.String(), "ASIAEXAMPLE") {
			t.Errorf("%s does not even show the key id", name)
		}
	}
}
