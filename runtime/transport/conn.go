package transport

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/origin"
)

// A Protocol is what a wire says on the connections that Serve accepts. It has no state:
// that of a connection lives in ServeConn.
type Protocol interface {
	// ServeConn speaks with the peer of c until either side ends the connection; see
	// Conn.OnDrain for when the server stops. It returns after every call that it began has
	// finished. When ctx ends, c is closed soon after. The error is for the log; nil says
	// that all was in order.
	ServeConn(ctx context.Context, c *Conn) error

	// Refuse tells a peer why it isn't served. The caller closes c afterwards, or when
	// that takes too long.
	Refuse(c net.Conn, err *runtime.Error)
}

// A Conn is a connection that Serve has accepted. It has the methods of net.Conn, and those
// of a Core that also apply the limits of one connection.
type Conn struct {
	net.Conn
	run     *serveRun
	calls   room      // one place for each call under way
	onDrain func()    // guarded by serveRun.mu
	late    time.Time // when the time of a newcomer is up; zero for never

	peer       Peer
	handshaken sync.Once // peer.TLS is known
}

// newConn returns the Conn of nc, whose peer is a newcomer.
func newConn(v *serveRun, nc net.Conn) *Conn {
	c := &Conn{Conn: nc, run: v}
	l := c.Limits()
	c.calls.limit(min(l.PreAuthCalls, l.CallsPerConn))
	if l.PreAuth > 0 {
		c.late = time.Now().Add(l.PreAuth)
	}
	p := &c.peer
	p.Addr, p.ip = nc.RemoteAddr(), origin.Of(nc.RemoteAddr())
	_, secure := nc.(tlsConn)
	p.plain = !secure && p.remote()
	return c
}

// A tlsConn is a *tls.Conn, or a connection around one.
type tlsConn interface{ ConnectionState() tls.ConnectionState }

// Limits returns the limits of the server. They must not be changed.
func (c *Conn) Limits() *Limits { return &c.run.core.limits }

// Core returns the core that performs the calls of c.
func (c *Conn) Core() *Core { return c.run.core }

// OnDrain sets what is called, once, when the server stops; if it is stopping already,
// that is now. The protocol then finishes what is under way, tells its peer if it has a
// way to, and returns from ServeConn. F must not block.
func (c *Conn) OnDrain(f func()) {
	v := c.run
	v.mu.Lock()
	c.onDrain = f
	drained := v.drained
	v.mu.Unlock()
	if drained {
		f()
	}
}

// Acquire is Core.Acquire, for room on c as well.
func (c *Conn) Acquire(ctx context.Context) error {
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
	if err := c.run.core.Acquire(ctx); err != nil {
		c.calls.release()
		return err
	}
	return nil
}

// TryAcquire is Acquire without waiting: it reports false if there is no room now.
func (c *Conn) TryAcquire() bool {
	if c.peer.held() > 0 || !c.calls.try() {
		return false
	}
	if !c.run.core.calls.try() {
		c.calls.release()
		return false
	}
	return true
}

// Release gives back the room that Acquire or TryAcquire took.
func (c *Conn) Release() {
	c.run.core.Release()
	c.calls.release()
}

// Perform is Core.Perform for a call of the peer of c. Ctx is the one that ServeConn got.
func (c *Conn) Perform(ctx context.Context, call *Call, out runtime.Responder) *runtime.Error {
	c.handshaken.Do(c.noteTLS)
	call.Peer, call.conn = &c.peer, c
	return c.run.core.Perform(ctx, call, out)
}

// noteTLS sets the TLS state of the peer, which is complete when the first call has come.
func (c *Conn) noteTLS() {
	if secure, ok := c.Conn.(tlsConn); ok {
		state := secure.ConnectionState()
		c.peer.TLS = &state
	}
}

// Known reports whether a call of c has been authenticated. Until then, the peer is a
// newcomer, and has the PreAuth limits. Once Known is true, it stays so.
func (c *Conn) Known() bool { return c.peer.known.Load() }

// Welcome makes Known true. It is for protocols that authenticate connections, not calls.
func (c *Conn) Welcome() { c.run.core.door.welcome(&c.peer) }

// By returns the deadline for something that may take the peer d from now on; 0 is no
// limit. For a newcomer, it isn't later than the end of Limits.PreAuth. Early says that it
// would be later for a peer that is known.
func (c *Conn) By(d time.Duration) (deadline time.Time, early bool) {
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	if c.late.IsZero() || c.Known() || !deadline.IsZero() && !c.late.Before(deadline) {
		return deadline, false
	}
	return c.late, true
}

// Late returns what the peer is told if it is a newcomer whose time is up; otherwise nil.
// The server closes the connection 5 s later.
func (c *Conn) Late() error {
	if c.late.IsZero() || c.Known() || time.Now().Before(c.late) {
		return nil
	}
	return runtime.OverLimit.Errorf("no call was authenticated within %v", c.Limits().PreAuth)
}

// Hold counts n bytes of requests that the peer has sent, or is about to send, until Unhold
// is called with the same number. It returns an error and counts nothing if a newcomer may
// not have so many: see Limits.PreAuthBytes. It counts nothing for a peer that is known.
func (c *Conn) Hold(n int) error {
	if c.Known() {
		return nil
	}
	ok, instead := c.run.core.door.hold(&c.peer, n)
	for _, other := range instead {
		c.run.replace(other)
	}
	if ok {
		return nil
	}
	return runtime.OverLimit.Errorf("too much was sent by peers without an authenticated call, try again later")
}

// Unhold stops counting n bytes that Hold has counted.
func (c *Conn) Unhold(n int) {
	if !c.Known() {
		c.run.core.door.unhold(&c.peer, n)
	}
}

// cut closes the connection without a last word. It doesn't block.
func (c *Conn) cut() {
	nc := c.Conn
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn() // a tls.Conn would wait for its last write
	}
	nc.Close()
}

// Go runs t in another goroutine, like a go statement, but uses an idle goroutine of the
// server if there is one. Its stack has grown already, which would cost more than the rest
// of a small call. ServeConn must not return while t still uses c.
func (c *Conn) Go(ctx context.Context, t Task) { c.run.workers.do(ctx, t) }
