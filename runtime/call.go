package runtime

import (
	"context"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// A Call is a call that a server's wire has received. The wire fills in the
// exported fields and passes it to Conn.Do, once.
type Call struct {
	Request Request

	// Timeout is how long the peer is going to wait. If zero, it didn't say.
	Timeout time.Duration

	// Watched, if not nil, is called when the handler waits for the end of its
	// context for the first time: a wire that only then has to find out
	// whether the peer is still there does so from here on.
	Watched func()

	parent    context.Context
	conn      *Conn // what it came on; nil if it was performed without one
	principal string
	deadline  time.Time

	mu     sync.Mutex
	real   context.Context // nil until somebody waits for its end
	cancel context.CancelFunc
	err    error // why the context ended, while there is no real one
}

// Perform performs c by h as a Conn does, but asks for no token: for the end of a
// connection that has chosen its peer, and lets that call it back. Log and peer
// are for what goes wrong.
func (c *Call) Perform(ctx context.Context, h Handler, log *slog.Logger, peer net.Addr, out Responder) *Error {
	return c.perform(ctx, log, peer, func(ctx context.Context) *Error {
		req := &c.Request
		req.Token = ""
		if req.Action == "" {
			return errNoAction
		}
		req.Info = h.Action(req.Action)
		return AsError(h.Serve(ctx, req, out))
	})
}

// perform runs f with the context of the call's handler, and contains its
// panics.
func (c *Call) perform(ctx context.Context, log *slog.Logger, peer net.Addr, f func(context.Context) *Error) (err *Error) {
	c.parent = ctx
	if c.Timeout > 0 {
		c.deadline = time.Now().Add(c.Timeout)
	}
	cctx := (*callContext)(c)
	var began time.Time
	if log.Enabled(cctx, slog.LevelDebug) {
		began = time.Now()
	}
	returned := false
	defer func() {
		if !returned {
			log.Error("panic", "action", c.Request.Action, "peer", peer, "panic", recover(), "stack", string(debug.Stack()))
			err = errInternal
		}
		c.Cancel()
		if !began.IsZero() {
			log.Debug("call", "action", c.Request.Action, "code", CodeOf(err.orNil()), "took", time.Since(began), "principal", c.principal, "peer", peer)
		}
	}()
	err = f(cctx).encoded()
	returned = true
	return err
}

// Cancel ends the context of the call's handler. It does nothing after Do has
// returned.
func (c *Call) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = context.Canceled
	}
	if c.real != nil {
		c.cancel()
	}
}

// A callContext is the context of a call's handler. Most handlers never wait
// for its end, so there are a channel, a place among the parent's children and
// a timer only once one does.
type callContext Call

func (c *callContext) Deadline() (time.Time, bool) {
	if !c.deadline.IsZero() {
		return c.deadline, true
	}
	return c.parent.Deadline()
}

func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	first := c.real == nil
	if first {
		if c.deadline.IsZero() {
			c.real, c.cancel = context.WithCancel(c.parent)
		} else {
			c.real, c.cancel = context.WithDeadline(c.parent, c.deadline)
		}
		if c.err != nil {
			c.cancel()
		}
	}
	ended := c.err != nil
	real := c.real
	c.mu.Unlock()
	if first && !ended && c.Watched != nil {
		c.Watched()
	}
	return real.Done()
}

func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.real != nil:
		return c.real.Err()
	case c.err != nil:
		return c.err
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return c.parent.Err()
}

func (c *callContext) Value(key any) any {
	switch key.(type) {
	case principalKey:
		return c.principal
	case connKey:
		return c.conn
	}
	c.mu.Lock()
	real := c.real
	c.mu.Unlock()
	if real != nil {
		return real.Value(key) // package context finds its own kind here
	}
	return c.parent.Value(key)
}
