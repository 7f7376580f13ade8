package socketproto

import (
	"context"
	"strconv"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file performs calls of the peer, in a server or in a client that its server calls.

// serve handles a message about a call. An error ends the connection.
func (l *link) serve(ctx context.Context, m Message, e entry) error {
	c := &serverCall{link: l, entry: e, size: len(m.Data), changed: make(chan struct{}, 1)}
	if e.plain {
		c.Request.Action = e.action
		if m.Data != nil {
			c.body = runtime.Raw(m.Data)
			c.Request.Body = &c.body
		}
		l.startPlain(ctx, c)
		return nil
	}
	err := envelope.ParseRequest(m.Data, l.cfg.maxDepth, &c.request)
	c.id = c.request.ID
	l.change(func(s *linkState) { s.called = true })
	switch {
	case err == nil && c.id == 0:
		l.reply(ctx, c.failure(errNoID))
	case err != nil:
		l.reply(ctx, c.failure(runtime.AsError(err)))
	case c.request.Cancels:
		l.cancelServed(c.id)
	case len(c.request.Rest) == 1 && string(c.request.Rest[0].Name) == takenKey && c.request.Action == "":
		n, _ := strconv.Atoi(string(c.request.Rest[0].Value))
		l.taken(c.id, n)
	default:
		return l.start(ctx, c)
	}
	return nil
}

var errNoID = runtime.BadRequest.Errorf("a call needs an id")

// takenKey is the key for the number of bytes that a peer has taken of a stream.
const takenKey = "taken"

// appendTaken appends the message that n bytes of the stream id have been taken.
func appendTaken(b []byte, id uint64, n int) []byte {
	b = strconv.AppendUint(append(b, `{"id":`...), id, 10)
	b = strconv.AppendInt(append(b, `,"taken":`...), int64(n), 10)
	return append(b, '}')
}

// start begins a call. An error ends the connection.
func (l *link) start(ctx context.Context, c *serverCall) error {
	c.take()
	twice, full := false, !c.hold()
	l.change(func(s *linkState) {
		_, twice = s.served[c.id]
		full = full || s.underWay >= maxWaiting || s.underWay > 0 && s.bytes+c.size > 2*l.cfg.MaxFrame
		if !twice && !full {
			put(&s.served, c.id, c)
			s.underWay++
			s.bytes += c.size
		}
	})
	if twice || full {
		c.unhold()
	}
	switch {
	case twice:
		return runtime.BadRequest.Errorf("call %d is under way already", c.id)
	case full:
		l.reply(ctx, c.failure(errTooManyCalls))
	default:
		l.work.Go(func() { c.run(ctx) })
	}
	return nil
}

var errTooManyCalls = runtime.OverLimit.Errorf("too many calls are under way on this connection")

// startPlain begins a plain call when the previous one at the same address has ended, since
// only their order tells the answers apart.
func (l *link) startPlain(ctx context.Context, c *serverCall) {
	full := !c.hold()
	ended := make(chan struct{})
	var before chan struct{}
	l.change(func(s *linkState) {
		full = full || s.underWay >= maxWaiting || s.underWay > 0 && s.bytes+c.size > 2*l.cfg.MaxFrame
		if !full {
			s.underWay++
			s.bytes += c.size
			before = s.plain[c.entry.Address]
			put(&s.plain, c.entry.Address, ended)
		}
	})
	if full {
		c.unhold()
		l.reply(ctx, c.failure(errTooManyCalls))
		return
	}
	l.work.Go(func() {
		if before != nil {
			<-before
		}
		c.run(ctx)
		close(ended)
		l.change(func(s *linkState) {
			if s.plain[c.entry.Address] == ended {
				delete(s.plain, c.entry.Address)
			}
		})
	})
}

// cancelServed cancels a call, if it is still under way.
func (l *link) cancelServed(id uint64) {
	l.linkMu.Lock()
	c := l.links.served[id]
	if c != nil {
		c.canceled = true
		c.notify()
	}
	l.linkMu.Unlock()
	if c != nil {
		c.Cancel()
	}
}

// taken records that the peer has taken n bytes of a stream.
func (l *link) taken(id uint64, n int) {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	if c := l.links.served[id]; c != nil && n > 0 {
		c.ahead = max(c.ahead-n, 0)
		c.notify()
	}
}
