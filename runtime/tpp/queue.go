package tpp

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A queue holds the requests of a connection for which there was no room. It's
// short: what matters is that the connection is still read, and so a cancel or
// the peer's leaving, which make room, are heard of. When the queue is full,
// nothing more is read. If that doesn't change for a while, those that wait are
// refused, and reading goes on.
type queue struct {
	calls  []waiting
	size   int                // of them all
	room   chan struct{}      // closed when there's room again; nil unless somebody waits
	moving bool               // somebody moves it on
	leave  context.CancelFunc // makes who moves it on wait no longer
}

// A waiting call is one for which there was no room when it came.
type waiting struct {
	*call
	came time.Time
}

const (
	maxQueued  = 256 << 10 // how much may wait
	queuedCall = 1 << 10   // what a request counts beside its bytes
)

// enqueue makes c wait for room. An error ends the connection. S.mu is held, except
// while it waits.
func (s *session) enqueue(ctx context.Context, c *call) error {
	came, size := time.Now(), len(c.frame.b)+queuedCall
	q := &s.queue
	for len(q.calls) > 0 && q.size+size > maxQueued {
		if err := s.awaitRoom(ctx); err != nil {
			delete(s.calls, c.ID)
			return err
		}
	}
	q.calls = append(q.calls, waiting{c, came})
	q.size += size
	if !q.moving {
		q.moving = true
		s.wait.Add(1)
		s.conn.Go(ctx, (*mover)(s))
	}
	return nil
}

// awaitRoom waits until the queue moves on, or makes it. S.mu is held, except while it
// waits.
func (s *session) awaitRoom(ctx context.Context) error {
	q := &s.queue
	if q.room == nil {
		q.room = make(chan struct{})
	}
	room := q.room
	s.mu.Unlock()
	defer s.mu.Lock()
	var late <-chan time.Time
	limit := s.conn.Limits().Body
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-room:
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		s.mu.Lock()
		calls := q.take(len(q.calls))
		s.mu.Unlock()
		for _, c := range calls {
			c.refuse(runtime.Errorf(runtime.Failed, "there was no room for the call for %v", limit))
		}
	}
	return nil
}

// take takes the first n calls out.
func (q *queue) take(n int) []waiting {
	calls := q.calls[:n:n]
	q.calls = q.calls[n:]
	for _, c := range calls {
		q.size -= len(c.frame.b) + queuedCall
	}
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
	return calls
}

// A mover begins the calls that wait, as soon as there is room.
type mover session

// Run begins calls until none wait.
func (m *mover) Run(ctx context.Context) {
	s, q := (*session)(m), &m.queue
	defer s.wait.Done()
	wait, leave := context.WithCancel(ctx)
	defer leave()
	s.mu.Lock()
	q.leave = leave
	if s.gone {
		leave()
	}
	s.mu.Unlock()
	for more := true; more; {
		err := s.conn.Begin(wait)
		s.mu.Lock()
		var c waiting
		left := false
		if len(q.calls) > 0 {
			c = q.take(1)[0]
			left = c.left
		}
		if more = len(q.calls) > 0; !more {
			q.calls, q.moving, q.leave = nil, false, nil
		}
		s.mu.Unlock()
		if c.call == nil { // they were refused meanwhile
			if err == nil {
				s.conn.Finish()
			}
			continue
		}
		if why := c.missed(left); why != nil || err != nil {
			if err == nil {
				s.conn.Finish()
				err = why
			}
			c.refuse(err)
			continue
		}
		s.wait.Add(1)
		s.conn.Go(ctx, c.call)
	}
}

// missed returns why there's nothing to do any more for a call that had to wait.
func (c waiting) missed(left bool) error {
	if left {
		return context.Canceled
	}
	if c.request.Timeout > 0 {
		if c.request.Timeout -= time.Since(c.came); c.request.Timeout <= 0 {
			return context.DeadlineExceeded
		}
	}
	return nil
}

// refuse ends a call that was never begun.
func (c *call) refuse(err error) {
	alone := c.finish()
	c.frame.free()
	c.session.sendError(c.ID, runtime.AsError(err), alone)
}
