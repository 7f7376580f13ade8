package socketproto

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file keeps a channel connected.

// Connect returns a channel that dials, and dials again whenever the connection has ended,
// until it is closed. After failed attempts it pauses, for 0.1 s at first and up to 10 s. A
// pause is shortened at random by up to a half, and ended by Reconnect, and by a
// message or a call that waits for the connection.
func Connect(cfg Config, dial func(context.Context) (Transport, error)) *Channel {
	c := newChannel(cfg, true)
	c.redials = true
	c.wait.Go(func() { c.keep(dial) })
	return c
}

var (
	errReconnects = errors.New("reconnecting")
	errOneLink    = errors.New("socketproto: a channel of Open or Accept has one connection")
)

// Reconnect closes the connection, if there is one, and dials without a pause. It doesn't wait
// for the new connection. It fails if the channel is of Open or Accept, which don't dial, or
// is closed.
func (c *Channel) Reconnect() error {
	if !c.redials {
		return errOneLink
	}
	select {
	case c.again <- struct{}{}:
	default:
	}
	c.mu.Lock()
	l, closed := c.state.link, c.state.closed
	c.mu.Unlock()
	switch {
	case closed:
		return runtime.ErrClosed
	case l != nil:
		l.end(errReconnects)
	}
	return nil
}

// keep dials and runs connections until the channel is closed.
func (c *Channel) keep(dial func(context.Context) (Transport, error)) {
	const shortest, longest = 100 * time.Millisecond, 10 * time.Second
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.wait.Go(func() {
		select {
		case <-c.stopped:
			cancel()
		case <-ctx.Done():
		}
	})
	pause := shortest
	for {
		began := time.Now()
		t, err := dial(ctx)
		select {
		case <-c.again: // this is the connection that Reconnect asked for
		default:
		}
		established, failed := false, true
		if err == nil {
			l := c.attach(t, nil)
			err = l.run(ctx)
			established = l.wasEstablished()
			failed = (!established || !l.spoke) && err != errReconnects // otherwise calls would wait for a peer that only hangs up
		}
		c.detach(err, failed)
		if ctx.Err() != nil {
			break
		}
		if established && time.Since(began) > longest {
			pause = shortest
		}
		c.cfg.Log.Info("no connection", "channel", c.Name(), "err", err, "again in", pause)
		if !c.rest(ctx, shortest, pause) {
			break
		}
		pause = min(2*pause, longest)
	}
	c.update(func(s *channelState) { s.over = true })
}

// rest waits before the next attempt to connect: about the time of least and, if no message or
// call waits for the connection, about the time of most. Reconnect ends both. It reports false
// if ctx has ended.
func (c *Channel) rest(ctx context.Context, least, most time.Duration) bool {
	about := func(d time.Duration) <-chan time.Time { return time.After(d/2 + rand.N(d/2)) }
	select {
	case <-ctx.Done():
		return false
	case <-c.again:
		return true
	case <-about(least):
	}
	if most <= least {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-c.again:
	case <-c.hurry:
	case <-about(most - least):
	}
	return true
}
