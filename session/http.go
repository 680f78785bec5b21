package session

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// No request takes longer than this, connecting and reading included; retries are
// beyond it. Callers of a credential_process give up after 60 s.
const requestTimeout = 10 * time.Second

const (
	maxAnswer = 4 << 20 // bytes; the longest real answers are IAM's lists
	maxBundle = 16 << 20
)

var errLongAnswer = errors.New("the answer is longer than 4 MiB")

// NewHTTPClient returns the client for calls to AWS: it goes through the proxy that
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, trusts the certificates in the PEM file
// caBundle in place of the system's unless that is "", follows no redirection, and
// reads no answer beyond 4 MiB.
func NewHTTPClient(caBundle string) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caBundle != "" {
		roots, err := readBundle(caBundle)
		if err != nil {
			return nil, err
		}
		config.RootCAs = roots
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{
		Transport:     bounded{transport},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func readBundle(path string) (*x509.CertPool, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %w", err)
	}
	defer file.Close()
	pem, err := io.ReadAll(io.LimitReader(file, maxBundle))
	if err != nil {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: no certificate in %s", path)
	}
	return roots, nil
}

// bounded ends an answer's body with an error after maxAnswer bytes.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = &boundedBody{answer.Body, maxAnswer}
	}
	return answer, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errLongAnswer
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errLongAnswer
	}
	return n, err
}
