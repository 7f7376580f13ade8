package runtime

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// A Principal is who makes a call, as the server's Auth found out.
type Principal struct {
	// Name identifies the principal, in logs too; "" means that nobody did.
	Name string

	// Claims are what else Auth knows of the principal, such as its groups, for
	// Authorize and handlers. Nothing is logged of them. Calls share the value, so
	// nobody changes it.
	Claims any
}

// Credentials are what a call shows of who makes it.
type Credentials struct {
	// Token is the request's; "" if it has none.
	Token string

	// Action is the name of the action, which may be unknown.
	Action string

	// Peer is who sent the request.
	Peer Peer

	// Envelope is an object with the keys beside token, action and body; nil if
	// there are none. It is valid until the Auth returns.
	Envelope Message
}

// An Auth tells who makes a call. It returns ErrBadToken if the credentials aren't
// good; any other error means that they can't be checked now, and the call fails
// without telling the peer why.
//
// A server calls it for each call, from many goroutines, before it looks for the
// handler. Its context is that of the call.
type Auth func(ctx context.Context, c Credentials) (Principal, error)

// Anybody is the Auth of a server that is open to everybody who can reach it.
func Anybody(context.Context, Credentials) (Principal, error) { return Principal{}, nil }

// PrincipalOf returns who made the call that ctx belongs to; the zero Principal if
// nobody has been authenticated.
func PrincipalOf(ctx context.Context) Principal {
	if p, ok := ctx.Value(callctx.Principal{}).(*Principal); ok {
		return *p
	}
	return Principal{}
}

// WithPrincipal returns a context in which PrincipalOf returns p, for tests and for
// interceptors that know better.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, callctx.Principal{}, &p)
}
