package socketproto

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/dial"
)

// A Client performs calls on the peer at an address, from any number of
// goroutines, on one connection. It connects with the first call, and again
// when the connection has ended.
//
// Its fields don't change after the first call.
type Client struct {
	// Addr is where the peer listens: "host:port", or "unix:/path".
	Addr string

	// Config is for the channel. Its Handler performs what the server calls.
	Config Config

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
	// zero, it is 10 s; if negative, there is no end.
	DialTimeout time.Duration

	// Grace is how long Close waits for calls under way. If zero, it is 10 s;
	// if negative, they are cut at once.
	Grace time.Duration

	// Dial connects to Addr. If nil, that's done by package net.
	Dial func(ctx context.Context, addr string) (net.Conn, error)

	once    sync.Once
	channel *Channel
}

// Channel returns the channel that calls are performed on, and begins to
// connect if that hasn't begun.
func (c *Client) Channel() *Channel {
	c.once.Do(func() { c.channel = Connect(c.Config, c.connect) })
	return c.channel
}

// connect connects to Addr.
func (c *Client) connect(ctx context.Context) (Transport, error) {
	if d := span(c.DialTimeout, 10*time.Second); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	connect := c.Dial
	if connect == nil {
		connect = dial.Net
	}
	nc, err := connect(ctx, c.Addr)
	if err == nil && c.TLS != nil {
		nc, err = dial.TLS(ctx, nc, c.Addr, c.TLS)
	}
	if err != nil {
		return nil, err // and no Transport that isn't nil
	}
	return nc, nil
}

// Do performs a call; it is a runtime.Func. See Channel.Do.
func (c *Client) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if req.Token == "" && c.Token != "" || req.Envelope == nil && c.Envelope != nil {
		r := *req
		if r.Token == "" {
			r.Token = c.Token
		}
		if r.Envelope == nil {
			r.Envelope = c.Envelope
		}
		req = &r
	}
	return c.Channel().Do(ctx, req, out)
}

// Close waits for the calls under way, but not longer than Grace, and closes
// the connection. Calls that begin after it fail with runtime.ErrClosed.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), span(c.Grace, 10*time.Second))
	defer cancel()
	c.Channel().Shutdown(ctx)
	return nil
}
