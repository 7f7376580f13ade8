package auth

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Certificate returns an Auth that accepts a peer by its TLS client certificate and ignores
// its token. The function name returns the principal's name for a certificate, or "" to
// refuse it. If name is nil, the principal's name is the common name of the subject.
//
// Set ClientCAs in the server's tls.Config, and ClientAuth to
// tls.RequireAndVerifyClientCert, or to tls.VerifyClientCertIfGiven if other callers send
// a token (see First). A certificate that wasn't verified, or that has expired since the
// connection was made, isn't accepted.
func Certificate(name func(*x509.Certificate) string) runtime.Auth {
	if name == nil {
		name = func(c *x509.Certificate) string { return c.Subject.CommonName }
	}
	return func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
		state := c.Peer.TLS
		if state == nil || len(state.VerifiedChains) == 0 {
			return runtime.Principal{}, runtime.BadCredentials
		}
		leaf := state.VerifiedChains[0][0]
		principal := name(leaf)
		if principal == "" || time.Now().After(leaf.NotAfter) {
			return runtime.Principal{}, runtime.BadCredentials
		}
		return runtime.Principal{Name: principal}, nil
	}
}

// First returns an Auth that tries each of all in order, and returns the result of the
// first one that doesn't fail with BadCredentials. If all do, or there are none, it fails
// with BadCredentials.
func First(all ...runtime.Auth) runtime.Auth {
	return func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
		for _, a := range all {
			principal, err := a(ctx, c)
			if runtime.ReasonOf(err) != runtime.BadCredentials {
				return principal, err
			}
		}
		return runtime.Principal{}, runtime.BadCredentials
	}
}
