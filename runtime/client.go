package runtime

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// A Caller performs calls until it is closed. A Client is one; a program that
// doesn't care how its calls travel holds this interface.
type Caller interface {
	// Do performs a call; it is a Func.
	Do(ctx context.Context, req *Request, out Responder) error

	// Close ends the Caller. Calls that begin after it fail with ErrClosed.
	Close() error
}

// A Client performs calls on the peer at an address, or on several peers that
// serve the same. It connects when the first call needs it. It is safe for
// concurrent use, but its fields must not change after the first call.
//
// A peer that can't be reached, or that closes connections without an answer,
// gets no calls for a while, and they go to the other peers. Package balance says
// how long. If there is no other peer, calls fail at once, with one exception: for
// a second after a peer was lost, they wait for it to come back. A peer among several
// that fails calls, or says nothing until their deadlines, gets fewer calls in the same way.
//
// A call that failed is made again if the peer can't have seen it, or if its
// action is idempotent.
type Client struct {
	// Wire is the protocol that the peer speaks. There is no default: if nil, calls fail.
	Wire Wire

	// Addr is where the peer listens: "host:port", or "unix:/path". Several
	// addresses, with commas between them, share the calls: each call goes to the
	// one with the fewest calls under way. So do the addresses of a name that has
	// several of them. Names are looked up again now and then. Without
	// Addr and Dial, calls fail.
	Addr string

	// Token is sent with every request that has none of its own. If "", none is
	// sent. If one goes to another machine without TLS, a warning is logged with
	// slog.Default, once for the process.
	Token string

	// Envelope holds further keys for every request that has none of its own.
	// If nil, there are none.
	Envelope Message

	// TLS makes the client speak TLS. If it names no server, the host in Addr is
	// used. If nil, connections are plain.
	TLS *tls.Config

	// Hedge is how long a unary call of an idempotent action waits for its answer
	// before it is made a second time, on another peer if there is one. The first
	// answer counts. At most one call in ten is made twice. If zero, none is.
	Hedge time.Duration

	// DialTimeout limits the time to connect, including TLS and what the protocol
	// says first. If zero, it is 10 s; if negative, only the context of the call
	// limits it. If there are several addresses, the first dial of each takes 1 s at
	// most.
	DialTimeout time.Duration

	// Grace is how long Close waits for calls under way. If zero, it is 10 s;
	// if negative, they are cut at once.
	Grace time.Duration

	// MaxFrame limits the bytes of a response. A longer one is an error of its
	// call. If zero, it is 64 MiB.
	MaxFrame int

	// Dial connects to one of the addresses in Addr, as it is written there. If
	// nil, package net does, and the kernel probes the connection after 15 s of silence
	// and, on Linux, ends it when the peer doesn't acknowledge bytes for 30 s.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	once   sync.Once
	caller Caller // made by Wire
}

var (
	errNoWire = Unavailable.Errorf("the client has no Wire")
	errNoAddr = Unavailable.Errorf("the client has no Addr")
)

// Do performs a call; it is a Func. It calls out in the goroutine that called Do; if the
// call is hedged, after both attempts have ended.
func (c *Client) Do(ctx context.Context, req *Request, out Responder) error {
	if c.Wire == nil {
		return errNoWire
	}
	if c.Addr == "" && c.Dial == nil {
		return errNoAddr
	}
	return c.connected().Do(ctx, req, out)
}

// Close waits for the calls under way, but not longer than Grace, and closes all
// connections. Calls that begin after it fail with ErrClosed. It may be called more than
// once, and before the first call.
func (c *Client) Close() error {
	if c.Wire == nil {
		return nil
	}
	return c.connected().Close()
}

func (c *Client) connected() Caller {
	c.once.Do(func() { c.caller = c.Wire.Connect(c) })
	return c.caller
}
