package tpp

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Client performs calls on the peer at an address, from any number of
// goroutines. It connects when it has to: a peer that knows persistent mode
// gets a few connections that carry many calls, every other one a connection
// for each call. Which of the two a peer is shows in its first answer.
//
// Its fields don't change after the first call.
type Client struct {
	// Addr is where the peer listens: "host:port", or "unix:/path".
	Addr string

	// Token is sent with every request that has none of its own. If "", none is
	// sent.
	Token string

	// Envelope holds further keys for every request that has none of its own.
	// If nil, there are none.
	Envelope runtime.Message

	// TLS makes the client speak TLS. If it names no server, that's the host in
	// Addr. If nil, connections are plain.
	TLS *tls.Config

	// DialTimeout bounds how long it may take to connect, TLS included. If
	// zero, it is 10 s; if negative, only the context of the call does.
	DialTimeout time.Duration

	// MaxFrame bounds the bytes of a response. If zero, it is 64 MiB.
	MaxFrame int

	// Grace is how long Close waits for calls under way. If zero, it is 10 s;
	// if negative, they are cut at once.
	Grace time.Duration

	// Dial connects to Addr. If nil, that's done by package net.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	mu     sync.Mutex
	closed bool
	calls  int                // with a connection to themselves
	idle   chan struct{}      // closed when calls has become 0 after Close
	conns  map[*conn]struct{} // all there are
}

func (c *Client) dialTimeout() time.Duration { return orDefault(c.DialTimeout, 10*time.Second) }
func (c *Client) grace() time.Duration       { return orDefault(c.Grace, 10*time.Second) }

func orDefault(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return d
}

func (c *Client) maxFrame() int {
	if c.MaxFrame <= 0 {
		return 64 << 20
	}
	return c.MaxFrame
}

// Do performs a call; it is a runtime.Func. It runs out in the goroutine that
// called it.
func (c *Client) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	return c.alone(ctx, req, out)
}

// alone performs a call on a connection that it has to itself.
func (c *Client) alone(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	cn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer c.drop(cn)
	return cn.exchange(ctx, req, out)
}

// enter counts a call, unless c is closed.
func (c *Client) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return runtime.ErrClosed
	}
	c.calls++
	return nil
}

func (c *Client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls--; c.calls == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// connect opens a connection.
func (c *Client) connect(ctx context.Context) (*conn, error) {
	dctx := ctx
	if d := c.dialTimeout(); d > 0 {
		var cancel context.CancelFunc
		dctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	nc, err := c.dial(dctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, runtime.Errorf(runtime.Unavailable, "connecting to %s: %w", c.Addr, err)
	}
	cn := newConn(c, nc)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns == nil {
		c.conns = make(map[*conn]struct{})
	}
	c.conns[cn] = struct{}{}
	return cn, nil
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	var nc net.Conn
	var err error
	path, unix := strings.CutPrefix(c.Addr, "unix:")
	switch {
	case c.Dial != nil:
		nc, err = c.Dial(ctx, c.Addr)
	case unix:
		nc, err = new(net.Dialer).DialContext(ctx, "unix", path)
	default:
		nc, err = new(net.Dialer).DialContext(ctx, "tcp", c.Addr)
	}
	if err != nil || c.TLS == nil {
		return nc, err
	}
	config := c.TLS
	if config.ServerName == "" && !config.InsecureSkipVerify {
		config = config.Clone()
		config.ServerName, _, err = net.SplitHostPort(c.Addr)
		if err != nil {
			config.ServerName = c.Addr
		}
	}
	tc := tls.Client(nc, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return tc, nil
}

// drop closes cn.
func (c *Client) drop(cn *conn) {
	cn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, cn)
}

// Close waits for the calls under way, but not longer than Grace, and closes
// all connections. Calls that begin after it fail with runtime.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	var idle chan struct{}
	if c.calls > 0 {
		if c.idle == nil {
			c.idle = make(chan struct{})
		}
		idle = c.idle
	}
	c.mu.Unlock()
	if idle != nil {
		grace := time.NewTimer(c.grace())
		defer grace.Stop()
		select {
		case <-idle:
		case <-grace.C:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for cn := range c.conns {
		cn.Close()
	}
	return nil
}
