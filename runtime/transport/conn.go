package transport

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Protocol is what a wire says on the connections that Serve accepts. It has no state:
// that of a connection lives in ServeConn.
type Protocol interface {
	// ServeConn speaks with the peer of c until either side ends the connection; see
	// Conn.OnDrain for when the server stops. It returns after every call that it began has finished.
	// When ctx ends, c is closed soon after. The error is for the log; nil says that
	// all was in order.
	ServeConn(ctx context.Context, c *Conn) error

	// Refuse tells a peer why it isn't served. The caller closes c afterwards, or when
	// that takes too long.
	Refuse(c net.Conn, err *runtime.Error)
}

// A Conn is a connection that Serve has accepted. It has the methods of net.Conn, and those
// of a Core that also apply the limits of one connection.
type Conn struct {
	net.Conn
	serving *serving
	calls   room   // one place for each call under way
	onDrain func() // guarded by serving.mu

	peer       Peer
	handshaken sync.Once // peer.TLS is known
}

// Limits returns the limits of the server. They must not be changed.
func (c *Conn) Limits() *Limits { return &c.serving.core.limits }

// Core returns the core that performs the calls of c.
func (c *Conn) Core() *Core { return c.serving.core }

// OnDrain sets what is called, once, when the server stops; if it is stopping already,
// that is now. The protocol then finishes what is under way, tells its peer if it has a
// way to, and returns from ServeConn. F must not block.
func (c *Conn) OnDrain(f func()) {
	v := c.serving
	v.mu.Lock()
	c.onDrain = f
	drained := v.drained
	v.mu.Unlock()
	if drained {
		f()
	}
}

// Begin is Core.Begin, for room on c as well.
func (c *Conn) Begin(ctx context.Context) error {
	if wait := c.peer.held(); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := c.calls.acquire(ctx); err != nil {
		return err
	}
	if err := c.serving.core.Begin(ctx); err != nil {
		c.calls.release()
		return err
	}
	return nil
}

// TryBegin is Begin without waiting: it reports false if there is no room now.
func (c *Conn) TryBegin() bool {
	if c.peer.held() > 0 || !c.calls.try() {
		return false
	}
	if !c.serving.core.calls.try() {
		c.calls.release()
		return false
	}
	return true
}

// Finish gives back the room that Begin or TryBegin took.
func (c *Conn) Finish() {
	c.serving.core.Finish()
	c.calls.release()
}

// Perform is Core.Perform for a call of the peer of c. Ctx is the one that ServeConn got.
func (c *Conn) Perform(ctx context.Context, call *Call, out runtime.Responder) *runtime.Error {
	c.handshaken.Do(c.noteTLS)
	call.Peer = &c.peer
	return c.serving.core.Perform(ctx, call, out)
}

// noteTLS sets the TLS state of the peer, which is complete when the first call has come.
func (c *Conn) noteTLS() {
	if secure, ok := c.Conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := secure.ConnectionState()
		c.peer.TLS = &state
	}
}

// Go runs t in another goroutine, like a go statement, but uses an idle goroutine of the
// server if there is one. Its stack has grown already, which would cost more than the rest
// of a small call. ServeConn must not return while t still uses c.
func (c *Conn) Go(ctx context.Context, t Task) { c.serving.workers.do(ctx, t) }
