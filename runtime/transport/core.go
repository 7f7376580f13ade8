package transport

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Core performs the calls of a runtime.Server, whatever brought them. It is safe for
// concurrent use.
type Core struct {
	server *runtime.Server
	limits Limits
	log    *slog.Logger
	calls  room // one place for each call under way
	door   door
	tokens *tokens
	plain  sync.Once // warnPlain has logged

	stop     sync.Once
	draining chan struct{} // closed by Drain
}

// New returns a Core for s. It is an error if s has no Handler or no Auth.
func New(s *runtime.Server) (*Core, error) {
	switch {
	case s.Handler == nil:
		return nil, errNoHandler
	case s.Auth == nil:
		return nil, errNoAuth
	}
	c := &Core{server: s, limits: resolve(s.Limits), log: s.Log, tokens: newTokens(), draining: make(chan struct{})}
	c.door.limits = &c.limits
	c.calls.limit(c.limits.Calls)
	if c.log == nil {
		c.log = discard
	} else {
		c.log = slog.New(safeLog{c.log.Handler()})
	}
	return c, nil
}

var (
	errNoHandler = errors.New("runtime: the server has no Handler")
	errNoAuth    = errors.New("runtime: the server has no Auth; use Anybody if it's meant to be open")

	discard = slog.New(slog.DiscardHandler)
)

// Limits returns the limits of the server. They must not be changed.
func (c *Core) Limits() *Limits { return &c.limits }

// Grace returns how long calls may go on when the server stops; it is never negative.
func (c *Core) Grace() time.Duration {
	if c.server.Grace == 0 {
		return 10 * time.Second
	}
	return max(c.server.Grace, 0)
}

// Log returns the server's log; it is never nil.
func (c *Core) Log() *slog.Logger { return c.log }

// Action returns what the server knows about an action; nil if it has no such action.
func (c *Core) Action(name string) *runtime.Action { return c.server.Handler.Action(name) }

// Drain notes that the server is stopping, for runtime.Draining. A second call does
// nothing. It is the transport that takes no new calls.
func (c *Core) Drain() { c.stop.Do(func() { close(c.draining) }) }

// Acquire waits until there is room for one more call, or ctx ends. Each Acquire that returns
// nil needs a Release.
func (c *Core) Acquire(ctx context.Context) error { return c.calls.acquire(ctx) }

// Release gives back the room that Acquire took. Call it when the last response of the call
// has been written, or can't be.
func (c *Core) Release() { c.calls.release() }

// Perform performs call: it authenticates and authorizes it, runs the interceptors and
// the handler, and contains their panics. The transport has taken room for it. Perform
// returns what the peer is told instead of a result, or after the items of a stream; nil
// if all went well, and then a call that isn't a stream was answered once. What a peer
// isn't told of an error, see runtime.Disclose, goes to the log. When ctx ends, so does
// the handler's context.
//
// An error of out that is a *runtime.Error is the handler's: the response couldn't be
// encoded, or there was one too many. Any other error means that the peer can't be reached
// any more, and the call ends as cancelled.
func (c *Core) Perform(ctx context.Context, call *Call, out runtime.Responder) *runtime.Error {
	return call.run(ctx, c, out)
}

// serve runs the interceptors around handle.
func (c *Core) serve(ctx context.Context, call *Call) error {
	req, out := &call.Request, (*callResponder)(call)
	req.Info = c.Action(req.Action)
	if len(c.server.Interceptors) == 0 {
		return c.handle(ctx, call, req, out)
	}
	f := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		// An interceptor may have changed the action, or made a request of its own. What
		// is checked must be what is performed.
		req.Info = c.Action(req.Action)
		return c.handle(ctx, call, req, out)
	}
	return runtime.Intercept(f, c.server.Interceptors...)(ctx, req, out)
}

// handle authenticates the call before anything else is looked at, then authorizes it and
// performs it.
func (c *Core) handle(ctx context.Context, call *Call, req *runtime.Request, out runtime.Responder) error {
	if req.Info != nil && req.Info.NoAuth {
		if p := call.Peer; !p.known.Load() {
			c.door.open(p, 1)
			defer c.door.open(p, -1)
		}
	} else {
		if err := c.authenticate(ctx, call, req); err != nil {
			return err
		}
		if err := c.authorize(ctx, call, req.Info); err != nil {
			return err
		}
	}
	if req.Action == "" {
		return errNoAction
	}
	err := c.server.Handler.Serve(ctx, req, out)
	if err == nil && req.Info != nil && req.Info.Stream {
		err = ctx.Err() // the handler may not have noticed that its caller left
	}
	return err
}

// errNoAction has the words of every TPP service, but as an object: the Python clients
// understand it better than the plain string of the Python servers.
var errNoAction = &runtime.Error{Code: runtime.Failed, Reason: runtime.BadRequest, Message: "No action found!"}

// authorize decides whether the principal of call may call a.
func (c *Core) authorize(ctx context.Context, call *Call, a *runtime.Action) error {
	if c.server.Authorize == nil || a == nil {
		return nil
	}
	err := c.server.Authorize(ctx, call.principal, a)
	if err == nil {
		return nil
	}
	c.log.InfoContext(ctx, "call not permitted", "action", a.Name, "principal", call.principal.Name, "peer", call.Peer.Addr, "err", err)
	return runtime.NotPermitted
}
