package tpp

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

	// Classic makes the client never ask for persistent mode: each call has a
	// connection to itself, and its request looks as that of a Python client does.
	Classic bool

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

	// Conns is how many connections unary calls share at most. A second one is
	// opened only when the first has more than a hundred calls under way. If
	// zero, it is 4.
	Conns int

	mode   atomic.Int32            // what the last answer said of the peer
	shared atomic.Pointer[[]*conn] // connections for unary calls; nil or empty if there are none

	wait    sync.WaitGroup // for goroutines that read
	mu      sync.Mutex
	closed  bool
	calls   int                // with a connection to themselves
	idle    chan struct{}      // closed when there are no calls and no connections, for Close
	conns   map[*conn]struct{} // all there are
	opening *opening           // a shared connection that is being opened; nil if none is
}

// What is known of a peer.
const (
	unknown int32 = iota
	classic
	persistent
)

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
// called it. A call that failed is made again if the peer can't have seen it, or
// if its action is idempotent.
func (c *Client) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if req.Info != nil && req.Info.Stream {
		return c.lone(ctx, req, out)
	}
	const (
		most   = 3   // attempts that the peer may have seen
		enough = 100 // all attempts, should they never get through
	)
	for n := 1; ; n++ {
		err := c.unary(ctx, req, out)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errNotSeen):
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if n == enough {
				return runtime.Errorf(runtime.Unavailable, "%s: %w", c.Addr, err)
			}
		case ctx.Err() != nil:
			return err
		case n >= most || req.Info == nil || !req.Info.Idempotent || runtime.CodeOf(err) != runtime.Unavailable,
			errors.Is(err, runtime.ErrClosed), errors.As(err, new(connectError)):
			return err
		}
	}
}

// A connectError is why there is no connection. It isn't tried again for a call:
// who is there to wait for says the caller.
type connectError struct{ error }

func (e connectError) Unwrap() error { return e.error }

// unary performs a unary call in the way that fits the peer.
func (c *Client) unary(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if c.mode.Load() != persistent {
		return c.lone(ctx, req, out)
	}
	cn, err := c.pick(ctx)
	if err != nil {
		return err
	}
	return cn.perform(ctx, req, out)
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
		return nil, runtime.Errorf(runtime.Unavailable, "connecting to %s: %w", c.Addr, connectError{err})
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
	c.settle()
}

// settle tells Close when there's nothing to wait for any more; c.mu is held.
func (c *Client) settle() {
	if c.closed && c.calls == 0 && len(c.conns) == 0 && c.idle != nil {
		select {
		case <-c.idle:
		default:
			close(c.idle)
		}
	}
}

// Close waits for the calls under way, but not longer than Grace, and closes
// all connections. Calls that begin after it fail with runtime.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.opening != nil {
		c.opening.cancel()
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
		c.settle()
	}
	idle := c.idle
	var shared []*conn
	if p := c.shared.Load(); p != nil {
		shared = *p
	}
	c.mu.Unlock()
	for _, cn := range shared {
		cn.update(func(s *connState) { s.leaving = true })
	}
	grace := time.NewTimer(max(c.grace(), 0))
	defer grace.Stop()
	select {
	case <-idle:
	case <-grace.C:
	}
	c.mu.Lock()
	rest := slices.Collect(maps.Keys(c.conns))
	c.mu.Unlock()
	for _, cn := range rest {
		cn.update(func(s *connState) {
			if s.err == nil {
				s.err = runtime.ErrClosed
			}
		})
	}
	c.wait.Wait()
	return nil
}
