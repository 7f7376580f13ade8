package runtime

import "context"

// An Auth tells who a token belongs to: it returns the name of the principal,
// which may be "". It returns ErrBadToken if the token isn't good; with any
// other error the token couldn't be checked, and the call fails without
// telling the peer why. Token is "" if the request has none.
//
// A server calls it before it looks for the handler, from many goroutines.
type Auth func(ctx context.Context, token string) (principal string, err error)

// Anybody is the Auth of a server that is open to everybody who can reach it.
func Anybody(context.Context, string) (principal string, err error) { return "", nil }

type principalKey struct{}

// Principal returns who called the handler that ctx belongs to, as the
// server's Auth named them; "" if nobody did.
func Principal(ctx context.Context) string {
	p, _ := ctx.Value(principalKey{}).(string)
	return p
}

// WithPrincipal returns a context in which Principal returns name: for
// interceptors that know better, and for tests.
func WithPrincipal(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, principalKey{}, name)
}
