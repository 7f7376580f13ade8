package tpp

import (
	"context"
	"errors"
	"time"
)

// This file lets the worker that reads perform a call itself, if there is no other.
// Handing it to another goroutine costs more than a small call: a thread is woken
// for it, while the one that reads goes to sleep.
//
// Nothing waits for such a call for long. As soon as its handler waits for the end
// of its context, or has taken longer than a turn, another worker reads on, and
// for a while all calls are handed over at once.

const (
	// turn is how long the worker that reads may be busy with a call, or up to
	// twice that.
	turn = time.Millisecond

	// handedOn is how many calls are handed to others after one that took too
	// long.
	handedOn = 256
)

// turns is which worker reads. It's guarded by session.mu.
type turns struct {
	reader  int  // changes when another worker reads
	staying bool // the one that reads performs a call
	stays   int  // how many it has performed so far
	seen    int  // what stays was when ticker last looked
	ticking bool // ticker runs
	ticker  *time.Timer
	watched func() // handOver
}

// errTaken is why a worker stops reading: another one does.
var errTaken = errors.New("another worker reads")

// mayStay reports whether the worker that reads may perform c, which is the only
// call if alone.
func (s *session) mayStay(c *call, alone bool) bool {
	if s.handed > 0 {
		s.handed--
		return false
	}
	if !alone || s.frames.buffered() {
		return false
	}
	a := s.conn.Handler().Action(c.Action)
	return a == nil || !a.Stream
}

// stay performs c in the worker that reads. It returns errTaken if another one
// reads by then.
func (s *session) stay(ctx context.Context, c *call) error {
	t := &s.turns
	s.mu.Lock()
	t.staying = true
	t.stays++
	n := t.stays
	switch {
	case t.ticker == nil:
		t.watched = func() { s.handOver(ctx) }
		t.ticker = time.AfterFunc(turn, func() { s.tick(ctx) })
	case !t.ticking:
		t.ticker.Reset(turn)
	}
	t.ticking = true
	s.mu.Unlock()
	c.Watched = t.watched

	returned := false
	defer func() {
		if !returned {
			s.handOver(ctx) // the handler ends this goroutine
		}
	}()
	c.Run(ctx)
	returned = true
	s.mu.Lock()
	defer s.mu.Unlock()
	if !t.staying || t.stays != n {
		return errTaken
	}
	t.staying = false
	return nil
}

// tick ends a turn that takes too long.
func (s *session) tick(ctx context.Context) {
	s.mu.Lock()
	t := &s.turns
	over := t.staying && t.stays == t.seen
	t.ticking = t.stays != t.seen
	if t.ticking {
		t.seen = t.stays
		t.ticker.Reset(turn)
	}
	s.mu.Unlock()
	if over {
		s.handOver(ctx)
	}
}

// handOver lets another worker read if the one that did performs a call.
func (s *session) handOver(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := &s.turns; t.staying {
		t.staying = false
		t.reader++
		s.handed = handedOn
		s.conn.Go(ctx, (*reader)(s))
	}
}

// reads returns a number that stays the same as long as the same worker reads.
func (s *session) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turns.reader
}
