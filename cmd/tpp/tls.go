package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"
)

// tlsFlags say how to use TLS. The zero value means no TLS.
type tlsFlags struct {
	on         bool
	ca         string
	serverName string
	skipVerify bool
	cert, key  string
}

func (t *tlsFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&t.on, "tls", false, "use TLS; each of the flags below does so too")
	f.StringVar(&t.ca, "tls-ca", "", "trust the certificates in this PEM `FILE` instead of the system's")
	f.StringVar(&t.serverName, "tls-server-name", "", "the `NAME` in the service's certificate (default the host of ADDR)")
	f.BoolVar(&t.skipVerify, "tls-skip-verify", false, "don't check the service's certificate; not safe")
	f.StringVar(&t.cert, "tls-cert", "", "present the certificate in this PEM `FILE`")
	f.StringVar(&t.key, "tls-key", "", "the PEM `FILE` with the key of that certificate")
	for _, name := range []string{"tls-ca", "tls-cert", "tls-key"} {
		cmd.MarkFlagFilename(name, "pem", "crt", "key")
	}
}

// firstBytes are the first bytes that a service sends on connections without TLS, which may
// explain why a call failed.
type firstBytes struct {
	mu    sync.Mutex
	bytes []byte
	conns int
}

// dial is a Dial of a runtime.Client.
func (h *firstBytes) dial(ctx context.Context, addr string) (net.Conn, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns++
	return &heardConn{c, h}, nil
}

// alert is how each alert of TLS begins: its type, and the major version.
const alert = "\x15\x03"

// hint returns what a user may do about a call that failed, for the end of the message. A
// service that speaks TLS answers with an alert, or closes the connection.
func (h *firstBytes) hint() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case string(h.bytes) == alert:
		return "; the service speaks TLS: add --tls"
	case h.conns > 0 && len(h.bytes) == 0:
		return "; if the service speaks TLS, add --tls"
	}
	return ""
}

// A heardConn adds what it reads to firstBytes.
type heardConn struct {
	net.Conn
	heard *firstBytes
}

func (c *heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.heard.mu.Lock()
	defer c.heard.mu.Unlock()
	if missing := len(alert) - len(c.heard.bytes); missing > 0 {
		c.heard.bytes = append(c.heard.bytes, p[:min(n, missing)]...)
	}
	return n, err
}

// config returns the configuration that the flags describe, or nil for no TLS.
func (t *tlsFlags) config() (*tls.Config, error) {
	if *t == (tlsFlags{}) {
		return nil, nil
	}
	if (t.cert == "") != (t.key == "") {
		return nil, usagef("--tls-cert and --tls-key go together")
	}
	config := &tls.Config{ServerName: t.serverName, InsecureSkipVerify: t.skipVerify}
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", t.ca)
		}
	}
	if t.cert != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
