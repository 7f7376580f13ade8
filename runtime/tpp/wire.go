package tpp

import (
	"context"
	"net"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// Wire is TPP for a runtime.Server and a runtime.Client. Only clients use its fields: a
// server speaks classic or persistent mode, whichever the peer uses. The zero value is ready.
type Wire struct {
	// Classic makes a client never ask for persistent mode: each call has its own
	// connection, and its request looks like that of a Python client.
	Classic bool

	// Conns limits the connections to one peer that unary calls share. Another one is
	// opened only when all have more than a hundred calls under way. If zero, it is 4.
	Conns int
}

var _ runtime.Wire = Wire{}

// Serve serves s on the listeners, as runtime.Server.Serve says.
func (Wire) Serve(ctx context.Context, s *runtime.Server, listeners ...net.Listener) error {
	return transport.Serve(ctx, s, new(protocol), listeners...)
}

// Connect returns what performs the calls of c.
func (w Wire) Connect(c *runtime.Client) runtime.Caller {
	return balance.New(c, func(p *balance.Backend) balance.Endpoint { return newEndpoint(w, p) })
}
