package runtime

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// A Peer is who a call came from, as far as the connection tells.
type Peer struct {
	// Addr is the peer's address; nil if it has none.
	Addr net.Addr

	// TLS is the state of the connection, the peer's certificates included; nil if the
	// call didn't come over TLS.
	TLS *tls.ConnectionState
}

// PeerOf returns who sent the call that ctx belongs to; the zero Peer if ctx isn't that
// of a call on a server.
func PeerOf(ctx context.Context) Peer {
	if p, ok := ctx.Value(callctx.Peer{}).(*Peer); ok {
		return *p
	}
	return Peer{}
}

// Draining reports whether the server of the call that ctx belongs to is stopping: it
// finishes the calls under way and takes no new ones. The handler of a long stream should
// ask before each item and end the stream; otherwise the server cancels it after Grace.
// Draining is false if ctx isn't that of a call on a server.
func Draining(ctx context.Context) bool {
	draining, ok := ctx.Value(callctx.Draining{}).(<-chan struct{})
	if !ok {
		return false
	}
	select {
	case <-draining:
		return true
	default:
		return false
	}
}
