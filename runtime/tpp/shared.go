package tpp

import (
	"context"
	"errors"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file lets many calls share a connection. No goroutine reads all the time.
// Instead one of the callers reads for all until its own answer comes. If others still
// wait then, a goroutine reads until all have their answers. So a lone caller reads its
// answer itself, and no goroutine has to be woken for it.

// A waiter is a call on a shared connection.
type waiter struct {
	done  chan struct{} // gets a value when the call has ended
	frame *buffer       // the answer
	err   error         // why there is none
	resp  envelope.Response
	raw   runtime.Raw
	heard uint64  // what conn.heard was when the call began
	next  *waiter // in connState.unused
}

// end ends the call of w, which is no longer in connState.waiting.
func (w *waiter) end(frame *buffer, err error) {
	w.frame, w.err = frame, err
	w.done <- struct{}{}
}

// newWaiter returns a waiter, which an earlier call on the connection may have used.
func (s *connState) newWaiter() *waiter {
	w := s.unused
	if w == nil {
		return &waiter{done: make(chan struct{}, 1)}
	}
	s.unused, w.next = w.next, nil
	return w
}

// forget frees what the call of w held.
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
	read := true // this call reads, unless another one does already
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
		w.heard = cn.heard.Load()
		s.waiting[id] = w
		read = !s.reading
	})
	if id == 0 {
		return errNotSeen
	}
	defer cn.forget(w)
	encoded := false
	defer func() {
		if !encoded { // but panicked: no answer is going to come
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
		// Not before: a call that can't be sent must not keep others from reading.
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
			cn.abandon(ctx, id, w)
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
	if err := balance.Respond(out, &w.raw); err != nil {
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
		return notSent(ctx, cn.out.sendSoon(ctx, frame))
	}
	cn.out.send(frame, alone, true) // what goes wrong ends the connection
	return nil
}

// begin sends the first request of the connection, which is the one that the peer
// answers if it has become a classic one. It reports false if another request was first.
func (cn *conn) begin(ctx context.Context, id uint64, frame []byte) (first bool, err error) {
	cn.beginning.Lock()
	defer cn.beginning.Unlock()
	if cn.begun.Load() {
		return false, nil
	}
	cn.first.Store(id)
	if err := cn.out.sendSoon(ctx, frame); err != nil {
		return true, notSent(ctx, err)
	}
	cn.begun.Store(true)
	return true, nil
}

// notSent returns the error of a call whose request wasn't sent because of err, which is
// nil if it was.
func notSent(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return errNotSeen
}

// withdraw removes a call that wasn't sent. It reports false if the call has ended
// already.
func (cn *conn) withdraw(id uint64) (ok bool) {
	cn.update(func(s *connState) {
		_, ok = s.waiting[id]
		delete(s.waiting, id)
	})
	return ok
}

// abandon tells the peer that the caller of w, whose context has ended, has left. If the
// answer has come meanwhile, it stands.
func (cn *conn) abandon(ctx context.Context, id uint64, w *waiter) {
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
	if ctx.Err() == context.DeadlineExceeded && w.heard == cn.heard.Load() {
		cn.ask()
	}
}

// lead reads for all calls, until the call of w has ended or ctx has.
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
		cn.abandon(ctx, id, w)
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

// attend starts a goroutine that reads if answers are to come and nothing reads; for a
// connection without calls it starts the ticker. It is called within update, after
// something has stopped reading.
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

// tick starts a goroutine that reads if there were no calls since the last tick.
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

// read reads until no call waits. If none waits at the beginning, it reads one message
// at least.
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

// receive waits for an answer and gives it to its caller, and so with all that have
// come already; but it stops at the answer to w. Callers that make their next call
// meanwhile leave the writing to one goroutine, which writes for all of them.
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

// skipped handles the error of an answer that was too long: it ends only the call that
// the answer belongs to, if that can be told. It returns any other error.
func (cn *conn) skipped(err error) error {
	var long errTooLong
	if !errors.As(err, &long) || long.id == 0 {
		return err
	}
	cn.answer(long.id, nil, cn.lost(long.error))
	if long.skipped {
		return nil
	}
	return errCut
}

// errCut is why other calls end when an answer is so long that it isn't skipped.
var errCut = errors.New("an answer to another call is too long")

// sendFailed ends the connection because nothing can be written any more. The peer may
// have said why before it closed, so what has come is read first.
func (cn *conn) sendFailed(err error) {
	cn.update(func(s *connState) {
		if s.err != nil {
			return
		}
		s.leaving = true
		s.late = time.AfterFunc(lastWords, func() { cn.fail(err) })
		cn.attend(s)
	})
}

// lastWords is how long a connection is read on that can't be written to.
const lastWords = time.Second

// deliver gives a frame to the call that it belongs to.
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

// general handles a response without an id: it's about the connection, or the peer has
// become a classic one.
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
	// The peer has answered the first call, and doesn't read the others.
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
