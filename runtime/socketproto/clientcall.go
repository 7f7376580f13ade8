package socketproto

import (
	"context"
	"errors"
	"strconv"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A clientCall is a call of this end. Its fields are guarded by the
// connection's lock.
type clientCall struct {
	address Address // of the responses

	queue [][]byte // responses that have arrived
	bytes int
	err   error         // why there will be no more
	ready chan struct{} // has a value when queue or err has changed
}

func (c *clientCall) end(err error) {
	c.err = err
	c.notify()
}

func (c *clientCall) notify() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// do performs a call on the connection.
func (l *link) do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	e, err := entryOf(req, l.Services)
	if err != nil {
		return err
	}
	if e.plain {
		return l.doPlain(ctx, e, req, out)
	}
	call := &clientCall{address: e.response(), ready: make(chan struct{}, 1)}
	id := uint64(0)
	l.change(func(s *linkState) {
		if s.err != nil || s.leaving {
			return
		}
		s.lastID++
		id = s.lastID
		put(&s.asked, id, call)
		put(&s.answers, call.address, struct{}{})
	})
	if id == 0 {
		return errNotSeen
	}
	defer l.change(func(s *linkState) { delete(s.asked, id) })

	b := newBuffer()
	b.b, err = envelope.AppendRequest(b.b, id, envelope.Timeout(ctx), req)
	if err == nil {
		err = l.send(ctx, Message{Service: e.Service, DataID: e.DataID, Data: b.b})
	}
	b.free()
	if err != nil {
		return err
	}
	whole, err := l.responses(ctx, e, id, call, req, out)
	if !whole {
		l.cancel(e, id)
	}
	return err
}

// cancel sends cancel for a call, if it can be sent without waiting.
func (l *link) cancel(e entry, id uint64) {
	b, err := l.cfg.appendFrame(nil, Message{Service: e.Service, DataID: e.DataID, Data: envelope.AppendCancel(nil, id)})
	if err == nil {
		l.out.post(b)
	}
}

// responses passes the responses of a call to out, until the last one. It reports whether
// the last one has arrived or can't arrive.
func (l *link) responses(ctx context.Context, e entry, id uint64, call *clientCall, req *runtime.Request, out runtime.Responder) (whole bool, err error) {
	var resp envelope.Response
	var raw runtime.Raw
	came, taken := false, 0
	for {
		select {
		case <-call.ready:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		l.linkMu.Lock()
		queue := call.queue
		ended := call.err
		call.queue = nil
		l.linkMu.Unlock()
		for _, data := range queue {
			if err := envelope.ParseResponse(data, &resp); err != nil {
				return false, err
			}
			if err := resp.Err(); err != nil {
				return true, err
			}
			if !resp.More && resp.Body == nil && (came || req.Info != nil && req.Info.Stream) {
				return true, nil
			}
			body, err := resp.Result()
			if err != nil {
				return !resp.More, err
			}
			raw, came = body, true
			if err := balance.Respond(out, &raw); err != nil {
				return !resp.More, err
			}
			if !resp.More {
				return true, nil
			}
			l.linkMu.Lock()
			call.bytes -= len(data)
			l.linkMu.Unlock()
			if taken += len(data); taken >= window/2 {
				l.send(ctx, Message{Service: e.Service, DataID: e.DataID, Data: appendTaken(nil, id, taken)})
				taken = 0
			}
		}
		if ended != nil {
			return true, l.lost(ended, req)
		}
	}
}

// lost returns the caller's error when there will be no response.
func (l *link) lost(err error, req *runtime.Request) error {
	var e *runtime.Error
	if errors.As(err, &e) && e != runtime.ErrClosed {
		return e
	}
	switch {
	case req.Info != nil && req.Info.Stream:
		return runtime.Unavailable.Errorf("%w: %w", runtime.ErrStreamCut, err)
	case err == runtime.ErrClosed:
		return err
	}
	return runtime.Unavailable.Errorf("the connection has ended: %w", err)
}

// answer handles a response to a call of this end. It reports false if the message isn't
// one. An error ends the connection.
func (l *link) answer(a Address, m Message) (done bool, err error) {
	l.linkMu.Lock()
	_, done = l.links.answers[a]
	l.linkMu.Unlock()
	if !done {
		return false, nil
	}
	l.heard.Store(true)
	id := callID(m.Data)
	l.change(func(s *linkState) {
		if id == 0 {
			// The peer doesn't know calls, so its message is for all calls at
			// this address.
			for _, c := range s.asked {
				if c.address != a {
					continue
				}
				if m.Status == Okay {
					c.end(errNoResponse)
				} else {
					c.end(statusError(m.Status, l.StatusName(m.Status), nil))
				}
			}
			return
		}
		call := s.asked[id]
		if call == nil {
			return // its caller has left
		}
		if call.bytes > window+l.cfg.MaxFrame {
			s.err = errTooMuch
			return
		}
		call.queue = append(call.queue, m.Data)
		call.bytes += len(m.Data)
		call.notify()
	})
	return true, nil
}

var errNoResponse = runtime.BadResponse.Errorf("the peer's answer isn't the response to a call")

var errTooMuch = errors.New("the peer sends more of a stream than it may")

// callID returns the id of the call in data, or 0 if there is none.
func callID(data []byte) uint64 {
	const head = `{"id":`
	if len(data) > len(head) && string(data[:len(head)]) == head {
		n := 0
		for n < 20 && len(head)+n < len(data) && data[len(head)+n] >= '0' && data[len(head)+n] <= '9' {
			n++
		}
		id, _ := strconv.ParseUint(string(data[len(head):len(head)+n]), 10, 63)
		return id
	}
	var resp envelope.Response
	if envelope.ParseResponse(data, &resp) != nil {
		return 0
	}
	return resp.ID
}

// doPlain performs a plain call, whose messages are bodies.
func (l *link) doPlain(ctx context.Context, e entry, req *runtime.Request, out runtime.Responder) error {
	if req.Info.Stream {
		return runtime.Unimplemented.Errorf("%s is plain, and can't be a stream", req.Action)
	}
	m := Message{Service: e.Service, DataID: e.DataID}
	if req.Body != nil {
		var err error
		if m.Data, err = req.Body.AppendJSON(nil); err != nil {
			return runtime.BadRequest.Errorf("request of %s: %w", req.Action, err)
		}
	}
	r, err := l.ask(ctx, m)
	if err != nil {
		return err
	}
	if r.Status != Okay {
		return statusError(r.Status, l.StatusName(r.Status), r.Data)
	}
	return balance.Respond(out, (*runtime.Raw)(&r.Data))
}
