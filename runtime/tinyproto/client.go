package tinyproto

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Client performs calls on the peer at an address, from any number of
// goroutines. A connection carries one call at a time; those without one are
// kept for the next.
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

	// DialTimeout bounds how long it may take to connect, TLS and greetings
	// included. If zero, it is 10 s; if negative, only the context of the call does.
	DialTimeout time.Duration

	// Timeout is how long the peer may take to agree to a request, and over each 64
	// KiB of a message that has begun; how long it may work on a call is for the
	// context to say. If zero, it is 30 s; if negative, there is no end.
	Timeout time.Duration

	// MaxFrame bounds the bytes of a response. If zero, it is 64 MiB.
	MaxFrame int

	// Grace is how long Close waits for calls under way. If zero, it is 10 s;
	// if negative, they are cut at once.
	Grace time.Duration

	// Dial connects to Addr. If nil, that's done by package net.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	// Idle is how many connections without a call are kept. If zero, it is 16; if
	// negative, there are none.
	Idle int

	mu     sync.Mutex
	closed bool
	idle   []*clientConn            // the last one was used last
	busy   map[*clientConn]struct{} // those that carry a call
	calls  int                      // under way, with a connection or without
	ended  chan struct{}            // closed when calls is 0, for Close; nil before that
	cut    bool                     // Close has waited long enough
}

func (c *Client) dialTimeout() time.Duration {
	if c.DialTimeout == 0 {
		return 10 * time.Second
	}
	return c.DialTimeout
}

func (c *Client) grace() time.Duration {
	if c.Grace == 0 {
		return 10 * time.Second
	}
	return max(c.Grace, 0)
}

func (c *Client) maxIdle() int {
	if c.Idle == 0 {
		return 16
	}
	return max(c.Idle, 0)
}

// config returns what the connections are made with.
func (c *Client) config() *Config {
	cfg := &Config{MaxSize: int64(c.MaxFrame), Timeout: c.Timeout}
	if c.MaxFrame <= 0 {
		cfg.MaxSize = 64 << 20
	}
	if c.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	return cfg
}

// Do performs a call; it is a runtime.Func. It runs out in the goroutine that
// called it. A call that failed is made again if the peer can't have seen it, or
// if its action is idempotent.
func (c *Client) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	const most = 3 // attempts that the peer may have seen
	for n := 1; ; {
		cn, err := c.take(ctx)
		if err != nil {
			return err
		}
		kept := cn.lastID > 0
		err = cn.perform(ctx, req, out)
		c.put(cn)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.Is(err, errNotSeen) && kept:
			// The peer has closed it meanwhile. There are only so many like that.
		case n >= most || req.Info == nil || !req.Info.Idempotent || req.Info.Stream,
			runtime.CodeOf(err) != runtime.Unavailable || errors.Is(err, runtime.ErrClosed):
			return err
		default:
			n++
		}
	}
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
	c.calls--
	c.settle()
}

// settle tells Close when there's nothing to wait for any more; c.mu is held.
func (c *Client) settle() {
	if c.calls == 0 && c.ended != nil {
		close(c.ended)
		c.ended = nil
	}
}

// take returns a connection that carries no call, a new one if there is none.
func (c *Client) take(ctx context.Context) (*clientConn, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		cn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.busy[cn] = struct{}{}
		c.mu.Unlock()
		return cn, nil
	}
	c.mu.Unlock()

	conn, err := c.connect(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, runtime.Errorf(runtime.Unavailable, "connecting to %s: %w", c.Addr, err)
	}
	cn := &clientConn{Conn: conn, client: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		conn.Close()
		return nil, runtime.ErrClosed
	}
	if c.busy == nil {
		c.busy = make(map[*clientConn]struct{})
	}
	c.busy[cn] = struct{}{}
	return cn, nil
}

// put takes back a connection whose call is over, and keeps it if that's any use.
func (c *Client) put(cn *clientConn) {
	c.mu.Lock()
	delete(c.busy, cn)
	keep := cn.whole && !c.closed && len(c.idle) < c.maxIdle()
	if keep {
		c.idle = append(c.idle, cn)
	}
	c.mu.Unlock()
	if !keep {
		cn.Close()
	}
}

// connect opens a connection.
func (c *Client) connect(ctx context.Context) (*Conn, error) {
	if d := c.dialTimeout(); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	nc, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	return open(ctx, newConn(nc, c.config(), true))
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
		if config.ServerName, _, err = net.SplitHostPort(c.Addr); err != nil {
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

// Close waits for the calls under way, but not longer than Grace, and closes
// all connections. Calls that begin after it fail with runtime.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	idle := c.idle
	c.idle = nil
	var ended chan struct{}
	if c.calls > 0 {
		if c.ended == nil {
			c.ended = make(chan struct{})
		}
		ended = c.ended
	}
	c.mu.Unlock()
	for _, cn := range idle {
		cn.Close()
	}
	if ended == nil {
		return nil
	}
	grace := time.NewTimer(c.grace())
	defer grace.Stop()
	select {
	case <-ended:
		return nil
	case <-grace.C:
	}
	c.mu.Lock()
	c.cut = true
	for cn := range c.busy {
		cn.Close()
	}
	c.mu.Unlock()
	<-ended
	return nil
}
