package tpp

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Client performs calls on the peer at an address, or on several that serve
// the same, from any number of goroutines. It connects when it has to: a peer
// that knows persistent mode gets a few connections that carry many calls, every
// other one a connection for each call. Which of the two a peer is shows in its
// first answer.
//
// A peer that can't be reached is tried again later and later, and calls go to
// the others meanwhile. If there's no other, they fail at once, apart from those
// in the first second after a peer was there: they wait for it to come back. The
// same goes for a peer that takes connections and closes them without an answer,
// but for the calls that would fail at once: they are made.
//
// Its fields don't change after the first call.
type Client struct {
	// Addr is where the peer listens: "host:port", or "unix:/path". Several,
	// with commas between, are equals: each call goes to the one that has the
	// fewest. So are the addresses of a name that has several of a kind; it's
	// looked up again now and then, since they may change.
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

	// Hedge is how long a unary call of an idempotent action waits for its answer
	// until it's made a second time, on another peer if there is one; the first
	// answer counts. No more than one call in ten is. If zero, none are.
	Hedge time.Duration

	// DialTimeout bounds how long it may take to connect, TLS included. If
	// zero, it is 10 s; if negative, only the context of the call does.
	DialTimeout time.Duration

	// MaxFrame bounds the bytes of a response. A longer one is the error of its
	// call. If zero, it is 64 MiB.
	MaxFrame int

	// Grace is how long Close waits for calls under way. If zero, it is 10 s;
	// if negative, they are cut at once.
	Grace time.Duration

	// Dial connects to one of the addresses in Addr, as it is written there. If
	// nil, that's done by package net.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	// Conns is how many connections to a peer unary calls share at most. A second
	// one is opened only when the first has more than a hundred calls under way.
	// If zero, it is 4.
	Conns int

	peers  atomic.Pointer[[]*peer] // who calls go to; nil before the first one
	names  names                   // where the peers come from
	hedges hedges

	wait   sync.WaitGroup // for goroutines that read or connect
	mu     sync.Mutex
	closed bool
	life   context.Context    // ends with the client, for what goes on without a call; nil at first
	end    context.CancelFunc // ends it
	calls  int                // with a connection to themselves
	idle   chan struct{}      // closed when there are no calls and no connections, for Close
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
// called it. A call that failed is made again if the peer can't have seen it, or
// if its action is idempotent.
func (c *Client) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if c.Hedge > 0 && req.Info != nil && req.Info.Idempotent && !req.Info.Stream {
		return c.hedged(ctx, req, out)
	}
	return c.call(ctx, req, out, nil)
}

// call performs a call on any peer, and again on the same or another one as Do
// says. A try that isn't nil learns where it goes, and may ask for another.
func (c *Client) call(ctx context.Context, req *runtime.Request, out runtime.Responder, t *try) error {
	const (
		most   = 3   // attempts that a peer may have seen
		enough = 100 // all attempts, should they never get through
	)
	again := req.Info != nil && req.Info.Idempotent && !req.Info.Stream
	var last *peer
	for n, seen := 1, 1; ; n++ {
		p, claimed := c.choose(last, t)
		if !claimed {
			if err := p.admit(ctx); err != nil {
				return err
			}
		}
		err := p.call(ctx, req, out)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, runtime.ErrClosed):
			return err
		case errors.Is(err, errNotSeen), errors.As(err, new(connectError)), errors.As(err, new(refusedError)):
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if n >= most && errors.As(err, new(refusedError)) {
				return err
			}
			if n == enough {
				return runtime.Errorf(runtime.Unavailable, "%v: %w", p, err)
			}
		case ctx.Err() != nil, !again, seen == most, runtime.CodeOf(err) != runtime.Unavailable:
			return err
		default:
			if pause(ctx, backoff(seen)) != nil {
				return err
			}
			seen++
		}
		last = p
	}
}

// pause waits, but not longer than ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// during runs f in a goroutine, with a context that ends when c is closed; it
// reports false if c already is. C.mu is held.
func (c *Client) during(f func(ctx context.Context)) bool {
	if c.closed {
		return false
	}
	if c.life == nil {
		c.life, c.end = context.WithCancel(context.Background())
	}
	ctx := c.life
	c.wait.Go(func() { f(ctx) })
	return true
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

// drop closes cn.
func (c *Client) drop(cn *conn) {
	cn.Close()
	cn.out.end(net.ErrClosed)
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
	if c.end != nil {
		c.end()
	}
	c.names.stop()
	if c.idle == nil {
		c.idle = make(chan struct{})
		c.settle()
	}
	idle := c.idle
	var peers []*peer
	if all := c.peers.Load(); all != nil {
		peers = *all
	}
	c.mu.Unlock()
	for _, p := range peers {
		p.leave()
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
