package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

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

// speaksTLS reports whether the service at addr answers a TLS handshake, which
// explains why a call without TLS failed.
func speaksTLS(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	network := "tcp"
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	d := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // nothing is sent
	c, err := d.DialContext(ctx, network, addr)
	var alert tls.AlertError
	if err != nil {
		return errors.As(err, &alert) // the server refused the handshake
	}
	c.Close()
	return true
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
