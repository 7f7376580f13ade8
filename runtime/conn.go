package runtime

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A Wire is one protocol, as a server speaks it. It has no state: that of a
// connection lives in Serve.
type Wire interface {
	// Serve speaks with the peer of c until either leaves; see OnDrain for when
	// the server does. It returns after every call that it began has finished.
	// When ctx ends, c is closed soon after. The error is for the log; nil says
	// that all was in order.
	Serve(ctx context.Context, c *Conn) error

	// Refuse tells a peer why it isn't served. The caller closes c afterwards, or
	// when that takes too long.
	Refuse(c net.Conn, err *Error)
}

// A Conn is a connection that a Server accepted, as its Wire sees it.
type Conn struct {
	net.Conn

	// Limits are the server's, with the defaults filled in: what is switched
	// off is a very large number, or a time of 0.
	Limits Limits

	serving *serving
	addr    netip.Addr   // the peer, as it is counted; invalid if it has no address
	hold    atomic.Int64 // no call begins before; in ns since 1970
	calls   *places      // one for each call under way
	onDrain func()       // guarded by serving.mu
}

// OnDrain sets what is called, once, when the server is told to stop; if it was
// already, that's now. The wire then finishes what is under way, tells its peer
// if it has a way to, and returns from Serve. F doesn't block.
func (c *Conn) OnDrain(f func()) {
	v := c.serving
	v.mu.Lock()
	c.onDrain = f
	draining := v.drained
	v.mu.Unlock()
	if draining {
		f()
	}
}

// Log is where to report what goes wrong with c.
func (c *Conn) Log() *slog.Logger { return c.serving.server.log() }

func (c *Conn) logEnd(err error) {
	c.Log().Debug("connection ended", "peer", c.RemoteAddr(), "err", err)
}

// Begin waits until there is room for one more call, on c and on the server.
// Each Begin that returns nil needs a Finish.
func (c *Conn) Begin(ctx context.Context) error {
	if wait := c.held(); wait > 0 {
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
	if err := c.serving.calls.acquire(ctx); err != nil {
		c.calls.release()
		return err
	}
	return nil
}

// TryBegin is Begin for those who can't wait: it reports false if there's no room
// now.
func (c *Conn) TryBegin() bool {
	if c.held() > 0 || !c.calls.try() {
		return false
	}
	if !c.serving.calls.try() {
		c.calls.release()
		return false
	}
	return true
}

// held returns for how long no call begins on c.
func (c *Conn) held() time.Duration {
	until := c.hold.Load()
	if until == 0 {
		return 0
	}
	return time.Until(time.Unix(0, until))
}

// Finish gives back the room that Begin took; that's when the last response of
// the call has been written, or can't be.
func (c *Conn) Finish() {
	c.serving.calls.release()
	c.calls.release()
}

// errInternal is all that a peer learns of a panic.
var errInternal = &Error{Code: Failed, Message: "internal error"}

// Handler is who performs the calls of the server; a wire asks it what there
// is to be called.
func (c *Conn) Handler() Handler { return c.serving.server.Handler }

// Do performs call: it checks the token, unless the action needs none, runs the
// handler, and contains its panics. It returns what the peer is told instead
// of a result, or after the items of a stream; nil if all went well. Ctx is the
// one that Serve got.
func (c *Conn) Do(ctx context.Context, call *Call, out Responder) *Error {
	call.conn = c
	return call.perform(ctx, c.Log(), c.RemoteAddr(), func(ctx context.Context) *Error {
		s := c.serving.server
		req := &call.Request
		token := req.Token
		req.Token = ""
		req.Info = s.Handler.Action(req.Action)
		if len(s.Interceptors) == 0 {
			return AsError(c.handle(ctx, call, token, req, out))
		}
		f := func(ctx context.Context, req *Request, out Responder) error {
			return c.handle(ctx, call, token, req, out)
		}
		return AsError(Intercept(f, s.Interceptors...)(ctx, req, out))
	})
}

// handle checks the token of call before anything else is looked at, then that it
// names an action, and performs it.
func (c *Conn) handle(ctx context.Context, call *Call, token string, req *Request, out Responder) error {
	if req.Info == nil || !req.Info.NoAuth {
		if err := c.authenticate(ctx, call, token); err != nil {
			return err
		}
	}
	if req.Action == "" {
		return errNoAction
	}
	return c.serving.server.Handler.Serve(ctx, req, out)
}

// orNil returns e as an error that is nil if e is.
func (e *Error) orNil() error {
	if e == nil {
		return nil
	}
	return e
}

// errNoAction is what every TPP service says; as an object, though, which the
// Python clients understand better than the plain string of the Python servers.
var errNoAction = &Error{Code: Failed, Message: "No action found!"}

func (c *Conn) authenticate(ctx context.Context, call *Call, token string) *Error {
	s := c.serving.server
	fresh := token != "" && !s.peers.wasGood(token)
	if fresh {
		if err := s.peers.try(c.addr, token, c.Limits.FailedTokens); err != nil {
			c.hold.Store(time.Now().Add(holdUp).UnixNano())
			return err
		}
	}
	bad := false
	if fresh {
		defer func() { s.peers.tried(c.addr, token, bad) }() // be it by a panic
	}
	name, err := s.Auth(ctx, token)
	bad = err != nil && CodeOf(err) == BadToken
	switch {
	case err == nil:
		if token != "" {
			s.peers.good(token)
		}
		call.principal = name
		return nil
	case !bad:
		if ctx.Err() == nil {
			c.Log().Error("token not checked", "err", err, "peer", c.RemoteAddr())
		}
		return &Error{Code: Failed, Message: "the token can't be checked now", cause: err}
	case token == "":
		return ErrNoToken
	}
	return ErrBadToken
}

// holdUp is how long a connection is held up on which a token was refused
// unchecked: who tries them all is in no hurry.
const holdUp = time.Second

// peerAddr returns the address by which the peer at a is counted: a whole /64
// for IPv6, which is what one host has. It isn't valid if a isn't an IP
// address.
func peerAddr(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.Is6() {
		p, _ := ip.Prefix(64)
		return p.Addr()
	}
	return ip
}

var errNoAuth = errors.New("runtime: the server has no Auth; use Anybody if it's meant to be open")
