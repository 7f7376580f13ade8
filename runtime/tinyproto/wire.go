package tinyproto

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// Wire carries calls in messages of tinyproto, as PROTOCOL.md specifies.
type Wire struct{}

var _ runtime.Wire = Wire{}

// Serve serves s on the listeners, as runtime.Server.Serve says.
func (Wire) Serve(ctx context.Context, s *runtime.Server, listeners ...net.Listener) error {
	return transport.Serve(ctx, s, protocol{}, listeners...)
}

// protocol handles the connections of a server.
type protocol struct{}

// ServeConn performs the calls of rc, one after the other.
func (protocol) ServeConn(ctx context.Context, rc *transport.Conn) error {
	l := rc.Limits()
	c := newConn(rc, &Config{MaxSize: int64(l.Frame)}, false)
	c.hold = rc.Hold
	c.patience = patienceFor(rc, l.Header)
	rc.OnDrain(c.quit)
	// When ctx ends, rc is closed, so reads and writes need no context.
	if _, err := open(context.Background(), c); err != nil {
		return err
	}
	for {
		err := serveCall(ctx, rc, c)
		switch {
		case err == io.EOF, err == errQuit, errors.Is(err, ErrIdle):
			return nil
		case refused(err):
			// The peer has been told.
		case err != nil:
			return err
		}
		c.patience = patienceFor(rc, l.Idle)
	}
}

// patienceFor returns how long a server waits for the peer of rc, which may take idle to
// begin the next message. A newcomer may not take longer than all of its time.
func patienceFor(rc *transport.Conn, idle time.Duration) patience {
	l := rc.Limits()
	within := func(d time.Duration) time.Duration {
		if end, early := rc.By(d); early {
			return max(time.Until(end), time.Nanosecond)
		}
		return d
	}
	return patience{step: within(l.Header), whole: within(l.Body), write: l.Write, idle: within(idle)}
}

// Refuse sends the signal for too many connections, which is the only possible reason.
func (protocol) Refuse(nc net.Conn, _ *runtime.Error) { refuse(nc) }

// A serverCall is a call on a connection. It is the Responder of its handler.
type serverCall struct {
	transport.Call
	cut   func() bool // reports whether the server has cut its calls
	conn  *Conn
	frame *buffer
	id    uint64

	body, rest runtime.Raw

	answered bool  // a response was sent: the answer, or an item
	err      error // why no more can be sent

	watch sync.WaitGroup // for the goroutine that watches the peer
	over  atomic.Bool    // the watch has ended
}

// serveCall receives a request, performs it and answers. An error ends the
// connection, unless it's a *SizeError.
func serveCall(ctx context.Context, rc *transport.Conn, conn *Conn) error {
	frame := newBuffer()
	defer frame.free()
	var err error
	if frame.b, err = conn.receive(context.Background(), frame.b, time.Time{}); err != nil {
		return err
	}
	size := len(frame.b)
	defer rc.Unhold(size)
	c := &serverCall{cut: func() bool { return ctx.Err() != nil }, conn: conn, frame: newBuffer()}
	defer c.frame.free()
	var req envelope.Request
	if err := envelope.ParseRequest(frame.b, rc.Limits().Depth, &req); err != nil {
		c.id = req.ID
		c.sendError(runtime.AsError(err))
		return c.err
	}
	if err := rc.Acquire(ctx); err != nil {
		return err
	}
	defer rc.Release()
	c.take(&req)
	failed := rc.Perform(ctx, &c.Call, c)
	if failed != nil {
		failed = envelope.ExplainRequest(frame.b, rc.Limits().Depth, failed)
	}
	c.end(failed)
	return c.err
}

// take fills the call from a request.
func (c *serverCall) take(req *envelope.Request) {
	c.id = req.ID
	c.Timeout = req.Timeout
	c.Watch = c.watchPeer
	c.Request.Action, c.Token = req.Action, req.Token
	if req.Body != nil {
		c.body = req.Body
		c.Request.Body = &c.body
	}
	if len(req.Rest) > 0 {
		c.rest = envelope.AppendMembers(nil, req.Rest)
		c.Request.Envelope = &c.rest
	}
}

// stream reports whether the action has a stream.
func (c *serverCall) stream() bool { return c.Request.Info != nil && c.Request.Info.Stream }

// Respond sends the answer, or an item.
func (c *serverCall) Respond(body runtime.Message) error {
	b, err := envelope.AppendResponse(c.frame.b[:0], c.id, c.stream(), body)
	if err != nil {
		return runtime.Internal.Errorf("response of %s: %w", c.Request.Action, err)
	}
	c.frame.b = b
	if err := c.send(); err != nil {
		return err
	}
	c.answered = true
	return nil
}

// end sends the last response after the handler has returned err, and stops watching the
// peer.
func (c *serverCall) end(err *runtime.Error) {
	switch {
	case c.err != nil:
	case err != nil && err.Reason == runtime.Canceled && c.cut():
		// The connection is being closed, which says that the server cut the call.
	case err != nil && (c.stream() || !c.answered):
		c.sendError(err)
	case c.stream() && !c.cut(): // otherwise the server ends, not the stream
		c.frame.b, _ = envelope.AppendResponse(c.frame.b[:0], c.id, false, nil)
		c.send()
	}
	c.over.Store(true)
	c.conn.use(context.Background(), func() error { return nil }) // makes the watch see that it is over
	c.watch.Wait()
}

// watchPeer cancels the call when the peer closes the connection. It is called when the
// handler begins to wait for its context.
func (c *serverCall) watchPeer() {
	c.watch.Go(func() {
		if err := c.conn.watchEnd(context.Background(), c.over.Load); err != nil && err != errQuit {
			c.Cancel()
		}
	})
}

func (c *serverCall) sendError(err *runtime.Error) {
	c.frame.b = envelope.AppendError(c.frame.b[:0], c.id, err)
	c.send()
}

// send sends the message in frame. If the peer refuses its size, the handler gets the error,
// and the peer can still get another response. Any other error ends the connection.
func (c *serverCall) send() error {
	if c.err != nil {
		return c.err
	}
	err := c.conn.Transmit(context.Background(), c.frame.b)
	if s := Signal(0); errors.As(err, &s) {
		return runtime.OverLimit.Errorf("response of %d bytes: %w", len(c.frame.b), err)
	}
	c.err = err
	return err
}
