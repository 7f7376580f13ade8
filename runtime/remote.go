package runtime

import (
	"context"
	"crypto/tls"
	"net"
)

// This file tells a handler, an interceptor or an Auth about the connection
// that its call came on.

type connKey struct{}

func connOf(ctx context.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

// RemoteAddr returns the address of the peer whose call ctx belongs to; nil if
// the call came on no connection of a Server.
func RemoteAddr(ctx context.Context) net.Addr {
	if c := connOf(ctx); c != nil {
		return c.RemoteAddr()
	}
	return nil
}

// TLSState returns what is known of the TLS connection that the call of ctx came
// on, the peer's certificates included; nil if it didn't come over TLS.
func TLSState(ctx context.Context) *tls.ConnectionState {
	c := connOf(ctx)
	if c == nil {
		return nil
	}
	secure, ok := c.Conn.(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return nil
	}
	state := secure.ConnectionState()
	return &state
}

// Draining reports whether the server that the call of ctx came to was told to
// stop: it finishes what is under way, and wants no more.
func Draining(ctx context.Context) bool {
	c := connOf(ctx)
	if c == nil {
		return false
	}
	select {
	case <-c.serving.draining:
		return true
	default:
		return false
	}
}
