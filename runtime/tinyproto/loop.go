package tinyproto

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// A Loop handles the messages of a connection. One Loop may run on many connections at
// once. Each field may be nil.
//
// Its functions are called from one goroutine for each connection, which receives nothing
// meanwhile. An error ends the loop, and so does c.Close. The functions may Transmit on any
// connection, and Receive the next message of their own.
type Loop struct {
	// Before is called once, before anything is received.
	Before func(ctx context.Context, c *Conn) error

	// Message is called with each message. It owns the bytes.
	Message func(ctx context.Context, c *Conn, msg []byte) error

	// Pass is called after each message, and when none has arrived for Every.
	Pass func(ctx context.Context, c *Conn) error

	// Every is the longest time between two calls of Pass. If zero, it is 100 ms.
	Every time.Duration

	// After is called once, when the loop has ended, with the error that Run returns.
	After func(c *Conn, err error)
}

func (l *Loop) every() time.Duration {
	if l.Every <= 0 {
		return 100 * time.Millisecond
	}
	return l.Every
}

// Run runs l on c until it ends, and closes c. If a message is arriving when ctx ends, it
// is still received and handled. Run returns nil if the peer closed the connection between
// two messages, if this end closed it, or if ctx ended. Otherwise it returns the error that
// ended the loop.
func (l *Loop) Run(ctx context.Context, c *Conn) error { return l.run(ctx, ctx, c) }

// run is Run, with another context for the functions, which may end later.
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

// begin calls Before and then the other functions, until an error.
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
			continue // the peer has been told
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
