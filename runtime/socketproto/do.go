package socketproto

import (
	"context"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
)

// This file makes calls, of a client or of a server that calls its client.

// Do performs a call on the peer; it is a runtime.Func. It waits until the connection is
// established, and fails if an attempt to connect fails meanwhile. It calls out in the
// caller's goroutine. A failed call is made again if the peer can't have seen it, or if its
// action is idempotent and there is another connection.
func (c *Channel) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	var retry balance.Retry
	for {
		l, err := c.ready(ctx)
		if err != nil {
			return err
		}
		err = l.do(ctx, req, out)
		if err == nil {
			return nil
		}
		if again, err := retry.Again(ctx, req, err); !again {
			return err
		}
	}
}

// errNotSeen is the error of a call that the peer can't have seen.
var errNotSeen = balance.Unseen(errors.New("the call was not seen"))

// A connectError is the reason why there is no established connection.
type connectError struct{ error }

func (e *connectError) Error() string { return "connecting: " + e.error.Error() }
func (e *connectError) Unwrap() error { return e.error }

// enter counts a call, or fails if the channel takes no more calls.
func (c *Channel) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.leaving {
		return runtime.ErrClosed
	}
	c.state.calls++
	return nil
}

// leave counts the end of a call. Shutdown waits for it.
func (c *Channel) leave() {
	c.mu.Lock()
	c.state.calls--
	wake := c.state.leaving
	c.mu.Unlock()
	if wake {
		c.update(func(*channelState) {})
	}
}

// ready waits for an established connection.
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
			err = runtime.Unavailable.Errorf("%w", &connectError{s.err})
		case s.link == nil:
			c.hurryUp()
		}
		return l != nil || err != nil
	})
	if late != nil {
		return nil, late
	}
	return l, err
}

// parting reports whether new calls should wait for another connection.
func (l *link) parting() bool {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	return l.links.leaving || l.links.err != nil
}
