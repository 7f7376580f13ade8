package auth

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Certificate returns an Auth that accepts a peer that has shown a certificate on its TLS
// connection, whatever its token. The principal's name is what name makes of the
// certificate; "" means that it isn't good here. If name is nil, it is the common name of
// the subject.
//
// The server's tls.Config says who signs: ClientCAs, with ClientAuth set to
// tls.RequireAndVerifyClientCert, or tls.VerifyClientCertIfGiven if there are
// others who send a token (see First). A certificate that wasn't verified, or
// has expired since the connection was made, isn't accepted.
func Certificate(name func(*x509.Certificate) string) runtime.Auth {
	if name == nil {
		name = func(c *x509.Certificate) string { return c.Subject.CommonName }
	}
	return func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
		state := c.Peer.TLS
		if state == nil || len(state.VerifiedChains) == 0 {
			return runtime.Principal{}, runtime.ErrBadToken
		}
		leaf := state.VerifiedChains[0][0]
		principal := name(leaf)
		if principal == "" || time.Now().After(leaf.NotAfter) {
			return runtime.Principal{}, runtime.ErrBadToken
		}
		return runtime.Principal{Name: principal}, nil
	}
}

// First returns an Auth that asks one after the other, and goes by the first that doesn't
// call the credentials bad.
func First(all ...runtime.Auth) runtime.Auth {
	return func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
		for _, a := range all {
			principal, err := a(ctx, c)
			if runtime.CodeOf(err) != runtime.BadToken {
				return principal, err
			}
		}
		return runtime.Principal{}, runtime.ErrBadToken
	}
}
