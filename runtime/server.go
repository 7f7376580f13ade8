package runtime

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"
)

// A Handler performs calls. A Mux is one. A server calls its methods from many goroutines
// at once.
type Handler interface {
	// Serve is a Func.
	Serve(ctx context.Context, req *Request, out Responder) error

	// Action returns what is known about an action; nil if nothing is. A server asks
	// before it authenticates the call.
	Action(name string) *Action
}

// A Server performs the calls that peers send over a wire: it authenticates and
// authorizes each, bounds what peers can take, and contains panics. Its fields must not
// change while it serves. Serve may be called several times, also at once.
type Server struct {
	// Wire is the protocol that peers speak, such as tpp.Wire{}. There is no default.
	Wire Wire

	// Handler performs the calls. There is no default.
	Handler Handler

	// Auth authenticates every call, unless the action needs no token. There is no default;
	// use Anybody for an open server.
	Auth Auth

	// Authorize decides whether an authenticated principal may call an action. An error
	// refuses the call: the peer gets NotPermitted, the log gets the error. It isn't
	// called for actions that need no token, nor for those that Handler doesn't know. It
	// must be safe for concurrent use. If nil, every principal may call every action.
	Authorize func(ctx context.Context, p Principal, a *Action) error

	// Interceptors run around every call, the first one outermost: around its
	// authentication, and around calls of unknown actions. So they know the principal
	// only after next has returned. Those of a Mux run inside, around the authenticated
	// calls that the Mux performs. If nil, there are none.
	Interceptors []Interceptor

	// Limits bound what peers can take.
	Limits Limits

	// Grace is how long calls may go on after the end of Serve's context. If zero, it
	// is 10 s; if negative, they are cancelled at once.
	Grace time.Duration

	// Log gets what goes wrong, and every call at debug level, each line with the
	// context of its call. An error that a peer isn't told of (see Disclose) is logged
	// whole at error level, or only by its type if the action holds secrets. Tokens and
	// bodies never reach the log by themselves. If nil, nothing is logged.
	Log *slog.Logger
}

// Serve performs the calls that come on the listeners until ctx ends: then it closes the
// listeners and takes no new calls, lets those under way finish within Grace, and cancels
// the rest. It returns nil then, or an error if a listener failed or handlers go on for
// 5 s after they were cancelled. If Wire, Handler or Auth is nil, it closes the listeners
// and returns an error at once.
//
// Over TLS, a listener comes from tls.NewListener or tls.Listen.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	if s.Wire == nil {
		for _, l := range listeners {
			l.Close()
		}
		return errors.New("runtime: the server has no Wire")
	}
	return s.Wire.Serve(ctx, s, listeners...)
}

// A Wire is a protocol between clients and servers; each is a type in a package of its
// own, such as tpp.Wire. Packages transport and balance have what the author of a wire
// needs.
type Wire interface {
	// Serve is Server.Serve for a server whose Wire this is.
	Serve(ctx context.Context, s *Server, listeners ...net.Listener) error

	// Connect returns what performs the calls of a client whose Wire this is. The
	// client calls it once. Connect doesn't wait for a connection.
	Connect(c *Client) Caller
}
