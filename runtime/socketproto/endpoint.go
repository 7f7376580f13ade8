package socketproto

import (
	"context"
	"errors"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
)

// An endpoint performs a client's calls on one peer, on one connection. It connects for the
// first call, and again whenever the connection has ended, so that the peer can call back.
type endpoint struct {
	peer    *balance.Backend
	cfg     Config
	once    sync.Once
	channel *Channel // nil before the first call, and if that is made after Close
}

// Connect returns a Caller that performs the calls of c. The Handler of w.Config performs
// the calls of the peers.
func (w Wire) Connect(c *runtime.Client) runtime.Caller {
	return balance.New(c, func(p *balance.Backend) balance.Endpoint {
		e := &endpoint{peer: p, cfg: w.Config}
		e.cfg.MaxFrame, e.cfg.AutoAuth = p.MaxFrame(), true
		e.cfg.goaway = func() { p.Report(balance.GoAway) }
		return e
	})
}

// link returns an established connection.
func (e *endpoint) link(ctx context.Context) (*link, error) {
	e.once.Do(func() { e.channel = Connect(e.cfg, e.dial) })
	if e.channel == nil {
		return nil, runtime.ErrClosed
	}
	l, err := e.channel.ready(ctx)
	if errors.Is(err, runtime.ErrClosed) {
		return nil, runtime.ErrClosed
	}
	var failed *connectError
	if !errors.As(err, &failed) || balance.IsUnseen(err) {
		return l, err
	}
	// There was a connection, and the peer closed it before it was established.
	e.peer.Report(balance.NoAnswer)
	return nil, balance.Refused(runtime.Unavailable.Errorf("connecting to %v: %w", e.peer, failed.error))
}

func (e *endpoint) dial(ctx context.Context) (Transport, error) {
	nc, err := e.peer.Dial(ctx, nil)
	if err != nil {
		return nil, err // not a nil net.Conn in a Transport
	}
	return nc, nil
}

// Do makes one attempt of a call.
func (e *endpoint) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	l, err := e.link(ctx)
	if err != nil {
		return err
	}
	r := e.peer.Request(req)
	err = l.do(ctx, &r, out)
	switch {
	case l.heard.Load():
		e.peer.Report(balance.Answered)
	case ctx.Err() == nil && l.why() != nil && !errors.Is(err, runtime.ErrClosed):
		e.peer.Report(balance.NoAnswer)
	}
	return err
}

// Connect waits until the connection is established.
func (e *endpoint) Connect(ctx context.Context) error {
	_, err := e.link(ctx)
	return err
}

// Close closes the connection and waits for its goroutines.
func (e *endpoint) Close() {
	e.once.Do(func() {})
	if e.channel != nil {
		e.channel.Close()
		e.channel.Wait()
	}
}
