package tpp

import (
	"context"
	"errors"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file lets many calls share a connection. There is no goroutine that reads:
// one of the callers does, for all, until its own answer comes. If others
// still wait then, a goroutine goes on for them, until nobody waits. So a
// caller that is alone reads its answer itself, and nothing is handed over.

// A waiter is a call on a shared connection.
type waiter struct {
	done  chan struct{} // gets a value when the call has ended
	frame *buffer       // the answer
	err   error         // why there is none
	resp  envelope.Response
	raw   runtime.Raw
	next  *waiter // in connState.unused
}

// end ends the call of w; it was taken out of those that wait.
func (w *waiter) end(frame *buffer, err error) {
	w.frame, w.err = frame, err
	w.done <- struct{}{}
}

// newWaiter returns a waiter; they are used again, by calls on the same
// connection.
func (s *connState) newWaiter() *waiter {
	w := s.unused
	if w == nil {
		return &waiter{done: make(chan struct{}, 1)}
	}
	s.unused, w.next = w.next, nil
	return w
}

// forget gives back what the call of w held.
func (cn *conn) forget(w *waiter) {
	w.frame.free()
	cn.mu.Lock()
	defer cn.mu.Unlock()
	*w = waiter{done: w.done, next: cn.state.unused}
	cn.state.unused = w
}

// perform performs a unary call together with others.
func (cn *conn) perform(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	var w *waiter
	var id uint64
	read := true // by us, unless somebody does already
	alone := false
	cn.update(func(s *connState) {
		if s.leaving || s.err != nil {
			return
		}
		if s.waiting == nil {
			s.waiting = make(map[uint64]*waiter)
		}
		alone = len(s.waiting) == 0
		s.lastID++
		s.begun++
		id = s.lastID
		w = s.newWaiter()
		s.waiting[id] = w
		read = !s.reading
	})
	if id == 0 {
		return errNotSeen
	}
	defer cn.forget(w)
	encoded := false
	defer func() {
		if !encoded { // but panicked: nobody is to wait for an answer
			cn.withdraw(id)
		}
	}()
	err := cn.request(ctx, id, req, alone)
	encoded = true
	if err != nil {
		if cn.withdraw(id) {
			return err
		}
		<-w.done // it has ended anyway
		return w.err
	}
	if read {
		// Only now: a call that can't be sent must not keep others from reading.
		cn.update(func(s *connState) {
			read = !s.reading && s.waiting[id] == w
			s.reading = s.reading || read
		})
	}
	switch ended := ctx.Done(); {
	case read:
		cn.lead(ctx, id, w)
	case ended == nil:
		<-w.done
	default:
		select {
		case <-w.done:
		case <-ended:
			cn.abandon(id, w)
		}
	}
	if w.frame == nil {
		if w.err == nil {
			return ctx.Err()
		}
		return w.err
	}
	if err := envelope.ParseResponse(w.frame.b, &w.resp); err != nil {
		return err
	}
	if err := w.resp.Err(); err != nil {
		return err
	}
	body, err := w.resp.Result()
	if err != nil {
		return err
	}
	w.raw = body
	if err := out.Respond(&w.raw); err != nil {
		return envelope.ExplainResponse(w.frame.b, err)
	}
	return nil
}

// request sends a request. After an error nothing of it was sent.
func (cn *conn) request(ctx context.Context, id uint64, req *runtime.Request, alone bool) error {
	b := newBuffer()
	defer b.free()
	if err := cn.end.encode(ctx, b, id, req); err != nil {
		return err
	}
	frame := endFrame(b.b)
	if !cn.begun.Load() {
		if first, err := cn.begin(ctx, id, frame); first {
			return err
		}
	}
	if ctx.Done() != nil {
		return cn.out.sendSoon(ctx, frame)
	}
	cn.out.send(frame, alone, true) // what goes wrong ends the connection
	return nil
}

// begin sends the first request of the connection: should the peer have become a
// classic one, that's what it answers. It reports false if another was first.
func (cn *conn) begin(ctx context.Context, id uint64, frame []byte) (first bool, err error) {
	cn.beginning.Lock()
	defer cn.beginning.Unlock()
	if cn.begun.Load() {
		return false, nil
	}
	cn.first.Store(id)
	if err := cn.out.sendSoon(ctx, frame); err != nil {
		return true, err
	}
	cn.begun.Store(true)
	return true, nil
}

// withdraw takes back a call that wasn't sent; it reports false if that has
// ended already.
func (cn *conn) withdraw(id uint64) (ok bool) {
	cn.update(func(s *connState) {
		_, ok = s.waiting[id]
		delete(s.waiting, id)
	})
	return ok
}

// abandon leaves the call of w, whose context has ended, and tells the peer. If
// the call has ended just now, that stands.
func (cn *conn) abandon(id uint64, w *waiter) {
	ours := false
	cn.update(func(s *connState) {
		if _, ours = s.waiting[id]; ours {
			s.waiting[id] = nil // its answer must still be read
		}
		cn.attend(s)
	})
	if !ours {
		<-w.done
		return
	}
	b := newBuffer()
	defer b.free()
	b.b = envelope.AppendCancel(beginFrame(b.b), id)
	cn.out.sendAnyway(endFrame(b.b)) // it's small, and there's one for each call at most
}

// lead reads for all, until the call of w has ended or ctx has.
func (cn *conn) lead(ctx context.Context, id uint64, w *waiter) {
	stop := cn.interruptible(ctx)
	var err error
	for err == nil && len(w.done) == 0 {
		err = cn.receive(w)
	}
	stop()
	switch {
	case err == nil:
	case interrupted(ctx, err):
		cn.update(func(s *connState) { s.reading = false })
		cn.abandon(id, w)
		return
	default:
		cn.fail(err)
	}
	<-w.done
	cn.update(func(s *connState) {
		s.reading = false
		cn.attend(s)
	})
}

// attend sees to it that somebody reads as long as answers are to come, and
// that a connection without calls is looked after. It's called, within update,
// when somebody stops reading.
func (cn *conn) attend(s *connState) {
	switch {
	case s.reading || s.err != nil:
	case len(s.waiting) > 0:
		s.reading = true
		cn.end.wait.Go(cn.read)
	case !s.ticking:
		s.ticking = true
		if cn.ticker == nil {
			cn.ticker = time.AfterFunc(unattended, cn.tick)
		} else {
			cn.ticker.Reset(unattended)
		}
	}
}

// unattended is how long a connection may be without calls until a goroutine
// reads from it, so that the peer's goaway isn't missed.
const unattended = 50 * time.Millisecond

// tick has somebody read if there were no calls since the last tick.
func (cn *conn) tick() {
	cn.update(func(s *connState) {
		s.ticking = false
		switch {
		case s.reading || s.err != nil:
		case s.begun == s.seen:
			s.reading = true
			cn.end.wait.Go(cn.read)
		default:
			s.seen = s.begun
			s.ticking = true
			cn.ticker.Reset(unattended)
		}
	})
}

// read reads until nobody waits any more; if nobody does from the beginning, then
// until somebody did.
func (cn *conn) read() {
	for more := true; more; {
		if err := cn.receive(nil); err != nil {
			cn.fail(err)
			return
		}
		cn.update(func(s *connState) {
			if more = len(s.waiting) > 0 && s.err == nil; !more {
				s.reading = false
				cn.attend(s)
			}
		})
	}
}

// receive reads answers and gives them to their callers: those that have come already, but
// not beyond that to w. While it does, who calls again leaves writing to a goroutine
// that writes for all of them.
func (cn *conn) receive(w *waiter) error {
	frame, err := cn.frames.next()
	if cn.frames.ready() && cn.out.promise() {
		defer cn.out.keep()
	}
	for {
		if err == nil {
			cn.deliver(frame)
		} else if err = cn.skipped(err); err != nil {
			return err
		}
		if !cn.frames.ready() || w != nil && len(w.done) > 0 {
			return nil
		}
		frame, err = cn.frames.next()
	}
}

// skipped deals with an answer that was too long: it costs only the call that it belongs
// to, if that can be told. It returns err if that isn't what it's about.
func (cn *conn) skipped(err error) error {
	var skipped errSkipped
	if errors.As(err, &skipped) && skipped.id != 0 {
		cn.answer(skipped.id, nil, cn.lost(skipped.error))
		return nil
	}
	return err
}

// deliver gives a frame to whom it belongs.
func (cn *conn) deliver(frame *buffer) {
	id, _, ok := envelope.PeekID(frame.b)
	if !ok {
		var resp envelope.Response
		if err := envelope.ParseResponse(frame.b, &resp); err != nil {
			frame.free()
			cn.fail(err)
			return
		}
		if id = resp.ID; id == 0 {
			cn.general(frame, &resp)
			return
		}
	}
	cn.answer(id, frame, nil)
}

// answer ends a call, if its caller hasn't left.
func (cn *conn) answer(id uint64, frame *buffer, err error) {
	cn.end.peer.Report(balance.Answered)
	cn.update(func(s *connState) {
		s.known = true
		w := s.waiting[id]
		delete(s.waiting, id)
		if w == nil {
			frame.free()
			return
		}
		w.end(frame, err)
	})
}

// general deals with a response that has no id: it's about the connection, or
// the peer is a classic one now.
func (cn *conn) general(frame *buffer, resp *envelope.Response) {
	if resp.Goaway && resp.Code == runtime.OK {
		frame.free()
		cn.end.peer.Report(balance.GoAway)
		cn.update(func(s *connState) { s.known, s.leaving = true, true })
		return
	}
	known := false
	cn.update(func(s *connState) { known = s.known })
	if !known {
		cn.end.unnamed(resp)
	}
	why := cn.end.ended(resp)
	if known || resp.Goaway {
		frame.free()
		cn.update(func(s *connState) { s.err = why })
		return
	}
	// It has answered the first call, and doesn't read on.
	cn.update(func(s *connState) {
		if s.err = errNotSeen; resp.Code != runtime.OK {
			s.err = balance.Refused(why)
		}
		first := cn.first.Load()
		w := s.waiting[first]
		delete(s.waiting, first)
		if w != nil {
			w.end(frame, nil)
		} else {
			frame.free()
		}
	})
}
