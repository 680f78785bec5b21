package awslab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Server is a lab on a port.
type Server struct {
	URL  string // "http://127.0.0.1:40123"
	http *http.Server
	lab  *Lab
	home *home
}

// Start serves the lab on a loopback address, "127.0.0.1:0" for a free port, and leaves
// in Options.Dir what clients need. Every other address is refused.
func (l *Lab) Start(addr string) (*Server, error) {
	listener, err := listenLoopback(addr)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	l.token = hex.EncodeToString(secret)
	s := &Server{URL: "http://" + listener.Addr().String(), lab: l}
	if l.options.Dir != "" {
		if s.home, err = l.furnish(l.options.Dir, s.URL); err != nil {
			_ = listener.Close()
			return nil, err
		}
	}
	s.http = &http.Server{
		Handler: l.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = s.http.Serve(listener) }() // returns when Close is called
	return s, nil
}

func listenLoopback(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("address %q: the lab serves loopback only, such as 127.0.0.1:0", addr)
	}
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
}

// Close ends the server: running calls get two seconds. The folder keeps what is of use
// afterwards, calls.jsonl among it.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if s.home == nil {
		return err
	}
	return errors.Join(err, s.lab.logError(), s.home.leave())
}
