package socketproto

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A performer performs the calls of a peer: a transport.Conn of a server, or the
// transport.Core of an end that has none.
type performer interface {
	Acquire(ctx context.Context) error
	Release()
	Perform(ctx context.Context, call *transport.Call, out runtime.Responder) *runtime.Error
}

// newLocal returns the performer of an end without a runtime.Server. It needs no token: this
// end chose its peer, or the secret of the connection identifies the peer.
func newLocal(cfg *Config) performer {
	core, err := transport.New(&runtime.Server{
		Handler: cfg.Handler,
		Auth:    runtime.Anybody,
		Limits:  runtime.Limits{Calls: cfg.maxCalls},
		Log:     cfg.Log,
	})
	if err != nil {
		panic(err) // it has a Handler and an Auth
	}
	return core
}
