package tinyproto

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/tpp-rpc/tpp/runtime/internal/keepalive"
)

// Dial connects to a server at addr, a host and a port, with the default Config. If the
// server has too many connections, the error is SignalConnLimit.
func Dial(ctx context.Context, addr string) (*Conn, error) {
	return new(Dialer).Dial(ctx, addr)
}

// A Dialer makes connections to servers, and has a list of the open ones. The zero value
// is ready to use. Don't change its fields after the first Dial. Its methods are safe for
// concurrent use.
type Dialer struct {
	// Config is for each connection.
	Config Config

	// TLS, if not nil, makes the Dialer use TLS.
	TLS *tls.Config

	// Loop, if not nil, runs on each connection in a goroutine of its own. The
	// connection is closed when it ends.
	Loop *Loop

	group group
	loops sync.WaitGroup
}

// Dial connects to a server at addr, a host and a port. Ctx and Config.Timeout limit the
// time to connect. Later, Close ends the connection's Loop.
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
	var c net.Conn
	var err error
	if d.TLS == nil {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", addr)
	} else {
		c, err = (&tls.Dialer{Config: d.TLS}).DialContext(ctx, "tcp", addr)
	}
	if err == nil {
		keepalive.Set(c)
	}
	return c, err
}

// Conns returns the open connections, in the order in which they were opened.
func (d *Dialer) Conns() []*Conn { return d.group.all() }

// Broadcast sends a message to all open connections except some, and returns when each
// send has ended. A Loop may call it. It is no error if connections end meanwhile.
func (d *Dialer) Broadcast(ctx context.Context, msg []byte, except ...*Conn) error {
	return d.group.broadcast(ctx, msg, except)
}

// Close closes all connections, and makes Dial fail. It doesn't wait, so a Loop may call
// it.
func (d *Dialer) Close() error {
	d.group.close()
	return nil
}

// Wait waits until no Loop is running. Don't call it from a Loop, or during Dial.
func (d *Dialer) Wait() { d.loops.Wait() }
