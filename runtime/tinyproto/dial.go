package tinyproto

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
)

// Dial connects to a server at addr, a host and a port, with the default
// Config. A server that has too many connections makes it fail with
// SignalConnLimit.
func Dial(ctx context.Context, addr string) (*Conn, error) {
	return new(Dialer).Dial(ctx, addr)
}

// A Dialer makes connections to servers, and keeps a list of those that are
// open. The zero value is ready to be used. Its fields don't change after the
// first Dial.
type Dialer struct {
	// Config is for each connection.
	Config Config

	// TLS, if not nil, is what connections are encrypted with.
	TLS *tls.Config

	// Loop, if not nil, runs on each connection in a goroutine of its own, from
	// Dial on. The connection is closed when it ends.
	Loop *Loop

	group group
	loops sync.WaitGroup
}

// Dial connects to a server at addr, a host and a port. Ctx is for connecting
// alone, which takes no longer than Config.Timeout; Close ends the connection's Loop.
func (d *Dialer) Dial(ctx context.Context, addr string) (*Conn, error) {
	whole := ctx
	if t := d.Config.timeout(); t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t)
		defer cancel()
	}
	nc, err := d.connect(ctx, addr)
	if err != nil {
		return nil, err
	}
	c, err := Open(ctx, nc, d.Config)
	if err != nil {
		return nil, err
	}
	if !d.group.add(c) {
		c.Close()
		return nil, net.ErrClosed
	}
	if d.Loop != nil {
		long := context.WithoutCancel(whole)
		d.loops.Go(func() { d.Loop.Run(long, c) })
	}
	return c, nil
}

func (d *Dialer) connect(ctx context.Context, addr string) (net.Conn, error) {
	if d.TLS == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	return (&tls.Dialer{Config: d.TLS}).DialContext(ctx, "tcp", addr)
}

// Conns returns the connections that are open now, in the order in which they
// were opened.
func (d *Dialer) Conns() []*Conn { return d.group.all() }

// Broadcast sends a message to all open connections but those named, and
// returns when each has it or has failed. It may be called from anywhere,
// also by a Loop. Connections that end meanwhile are no error.
func (d *Dialer) Broadcast(ctx context.Context, msg []byte, except ...*Conn) error {
	return d.group.broadcast(ctx, msg, except)
}

// Close closes all connections; there won't be more. It doesn't wait, so a
// Loop may call it.
func (d *Dialer) Close() error {
	d.group.close()
	return nil
}

// Wait waits until no Loop is running. It isn't called by one, nor
// while Dial is.
func (d *Dialer) Wait() { d.loops.Wait() }
