package socketproto

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A serverCall is one call of the peer. It is the Responder of its handler.
type serverCall struct {
	transport.Call
	link    *link
	entry   entry
	id      uint64 // 0 for a plain call
	size    int    // of the request
	request envelope.Request

	body, rest runtime.Raw

	ended bool // the last response was sent
	held  int  // bytes that the connection holds for the call: see transport.Conn.Hold

	// These are guarded by the connection's lock.
	ahead    int           // bytes of items that the peer hasn't taken yet
	canceled bool          // the peer has cancelled the call
	changed  chan struct{} // has a value when one of them has changed
}

const (
	// window is how many bytes of items may be sent before the peer has taken them.
	window = 256 << 10

	// maxWaiting is how many calls may wait for room.
	maxWaiting = 4096
)

// take fills the call from the request.
func (c *serverCall) take() {
	c.Timeout = c.request.Timeout
	c.Request.Action, c.Token = c.request.Action, c.request.Token
	if c.request.Body != nil {
		c.body = c.request.Body
		c.Request.Body = &c.body
	}
	if len(c.request.Rest) > 0 {
		c.rest = envelope.AppendMembers(nil, c.request.Rest)
		c.Request.Envelope = &c.rest
	}
}

// hold counts the request, if the peer is a newcomer. It reports false if that's too much.
func (c *serverCall) hold() bool {
	s := c.link.server
	if s == nil || s.Known() {
		return true
	}
	n := keptMessage + c.size
	if s.Hold(n) != nil {
		return false
	}
	c.held = n
	return true
}

// unhold stops counting the request.
func (c *serverCall) unhold() {
	if c.held > 0 {
		c.link.server.Unhold(c.held)
		c.held = 0
	}
}

// run performs c to its end, and answers.
func (c *serverCall) run(ctx context.Context) {
	if err := c.link.performer.Acquire(ctx); err != nil {
		c.end(runtime.AsError(err))
		return
	}
	err := transport.ErrInternal
	defer func() {
		if ctx.Err() != nil {
			c.finish() // the call was cut, which must not look like the end of a stream
		}
		c.end(err)
		c.link.performer.Release()
	}()
	if c.misplaced() {
		err = errMisplaced
		return
	}
	err = c.link.performer.Perform(ctx, &c.Call, c)
}

var errMisplaced = runtime.UnknownAction.Errorf("the action has another service or data id")

// misplaced reports whether the action has another address in the contract.
func (c *serverCall) misplaced() bool {
	if c.Request.Action == "" {
		return false
	}
	e, err := newEntry(c.Request.Action, c.link.wireOf(c.Request.Action), c.link.Services)
	return err != nil || e.Address != c.entry.Address
}

// wireOf returns the contract's settings for an action that is served.
func (l *link) wireOf(action string) string {
	if a := l.cfg.Handler.Action(action); a != nil {
		return a.Wire[wireName]
	}
	return ""
}

// Respond sends the answer, or an item of a stream.
func (c *serverCall) Respond(body runtime.Message) error {
	stream := c.Request.Info != nil && c.Request.Info.Stream
	b := newBuffer()
	defer b.free()
	var err error
	switch {
	case c.id != 0:
		b.b, err = envelope.AppendResponse(b.b, c.id, stream, body)
	case stream:
		return runtime.Unimplemented.Errorf("%s is plain, and can't be a stream", c.Request.Action)
	default:
		b.b, err = body.AppendJSON(b.b)
	}
	if err != nil {
		return runtime.Internal.Errorf("response of %s: %w", c.Request.Action, err)
	}
	if stream {
		if err := c.await(len(b.b)); err != nil {
			return err
		}
	}
	if !stream {
		c.finish()
	}
	return c.send(c.response(Okay, b.b))
}

var (
	errCanceled = runtime.Canceled.Errorf("the caller has left")
	errNotTaken = runtime.OverLimit.Errorf("the peer doesn't take the items of a stream")
)

// await waits until n more bytes of a stream may be sent.
func (c *serverCall) await(n int) error {
	var late <-chan time.Time
	for {
		l := c.link
		l.linkMu.Lock()
		err := l.links.err
		switch {
		case err != nil:
		case c.canceled:
			err = errCanceled
		case c.ahead < window:
			c.ahead += n
			l.linkMu.Unlock()
			return nil
		}
		l.linkMu.Unlock()
		if err != nil {
			return err
		}
		if late == nil && l.cfg.WriteTimeout > 0 {
			timer := time.NewTimer(l.cfg.WriteTimeout)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-c.changed:
		case <-late:
			return errNotTaken
		}
	}
}

// send sends a response.
func (c *serverCall) send(m Message) error { return c.link.send(context.Background(), m) }

// response returns the message of a response.
func (c *serverCall) response(status Status, data []byte) Message {
	a := c.entry.response()
	return Message{status, a.Service, a.DataID, data}
}

// failure returns the response to a call that failed or wasn't performed.
func (c *serverCall) failure(err *runtime.Error) Message {
	data := envelope.AppendError(nil, c.id, err)
	if c.entry.plain {
		var resp envelope.Response
		envelope.ParseResponse(data, &resp)
		data = resp.Body
	}
	return c.response(statusOf(err), data)
}

func (c *serverCall) notify() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// finish removes c from the calls: after the last response its id is free again.
func (c *serverCall) finish() {
	if c.ended {
		return
	}
	c.ended = true
	if c.id != 0 {
		c.link.linkMu.Lock()
		delete(c.link.links.served, c.id)
		c.link.linkMu.Unlock()
	}
}

// end sends the last response after the handler has returned err.
func (c *serverCall) end(err *runtime.Error) {
	if !c.ended {
		c.finish()
		switch {
		case err != nil:
			c.send(c.failure(err))
		default:
			b, _ := envelope.AppendResponse(nil, c.id, false, nil)
			c.send(c.response(Okay, b))
		}
	}
	c.unhold()
	c.link.change(func(s *linkState) {
		s.underWay--
		s.bytes -= c.size
	})
}
