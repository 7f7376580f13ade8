package tpp

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A queue is the part of a session's state that holds the calls for which there was no
// room. While they wait, the connection is still read, because a cancel or the peer's
// leaving makes room. When the queue is full, nothing is read. If it stays full for
// Limits.Body, its calls are refused, and reading goes on.
type queue struct {
	calls     []waitingCall
	size      int                // of all calls
	admitting bool               // an admission is under way
	abort     context.CancelFunc // makes the admission wait no longer; nil if it doesn't wait
}

// A waitingCall is a call that waits for room, and the time when it came.
type waitingCall struct {
	call *call
	came time.Time
}

const (
	maxQueued    = 256 << 10 // the size of a full queue
	callOverhead = 1 << 10   // what a call counts beside the bytes of its request
)

// size returns how much q adds to the size of the queue.
func (q waitingCall) size() int { return len(q.call.frame.b) + callOverhead }

// fits reports whether there is room in the queue for size more. A newcomer may have one
// call in it.
func (s *session) fits(st *sessionState, size int) bool {
	q := &st.queue
	return len(q.calls) == 0 || q.size+size <= maxQueued && s.conn.Known()
}

// take removes and returns the first n calls.
func (q *queue) take(n int) []waitingCall {
	calls := q.calls[:n:n]
	q.calls = q.calls[n:]
	for _, c := range calls {
		q.size -= c.size()
	}
	return calls
}

// accept takes c into the calls of the session. If there is room, c begins: a stream in a
// goroutine of its own, every other call when a worker takes it, for which it's ready
// then. Otherwise c waits in the queue; accept waits while that is full. An error means
// that the connection is over.
func (s *session) accept(ctx context.Context, c *call) (ready bool, err error) {
	if s.out.full(maxQueue) { // the peer doesn't read its answers: it gets no more calls
		s.block(func() { s.out.awaitRoom(ctx, maxQueue) })
	}
	a := s.conn.Core().Action(c.Request.Action)
	stream := a != nil && a.Stream || c.upload != nil
	var twice, begins bool
	s.update(func(st *sessionState) {
		if twice = st.calls[c.id] != nil; twice {
			return
		}
		if st.calls == nil {
			st.calls = make(map[uint64]*call)
		}
		st.calls[c.id] = c
		begins = len(st.queue.calls) == 0 && s.conn.TryAcquire()
		if begins {
			st.busy++
			if !stream {
				st.ready.add(c)
			}
		}
	})
	switch {
	case twice:
		return false, runtime.BadRequest.Errorf("call %d is under way already", c.id)
	case !begins:
		return false, s.enqueue(ctx, c)
	case stream:
		s.start(c)
	}
	return !stream, nil
}

// enqueue adds c to the queue, and waits as long as that is full.
func (s *session) enqueue(ctx context.Context, c *call) error {
	q := waitingCall{c, time.Now()}
	for {
		added := false
		s.update(func(st *sessionState) {
			if added = s.fits(st, q.size()); added {
				st.queue.calls = append(st.queue.calls, q)
				st.queue.size += q.size()
			}
		})
		if added {
			return nil
		}
		if err := s.awaitQueue(ctx, q.size()); err != nil {
			s.retire(c.id)
			return err
		}
	}
}

// awaitQueue waits until size more fits into the queue. When that takes too long, it
// refuses all calls of the queue.
func (s *session) awaitQueue(ctx context.Context, size int) error {
	began, wait := time.Now(), ctx
	if end, _ := s.conn.By(s.conn.Limits().Body); !end.IsZero() {
		var cancel context.CancelFunc
		wait, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	err := s.await(wait, func(st *sessionState) bool { return s.fits(st, size) })
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	var calls []waitingCall
	s.update(func(st *sessionState) { calls = st.queue.take(len(st.queue.calls)) })
	s.block(func() {
		for _, q := range calls {
			q.call.refuse(runtime.OverLimit.Errorf("there was no room for the call for %v", time.Since(began).Round(time.Second)))
		}
	})
	return nil
}

// An admission is the task that begins the calls of the queue when there is room.
type admission struct{ session *session }

// Run begins calls until the queue is empty.
func (a admission) Run(ctx context.Context) {
	s := a.session
	defer s.update((*sessionState).done)
	wait, abort := context.WithCancel(ctx)
	defer abort()
	s.update(func(st *sessionState) { st.queue.abort = abort })
	for more := true; more; {
		err := s.conn.Acquire(wait)
		var c *call
		s.update(func(st *sessionState) {
			q := &st.queue
			if len(q.calls) > 0 {
				first := q.take(1)[0]
				if c = first.call; err == nil {
					if err = first.missed(); err != nil {
						s.conn.Release()
					}
				}
				if err == nil {
					st.busy++
				}
			} else if err == nil { // they were refused
				s.conn.Release()
			}
			if more = len(q.calls) > 0; !more {
				*q = queue{}
			}
		})
		switch {
		case c == nil:
		case err != nil:
			c.refuse(err)
		default:
			s.start(c)
		}
	}
}

// missed returns why a call that has waited needn't begin any more; nil if it must.
func (q waitingCall) missed() error {
	if q.call.cancelled {
		return context.Canceled
	}
	if t := &q.call.Timeout; *t > 0 {
		if *t -= time.Since(q.came); *t <= 0 {
			return context.DeadlineExceeded
		}
	}
	return nil
}
