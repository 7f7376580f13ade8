package tinyproto

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// A Loop is what happens on a connection once it is open. It belongs to many
// connections at once; each field may be nil.
//
// All of it is called from one goroutine for each connection, which doesn't
// receive meanwhile. An error ends the loop, as c.Close does. All of it
// may Transmit on any connection, and Receive on its own what is to come next, for itself.
type Loop struct {
	// Before is called once, before anything is received.
	Before func(ctx context.Context, c *Conn) error

	// Message is called with each message that comes. The bytes are its own.
	Message func(ctx context.Context, c *Conn, msg []byte) error

	// Pass is called after each message, and when none has come for Every.
	Pass func(ctx context.Context, c *Conn) error

	// Every is how often Pass is called at least. If zero, it is 100 ms.
	Every time.Duration

	// After is called once, when the loop has ended, with what Run returns.
	After func(c *Conn, err error)
}

func (l *Loop) every() time.Duration {
	if l.Every <= 0 {
		return 100 * time.Millisecond
	}
	return l.Every
}

// Run runs l on c until it ends, and closes c. A message that is on its way when
// ctx ends is still received, and handled. Run returns nil if the peer closed
// the connection between two messages, if this end did, or if ctx ended; else
// the error that was the reason.
func (l *Loop) Run(ctx context.Context, c *Conn) error { return l.run(ctx, ctx, c) }

// run is Run whose functions get a context that may outlive the loop's.
func (l *Loop) run(ctx, long context.Context, c *Conn) error {
	defer context.AfterFunc(ctx, c.quit)()
	err := l.begin(long, c)
	if err == io.EOF || err == errQuit || isClosed(err) && c.ended() == net.ErrClosed || err == ctx.Err() {
		err = nil
	}
	c.Close()
	if l.After != nil {
		l.After(c, err)
	}
	return err
}

// begin calls Before and then the rest, until something is an error.
func (l *Loop) begin(ctx context.Context, c *Conn) error {
	if l.Before != nil {
		if err := l.Before(ctx, c); err != nil {
			return err
		}
	}
	for {
		var until time.Time
		if l.Pass != nil {
			until = time.Now().Add(l.every())
		}
		msg, err := c.receive(context.WithoutCancel(ctx), nil, until)
		switch {
		case err == errNothing:
		case errors.As(err, new(*SizeError)):
			continue // the peer knows
		case err != nil:
			return err
		case l.Message != nil:
			if err := l.Message(ctx, c, msg); err != nil {
				return err
			}
		}
		if l.Pass != nil {
			if err := l.Pass(ctx, c); err != nil {
				return err
			}
		}
	}
}
