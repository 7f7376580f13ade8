package balance

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"

	"github.com/tpp-rpc/tpp/runtime/internal/keepalive"
)

// This file connects.

// dial connects to p as Backend.Dial says.
func (b *Balancer) dial(ctx context.Context, p *Backend, greet func(context.Context, net.Conn) error) (net.Conn, error) {
	connect := b.client.Dial
	if connect == nil {
		connect = dialNet
	}
	nc, err := connect(ctx, p.addr)
	if err == nil && b.client.TLS != nil {
		nc, err = dialTLS(ctx, nc, p.name, b.client.TLS)
	}
	if err == nil && b.client.TLS == nil && b.client.Token != "" {
		warnPlain(nc)
	}
	if err != nil || greet == nil {
		return nc, err
	}
	if err := greet(ctx, nc); err != nil {
		nc.Close()
		return nil, err
	}
	return nc, nil
}

// plainWarned says that the warning of this process was logged.
var plainWarned atomic.Bool

// warnPlain warns, once for the process, if tokens are about to be sent on nc through a
// network in clear. A client has no log of its own.
func warnPlain(nc net.Conn) {
	peer, ok := nc.RemoteAddr().(*net.TCPAddr)
	if ok && !peer.IP.IsLoopback() && plainWarned.CompareAndSwap(false, true) {
		slog.Warn("a token is sent over a network without TLS: who can listen there can use it", "peer", peer)
	}
}

// dialNet connects to addr, "host:port" or "unix:/path".
func dialNet(ctx context.Context, addr string) (net.Conn, error) {
	if path, unix := strings.CutPrefix(addr, "unix:"); unix {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err == nil {
		keepalive.Set(c)
	}
	return c, err
}

// dialTLS returns a connection over nc that speaks TLS. If config names no server,
// the host in addr is used. If the handshake fails, it closes nc.
func dialTLS(ctx context.Context, nc net.Conn, addr string, config *tls.Config) (net.Conn, error) {
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
