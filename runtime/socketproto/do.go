package socketproto

import (
	"context"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file makes calls: what a client does, and a server that calls its
// client.

// Do performs a call by the peer; it is a runtime.Func. It waits for the
// connection to be established, but not beyond an attempt to connect that
// fails. It runs out in the goroutine that called it. A call that failed is
// made again if the peer can't have seen it, or if its action is idempotent and
// there is another connection.
func (c *Channel) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	const most = 3 // attempts that the peer may have seen
	for n := 1; ; {
		l, err := c.ready(ctx)
		if err != nil {
			return err
		}
		err = l.do(ctx, req, out)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.Is(err, errNotSeen):
			// There is another connection soon, or none any more.
		case n >= most || req.Info == nil || !req.Info.Idempotent || req.Info.Stream,
			runtime.CodeOf(err) != runtime.Unavailable || errors.Is(err, runtime.ErrClosed):
			return err
		default:
			n++
		}
	}
}

// errNotSeen is why a call ended that the peer can't have seen: it can be made
// again on another connection.
var errNotSeen = errors.New("the call was not seen")

// enter counts a call, unless there are to be none.
func (c *Channel) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.leaving {
		return runtime.ErrClosed
	}
	c.state.calls++
	return nil
}

// leave counts the end of a call. Only Shutdown waits for that.
func (c *Channel) leave() {
	c.mu.Lock()
	c.state.calls--
	wake := c.state.leaving
	c.mu.Unlock()
	if wake {
		c.update(func(*channelState) {})
	}
}

// ready waits for a connection that is established.
func (c *Channel) ready(ctx context.Context) (l *link, err error) {
	failed := -1
	late := c.await(ctx, func(s *channelState) bool {
		if failed < 0 {
			failed = s.failed
		}
		switch {
		case s.established() && !s.link.parting():
			l = s.link
		case s.closed:
			err = runtime.ErrClosed
		case s.over, s.failed > failed:
			err = runtime.Errorf(runtime.Unavailable, "connecting: %w", s.err)
		case s.link == nil:
			select {
			case c.hurry <- struct{}{}:
			default:
			}
		}
		return l != nil || err != nil
	})
	if late != nil {
		return nil, late
	}
	return l, err
}

// parting reports whether calls should wait for another connection.
func (l *link) parting() bool {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	return l.links.leaving || l.links.err != nil
}
