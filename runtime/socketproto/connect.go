package socketproto

import (
	"context"
	"math/rand/v2"
	"time"
)

// This file keeps a channel connected.

// Connect returns a channel that dials, and dials again whenever the connection has ended,
// until it is closed. After failed attempts it pauses, for 0.1 s at first and up to 10 s. A
// pause is shortened at random by up to a half, and ended by a call that waits for the
// connection.
func Connect(cfg Config, dial func(context.Context) (Transport, error)) *Channel {
	c := newChannel(cfg, true)
	c.wait.Go(func() { c.keep(dial) })
	return c
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
		established, failed := false, true
		if err == nil {
			l := c.attach(t, nil)
			err = l.run(ctx)
			established = l.wasEstablished()
			failed = !established || !l.spoke // otherwise calls would wait for a peer that only hangs up
		}
		c.detach(err, failed)
		if ctx.Err() != nil {
			break
		}
		if established && time.Since(began) > longest {
			pause = shortest
		}
		c.cfg.Log.Info("no connection", "channel", c.Name(), "err", err, "again in", pause)
		if !c.rest(ctx, shortest, nil) || !c.rest(ctx, pause-shortest, c.hurry) {
			break
		}
		pause = min(2*pause, longest)
	}
	c.update(func(s *channelState) { s.over = true })
}

// rest waits for a random time between d/2 and d, or until hurry has a value. It reports
// false if ctx has ended.
func (c *Channel) rest(ctx context.Context, d time.Duration, hurry <-chan struct{}) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d/2 + rand.N(d/2)):
	case <-hurry:
	}
	return true
}
