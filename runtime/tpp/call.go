package tpp

import (
	"context"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A request is what a frame asks for.
type request = envelope.Request

// A call is one call of a session. It is the Responder of its handler. The goroutine that
// performs it owns it, except for cancelled.
type call struct {
	transport.Call
	session *session
	id      uint64 // 0 for a classic call

	frame *buffer     // holds the request
	body  runtime.Raw // that of the request, in frame
	extra *buffer     // the envelope keys that services define; nil if there are none

	upload *upload // nil if there is none

	held      bool // its frames may be held: the worker that performs it flushes soon
	cancelled bool // the peer has cancelled it, or is gone; part of the session's state

	ended bool // the last response was sent
}

// newCall returns the call of s that req asks for. Frame holds what req consists of.
func newCall(s *session, frame *buffer, req *request) *call {
	c := &call{session: s, id: req.ID, frame: frame, body: req.Body}
	c.Token, c.Timeout, c.Request.Action = req.Token, req.Timeout, req.Action
	if c.body != nil {
		c.Request.Body = &c.body
	}
	if req.Uploads {
		c.upload = newUpload(c)
		c.Request.Upload = c.upload.all
	}
	if len(req.Rest) > 0 {
		c.extra = newBuffer()
		c.extra.b = envelope.AppendMembers(c.extra.b, req.Rest)
		c.Request.Envelope = (*runtime.Raw)(&c.extra.b)
	}
	return c
}

// free gives back what c holds of its request.
func (c *call) free() {
	c.frame.free()
	c.extra.free()
	if c.upload != nil {
		c.upload.close()
	}
}

// Run performs c as a task of its own.
func (c *call) Run(ctx context.Context) {
	defer c.session.update((*sessionState).done)
	c.perform(ctx)
}

// perform runs the handler of c and answers. It gives back the room that c began with.
func (c *call) perform(ctx context.Context) {
	err := transport.ErrInternal
	defer c.session.conn.Release()
	defer func() {
		if err != nil {
			err = envelope.ExplainRequest(c.frame.b, c.session.conn.Limits().Depth, err)
		}
		c.answer(err, ctx.Err() != nil)
		c.free()
	}()
	err = c.session.conn.Perform(ctx, &c.Call, c)
}

// Respond sends the answer, or an item of a stream. It returns nil when the frame is
// written, held, or left to another goroutine that writes.
func (c *call) Respond(body runtime.Message) error {
	if c.stream() {
		return c.respondItem(body)
	}
	b, err := c.encode(body)
	if err != nil {
		return err
	}
	c.ended = true
	alone := c.retire()
	if err = c.send(b, alone, false); err != errFull {
		return err
	}
	// A peer that doesn't read makes calls wait here. If each kept its frame, the peer
	// could take up much memory. So the frame is encoded again when there is room, one
	// after the other.
	out := &c.session.out
	out.again.Lock()
	defer out.again.Unlock()
	out.awaitRoom(context.Background(), maxQueue)
	c.ended = false // should it fail this time, that must be answered
	if b, err = c.encode(body); err != nil {
		return err
	}
	c.ended = true
	return c.send(b, alone, true)
}

// respondItem posts an item of a stream. If there is no room, it waits before it encodes
// the item, as Respond does.
func (c *call) respondItem(body runtime.Message) error {
	out := &c.session.out
	if !out.full(maxPosted) {
		b, err := c.encode(body)
		if err != nil {
			return err
		}
		if err = c.post(b, false); err != errFull {
			return err
		}
	}
	out.again.Lock()
	defer out.again.Unlock()
	out.awaitRoom(context.Background(), maxPosted)
	b, err := c.encode(body)
	if err != nil {
		return err
	}
	return c.post(b, true)
}

// stream reports whether c has a stream of responses.
func (c *call) stream() bool { return c.Request.Info != nil && c.Request.Info.Stream }

// encode encodes a response.
func (c *call) encode(body runtime.Message) (b *buffer, err error) {
	b = newBuffer()
	b.b, err = envelope.AppendResponse(beginFrame(b.b), c.id, c.id != 0 && c.stream(), body)
	if err != nil {
		b.free()
		return nil, runtime.Internal.Errorf("response of %s: %w", c.Request.Action, err)
	}
	return b, nil
}

// answer sends the last response of a call whose handler has returned err, unless it was
// sent. Cut says that the server has cancelled the call, and closes the connection, which
// is all that the peer is told: neither that a stream is complete, nor that the call was
// cancelled, as if the peer had done so.
func (c *call) answer(err *runtime.Error, cut bool) {
	if c.ended {
		return
	}
	alone := c.retire()
	switch {
	case cut && (err == nil || err.Reason == runtime.Canceled):
	case err != nil:
		c.sendError(err, alone)
	case c.id != 0:
		c.sendEnd(nil, alone)
	case c.Request.Info.End == runtime.EndNull:
		c.sendEnd(new(runtime.Raw), alone)
	}
}

// refuse answers a call that never began.
func (c *call) refuse(err error) {
	alone := c.retire()
	c.free()
	c.session.sendError(c.id, runtime.AsError(err), alone)
}

// retire removes c from the session's calls before its last response is sent, since the
// peer may use the ID again from then on. It reports whether c was the only call.
func (c *call) retire() (alone bool) {
	return c.id == 0 || c.session.retire(c.id)
}

// sendEnd sends the end of a stream.
func (c *call) sendEnd(body runtime.Message, alone bool) {
	b := newBuffer()
	b.b, _ = envelope.AppendResponse(beginFrame(b.b), c.id, false, body)
	c.send(b, alone, true)
}

func (c *call) sendError(err *runtime.Error, alone bool) {
	b := newBuffer()
	b.b = envelope.AppendError(beginFrame(b.b), c.id, err)
	c.send(b, alone, true)
}

// send sends and frees a frame. If the queue is full, it waits, or returns errFull. When
// nothing can be sent any more, the peer is gone, and c is cancelled.
func (c *call) send(b *buffer, alone, wait bool) error {
	if c.stream() {
		return c.post(b, wait)
	}
	defer b.free()
	send := c.session.out.send
	if c.held {
		send = c.session.out.hold
	}
	return c.sent(send(endFrame(b.b), alone, wait))
}

// post is send for a frame of a stream, which another goroutine writes.
func (c *call) post(b *buffer, wait bool) error { return c.sent(c.session.out.post(b, wait)) }

// sent returns err, which is that of a write. If nothing can be sent any more, it cancels
// c.
func (c *call) sent(err error) error {
	err = c.session.sent(err)
	if err != nil && err != errFull {
		c.Cancel()
	}
	return err
}

// send sends what was appended after beginFrame. Alone and the error are those of
// writer.send.
func (s *session) send(b []byte, alone bool) error {
	return s.sent(s.out.send(endFrame(b), alone, true))
}

func (s *session) sendError(id uint64, err *runtime.Error, alone bool) error {
	b := newBuffer()
	defer b.free()
	b.b = envelope.AppendError(beginFrame(b.b), id, err)
	return s.send(b.b, alone)
}

// flush writes the frames that are held.
func (s *session) flush() { s.sent(s.out.flush()) }

// sent returns err, which is that of a write. If nothing can be sent any more, it closes
// the connection, so that the worker that reads learns of it.
func (s *session) sent(err error) error {
	if err != nil && err != errFull {
		s.conn.Close()
	}
	return err
}
