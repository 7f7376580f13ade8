package socketproto

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime"
)

// A performer performs the calls of a peer. A runtime.Conn is one.
type performer interface {
	Begin(ctx context.Context) error
	Finish()
	Do(ctx context.Context, call *runtime.Call, out runtime.Responder) *runtime.Error
}

var _ performer = (*runtime.Conn)(nil)

// A local is the performer of an end that has no runtime.Server. Its handler's
// context tells whose call it is by ChannelOf.
type local struct {
	channel *Channel
	places  chan struct{} // has a value for each call under way
}

func newLocal(c *Channel) *local { return &local{c, make(chan struct{}, c.cfg.maxCalls)} }

func (p *local) Begin(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *local) Finish() { <-p.places }

func (p *local) Do(ctx context.Context, call *runtime.Call, out runtime.Responder) *runtime.Error {
	return call.Perform(ctx, p.channel.cfg.Handler, p.channel.cfg.Log, nil, out)
}
