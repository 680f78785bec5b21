package session

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHTTPClientTrustsTheBundle(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, sessionAnswer) }))
	defer server.Close()
	server.Config.ErrorLog = nil
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := NewHTTPClient(bundle)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	client, err = NewHTTPClient("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Get(server.URL); networkKind(err) != Untrusted {
		t.Errorf("without the bundle: %v, which is %s", err, networkKind(err))
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), os.Args[0]} {
		if _, err := NewHTTPClient(path); err == nil || !strings.Contains(err.Error(), "AWS_CA_BUNDLE") {
			t.Errorf("bundle %s: %v", path, err)
		}
	}
}

func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	client, err := NewHTTPClient("")
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Get(closed.URL)
	if networkKind(err) != Unreachable || !neverSent(err) || !strings.Contains(cause(err).Error(), "refused") {
		t.Errorf("refused: %v is %s, cause %q", err, networkKind(err), cause(err))
	}
	_, err = client.Get("http://sts.invalid/")
	if kind := networkKind(err); kind != UnknownHost || !neverSent(err) {
		t.Errorf("unknown host: %v is %s", err, kind)
	}
	block := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	defer slow.Close()
	defer close(block)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", slow.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Do(request); networkKind(err) != TimedOut || neverSent(err) {
		t.Errorf("no answer: %v is %s", err, networkKind(err))
	}
}

// The proxy is read from the environment once a process, so the call is made in another.
func TestProxyIsUsed(t *testing.T) {
	if os.Getenv("SESSION_TEST_PROXY_CHILD") != "" {
		_, err := post(t, Caller{Signer: &keySigner{}}, &httptest.Server{URL: "https://sts.us-west-2.amazonaws.com"})
		fmt.Printf("kind=%v %v\n", isKind(err, NoProxy), err)
		return
	}
	asked := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestProxyIsUsed$")
	child.Env = append(os.Environ(), "SESSION_TEST_PROXY_CHILD=1", "HTTPS_PROXY=http://"+address.Host, "NO_PROXY=")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := <-asked; got != "CONNECT sts.us-west-2.amazonaws.com:443" {
		t.Errorf("the proxy was asked to %s", got)
	}
	if !strings.Contains(string(out), "kind=true") {
		t.Errorf("the error is not one of the proxy: %s", out)
	}
}
