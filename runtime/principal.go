package runtime

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// A Principal is who makes a call, as the server's Auth found out.
type Principal struct {
	// Name identifies the principal, in logs too. It is "" for a caller without a name,
	// such as every caller of Anybody.
	Name string

	// Claims are what else Auth knows of the principal, such as its groups, for
	// Authorize and handlers. They are never logged. Many calls may share the value, so
	// it must not be changed.
	Claims any
}

// Credentials are what an Auth knows about a call.
type Credentials struct {
	// Token is the request's; "" if it has none.
	Token string

	// Action is the name of the action, which may be unknown.
	Action string

	// Peer is who sent the request.
	Peer Peer

	// Envelope is an object with the keys other than token, action and body; nil if
	// there are none. It is valid until the Auth returns.
	Envelope Message
}

// An Auth authenticates a call: it returns who makes it. It returns BadCredentials if the
// credentials aren't good, or if there are none; the peer is then told that its token is
// bad, or that it is missing. Any other error means that the credentials can't be checked
// now: it is logged, and the call fails without telling the peer why.
//
// A server calls it for each call, before it looks for the handler, except for a known
// action that needs no token. It must be safe for concurrent use. Its context is that of
// the call.
type Auth func(ctx context.Context, c Credentials) (Principal, error)

// Anybody is the Auth of an open server: every peer that can reach it may make calls. It
// returns the zero Principal.
func Anybody(context.Context, Credentials) (Principal, error) { return Principal{}, nil }

// PrincipalOf returns who made the call that ctx belongs to. It returns the zero Principal
// if ctx isn't that of a call on a server, if the action needs no token, and as long as
// the call isn't authenticated: in an interceptor of a Server, until next has returned.
func PrincipalOf(ctx context.Context) Principal {
	if p, ok := ctx.Value(callctx.Principal{}).(*Principal); ok {
		return *p
	}
	return Principal{}
}

// WithPrincipal returns a context in which PrincipalOf returns p, for tests of handlers
// and for interceptors that change the principal.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, callctx.Principal{}, &p)
}
