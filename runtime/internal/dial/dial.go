// Package dial connects to the addresses that clients know.
package dial

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
)

// Net connects to addr, "host:port" or "unix:/path". It is what a client does that
// has no function of its own for it.
func Net(ctx context.Context, addr string) (net.Conn, error) {
	if path, unix := strings.CutPrefix(addr, "unix:"); unix {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", addr)
}

// TLS returns a connection over nc that speaks TLS. If config names no server, that's the
// host in addr. If the handshake fails, it closes nc.
func TLS(ctx context.Context, nc net.Conn, addr string, config *tls.Config) (net.Conn, error) {
	if config.ServerName == "" && !config.InsecureSkipVerify {
		config = config.Clone()
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			host = addr
		}
		config.ServerName = host
	}
	tc := tls.Client(nc, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return tc, nil
}
