package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// A Call is one call that a transport has received. The transport fills in the exported
// fields and passes it to Perform, once.
type Call struct {
	// Request is what the call asks for. Its Token and Info are left empty; its Body
	// and Envelope are valid until Perform returns.
	Request runtime.Request

	// Token is the request's; "" if it has none. It never reaches handlers and logs.
	Token string

	// Timeout is how long the peer is going to wait. If zero, it didn't say.
	Timeout time.Duration

	// Peer is who sent the call. A Conn fills it in. If nil, nothing is known of the peer.
	Peer *Peer

	// Watch, if not nil, is called when Done of the handler's context is first called, in
	// the goroutine that calls it. A transport that needs to read to see whether the peer
	// is still there can begin then.
	Watch func()

	core      *Core
	conn      *Conn // nil unless a Conn performs the call
	parent    context.Context
	out       runtime.Responder
	raw       runtime.Message // Request.Envelope, not yet decoded
	principal runtime.Principal
	deadline  time.Time

	mu       sync.Mutex
	real     context.Context // nil until Done is called
	cancel   context.CancelFunc
	envelope *runtime.Raw // a copy of Request.Envelope, made by keys
	canceled bool         // the context has ended, while there is no real one
	over     bool         // Perform has returned

	answered bool // the handler has responded
}

// run has core serve the call, logs how it went, and contains panics.
func (c *Call) run(ctx context.Context, core *Core, out runtime.Responder) (err *runtime.Error) {
	c.core, c.parent, c.out, c.raw = core, ctx, out, c.Request.Envelope
	if c.Peer == nil {
		c.Peer = new(Peer)
	}
	if c.Timeout > 0 {
		c.deadline = time.Now().Add(c.Timeout)
	}
	cctx := (*callContext)(c)
	var began time.Time
	if core.log.Enabled(cctx, slog.LevelDebug) {
		began = time.Now()
	}
	returned := false
	defer func() {
		if !returned {
			core.log.ErrorContext(cctx, "panic", "action", c.Request.Action, "peer", c.Peer.Addr, c.panicked(recover()), "stack", string(debug.Stack()))
			err = ErrInternal
		}
		if err != nil && err.Reason == runtime.Internal && err != ErrInternal && err != errNotChecked {
			c.logFailure(cctx, err)
		}
		if !began.IsZero() {
			c.logEnd(cctx, err, time.Since(began))
		}
		c.end()
	}()
	failed := core.serve(cctx, c)
	if failed == nil && !c.answered && !c.stream() {
		failed = runtime.Internal.Errorf("%s was not answered", c.Request.Action)
	}
	err = encoded(runtime.Disclose(cctx, failed))
	returned = true
	return err
}

// A callResponder is what a handler's responses go to.
type callResponder Call

// Respond passes body on to the transport. If the transport can't reach the peer any more,
// the call ends as cancelled. A second response is an error, unless the call is a stream.
func (c *callResponder) Respond(body runtime.Message) error {
	if c.answered && !(*Call)(c).stream() {
		return runtime.Internal.Errorf("%s was answered twice", c.Request.Action)
	}
	err := c.out.Respond(body)
	if err == nil {
		c.answered = true
		return nil
	}
	if errors.As(err, new(*runtime.Error)) || errors.As(err, new(runtime.Reason)) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	(*Call)(c).Cancel()
	return runtime.Canceled.Errorf("the peer has left: %w", err)
}

// ErrInternal is all that a peer is told about a panic, and about a handler that ended its
// goroutine.
var ErrInternal = &runtime.Error{Code: runtime.Failed, Reason: runtime.Internal, Message: "internal error"}

// panicked returns what the log gets of a panic with v. As in logFailure, that is the type
// for an action with secrets, except of Go's own errors: these quote no strings.
func (c *Call) panicked(v any) slog.Attr {
	if _, own := v.(goruntime.Error); !own && v != nil && c.secret() {
		return slog.String("panic", fmt.Sprintf("[secret] (%T)", v))
	}
	return slog.Any("panic", v)
}

// secret reports whether the action of c holds secrets.
func (c *Call) secret() bool { return c.Request.Info != nil && c.Request.Info.Secret }

// logFailure logs an internal error, of which the peer isn't told more. The text may quote
// the request, so for an action with secrets the log gets the type of the error instead.
func (c *Call) logFailure(ctx context.Context, failed *runtime.Error) {
	var why error = failed
	if cause := failed.Unwrap(); cause != nil {
		why = cause
	}
	what := slog.Any("err", why)
	if c.secret() {
		what = slog.String("err", fmt.Sprintf("[secret] (%T)", why))
	}
	c.core.log.ErrorContext(ctx, "call failed", "action", c.Request.Action, "principal", c.principal.Name, "peer", c.Peer.Addr, what)
}

func (c *Call) logEnd(ctx context.Context, err *runtime.Error, took time.Duration) {
	var none runtime.Error
	if err == nil {
		err = &none
	}
	c.core.log.DebugContext(ctx, "call", "action", c.Request.Action, "code", err.Code, "reason", string(err.Reason), "took", took, "principal", c.principal.Name, "peer", c.Peer.Addr)
}

// encoded returns err with its Data and Body as JSON: what they are made of may be gone
// later, and a panic while they are encoded is contained here. What can't be encoded is
// left out.
func encoded(err *runtime.Error) *runtime.Error {
	if err == nil || err.Body == nil && err.Data == nil {
		return err
	}
	same := *err
	for _, m := range []*runtime.Message{&same.Data, &same.Body} {
		if *m == nil {
			continue
		}
		b, failed := (*m).AppendJSON(nil)
		*m = nil
		if failed == nil {
			*m = new(runtime.Raw(b))
		}
	}
	return &same
}

// stream reports whether c may have any number of responses.
func (c *Call) stream() bool { return c.Request.Info != nil && c.Request.Info.Stream }

// Context returns the context of the call's handler. Call it while Perform runs.
func (c *Call) Context() context.Context { return (*callContext)(c) }

// Cancel ends the context of the call's handler. It does nothing after Perform has
// returned.
func (c *Call) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelLocked()
}

// cancelLocked is Cancel; c.mu is held.
func (c *Call) cancelLocked() {
	c.canceled = true
	if c.real != nil {
		c.cancel()
	}
}

// end ends the call for all who still hold its context.
func (c *Call) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.cancelLocked()
}

// keys returns a copy of the envelope keys. It is a copy because a goroutine may use the
// context after the call, when the request's bytes are used again. It returns nil if there
// are no keys, or if it is first called after the call.
func (c *Call) keys() *runtime.Raw {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.envelope == nil && !c.over && c.raw != nil {
		if b, err := c.raw.AppendJSON(nil); err == nil {
			c.envelope = new(runtime.Raw(b))
		}
	}
	return c.envelope
}

// A callContext is the context of a call's handler. Most handlers never wait for its end,
// so there are a channel, a place among the parent's children and a timer only once one
// does.
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
		if c.canceled {
			c.cancel()
		}
	}
	ended := c.canceled
	real := c.real
	c.mu.Unlock()
	if first && !ended && c.Watch != nil {
		c.Watch()
	}
	return real.Done()
}

func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.real != nil:
		return c.real.Err()
	case c.canceled:
		return context.Canceled
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return context.DeadlineExceeded
	}
	return c.parent.Err()
}

func (c *callContext) Value(key any) any {
	switch key.(type) {
	case callctx.Principal:
		return &c.principal
	case callctx.Peer:
		return &c.Peer.Peer
	case callctx.Envelope:
		return (*Call)(c).keys()
	case callctx.Request:
		return &c.Request
	case callctx.Draining:
		return (<-chan struct{})(c.core.draining)
	}
	c.mu.Lock()
	real := c.real
	c.mu.Unlock()
	if real != nil {
		return real.Value(key) // package context finds its own kind here
	}
	return c.parent.Value(key)
}
