package tpp

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A request is what a frame asks for.
type request = envelope.Request

// A call is one call that the server performs. It is the Responder of its
// handler.
type call struct {
	transport.Call
	request
	session *session
	frame   *buffer // what the request is a part of

	extra *buffer // the keys beside the known ones; nil if there are none

	held bool // its answer may wait for others: a flush follows
	left bool // it was cancelled; guarded by session.mu

	answered bool // a response was sent: the answer, or an item
	ended    bool // the last response was sent
}

// Run performs a call of persistent mode.
func (c *call) Run(ctx context.Context) {
	defer c.session.wait.Done()
	c.perform(ctx)
}

// errGone is what a peer learns of a handler that ended its goroutine.
var errGone = &runtime.Error{Code: runtime.Failed, Message: "internal error"}

// perform performs c to its end, and answers.
func (c *call) perform(ctx context.Context) {
	req := &c.Request
	req.Action, c.Call.Token = c.Action, c.request.Token
	if c.request.Body != nil {
		req.Body = (*runtime.Raw)(&c.request.Body)
	}
	if len(c.Rest) > 0 {
		c.extra = newBuffer()
		c.extra.b = envelope.AppendMembers(c.extra.b, c.Rest)
		req.Envelope = (*runtime.Raw)(&c.extra.b)
	}
	c.Call.Timeout = c.request.Timeout

	err := errGone
	defer c.session.conn.Finish()
	defer func() {
		if err != nil {
			err = envelope.ExplainRequest(c.frame.b, c.session.conn.Limits().Depth, err)
		}
		c.end(err, ctx.Err() != nil)
		c.frame.free()
		c.extra.free()
	}()
	err = c.session.conn.Perform(ctx, &c.Call, c)
}

// Respond sends the answer, or an item of a stream.
func (c *call) Respond(body runtime.Message) error {
	stream := c.Request.Info != nil && c.Request.Info.Stream
	if c.answered && !stream {
		return runtime.Errorf(runtime.Failed, "%s was answered twice", c.Action)
	}
	encode := func() (b *buffer, err error) {
		b = newBuffer()
		b.b, err = envelope.AppendResponse(beginFrame(b.b), c.ID, stream && c.ID != 0, body)
		if err != nil {
			b.free()
			return nil, runtime.Errorf(runtime.Failed, "response: %w", err)
		}
		return b, nil
	}
	b, err := encode()
	if err != nil {
		return err
	}
	c.answered = true
	alone := true
	if !stream {
		c.ended = true
		alone = c.finish()
	}
	out := &c.session.out
	err = c.send(b, alone, false)
	if err != errFull {
		return err
	}
	// If all those that have to wait held their frames, that would be memory that a
	// peer can take by not reading. So this one is made anew when there's room.
	out.squeeze()
	defer out.release()
	c.ended = false // should it fail this time, that's to be answered
	if b, err = encode(); err != nil {
		return err
	}
	c.ended = !stream
	return c.send(b, alone, true)
}

// send sends and frees what was appended after beginFrame. If there's no room, it
// waits, or returns errFull.
func (c *call) send(b *buffer, alone, wait bool) error {
	defer b.free()
	send := c.session.out.send
	if c.held {
		send = c.session.out.hold
	}
	return c.session.sent(send(endFrame(b.b), alone, wait))
}

// finish forgets c: from the last response on, its id is free again.
func (c *call) finish() (alone bool) {
	return c.ID == 0 || c.session.finish(c.ID)
}

// end sends what is still to be sent when the handler has returned err. A
// server that has been cut off from its calls doesn't say that a stream is
// complete, whatever its handler made of the end of its context.
func (c *call) end(err *runtime.Error, cut bool) {
	if c.ended {
		return
	}
	alone := c.finish()
	info := c.Request.Info
	stream := info != nil && info.Stream
	switch {
	case err != nil:
		c.sendError(err, alone)
	case !stream:
		c.sendError(runtime.Errorf(runtime.Failed, "%s has no answer", c.Action), alone)
	case cut:
	case c.ID != 0:
		c.sendEnd(nil, alone)
	case info.End == runtime.EndNull:
		c.sendEnd(new(runtime.Raw), alone)
	}
}

// sendEnd sends the end of a stream.
func (c *call) sendEnd(body runtime.Message, alone bool) {
	b := newBuffer()
	b.b, _ = envelope.AppendResponse(beginFrame(b.b), c.ID, false, body)
	c.send(b, alone, true)
}

func (c *call) sendError(err *runtime.Error, alone bool) {
	b := newBuffer()
	b.b = envelope.AppendError(beginFrame(b.b), c.ID, err)
	c.send(b, alone, true)
}
