package tpp

import (
	"context"
	"runtime/debug"
	"time"
)

// This file divides the work of a connection: reading requests, and performing calls.
//
// The worker that reads performs the calls that have come together itself, one after
// the other, and then writes their answers at once: handing each to a goroutine costs as
// much as a small call. Still none waits for another. Before the first begins,
// one more worker is asked for, which runs as soon as this one waits for anything,
// or a processor has nothing to do. It goes on with whatever is left, be it
// calls or reading, and asks for a third before that. So every call has a
// goroutine of its own if it needs one, and most never do.
//
// To ask is too much for a call that is the only one of its connection: a thread
// would be woken for it, while the one that reads goes to sleep. There the
// other worker is asked for when the handler waits for the end of its context, or
// has taken longer than a turn; then it is for a while asked for at once.

const (
	// turn is how long a call may keep its connection from being read without
	// another worker being asked for, or up to twice that.
	turn = time.Millisecond

	// warned is for how many calls another worker is asked for at once, after one
	// that took longer.
	warned = 256

	// batch is how many calls are read before they are performed.
	batch = 64

	// many is from how many calls on their answers are written in two halves, so that
	// the peer has something to do meanwhile.
	many = 12

	// hold is how long an answer may wait for those of other calls.
	hold = 250 * time.Microsecond
)

// work is how the work of a connection is divided. It's guarded by session.mu.
type work struct {
	reading bool    // somebody reads, or the goroutine of Serve waits for something to read
	coming  bool    // a worker was asked for, and hasn't begun
	ready   []*call // to be performed
	next    int     // the first of ready that nobody has taken

	lone    bool // a call is performed for which no other worker was asked for
	turns   int  // how many of these there were
	seen    int  // what turns was when ticker last looked
	warned  int  // for how many calls another worker is asked for at once
	ticking bool // ticker runs
	ticker  *time.Timer
	relieve func() // ends lone
}

// left returns how many calls nobody has taken.
func (w *work) left() int { return len(w.ready) - w.next }

// take returns the next call; nil if there is none.
func (w *work) take() *call {
	if w.left() == 0 {
		return nil
	}
	c := w.ready[w.next]
	w.ready[w.next] = nil
	if w.next++; w.left() == 0 {
		w.ready, w.next = w.ready[:0], 0
	}
	return c
}

// A worker is a session while a goroutine works for it.
type worker session

// Run performs the calls that are ready, and then reads if nobody else does, until
// nothing comes for a while, or nothing more.
func (w *worker) Run(ctx context.Context) {
	s := (*session)(w)
	reads, returned := false, false
	defer func() {
		if p := recover(); p != nil {
			s.conn.Core().Log().Error("panic", "peer", s.conn.RemoteAddr(), "panic", p, "stack", string(debug.Stack()))
		}
		switch {
		case returned:
		case reads:
			s.rest(errGone)
		default: // a handler has ended this goroutine
			s.share(ctx)
			s.flush()
		}
	}()
	s.mu.Lock()
	s.work.coming = false
	s.mu.Unlock()
	for before := false; s.perform(ctx, before); before = true {
		reads = true
		if over, err := s.gather(ctx); over {
			s.rest(err)
			break
		}
		reads = false
	}
	returned = true
}

// rest leaves the connection to the goroutine of Serve.
func (s *session) rest(err error) {
	if s.err = err; err != errQuiet {
		s.frames.forget()
	}
	s.rests <- struct{}{}
}

// resume has a worker read again.
func (s *session) resume(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work.reading = false
	s.ask(ctx)
}

// ask asks for one more worker if there's something to do that nobody does; s.mu is
// held.
func (s *session) ask(ctx context.Context) {
	if w := &s.work; !w.coming && (w.left() > 0 || !w.reading) {
		w.coming = true
		s.conn.Go(ctx, (*worker)(s))
	}
}

// share is ask for who is about to wait, or to leave.
func (s *session) share(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask(ctx)
}

// perform performs the calls that are ready, and writes their answers. It reports
// whether this worker is to read then; it did before if it reads.
func (s *session) perform(ctx context.Context, reads bool) bool {
	w := &s.work
	s.mu.Lock()
	held := !reads // perhaps by one that waits now
	half := -1     // how many calls make the first half of many
	if n := w.left(); n >= many {
		half = n / 2
	}
	if reads {
		w.reading = false
		if w.left() == 1 && len(s.calls) == 1 && w.warned == 0 && !s.frames.buffered() {
			s.performAlone(ctx, w.take())
		}
	}
	var began time.Time    // with the first call
	var sent time.Duration // when answers were sent last, since then
	for {
		c := w.take()
		switch {
		case c != nil:
		case held:
			held = false
			s.mu.Unlock()
			s.flush()
			s.mu.Lock()
			continue
		default:
			reads = !w.reading
			w.reading = true
			s.mu.Unlock()
			return reads
		}
		w.warned = max(w.warned-1, 0)
		s.ask(ctx)
		coming := w.coming
		s.mu.Unlock()
		if held && !coming { // nobody would do so, should c take long
			s.flush()
		}
		if began.IsZero() {
			began = time.Now()
		}
		c.held, held = true, true
		c.Run(ctx)
		half--
		if now := time.Since(began); now-sent >= hold || half == 0 {
			s.flush()
			sent, held = now, false
		}
		s.mu.Lock()
	}
}

// performAlone performs c, which is the only call. S.mu is held, except while it does.
func (s *session) performAlone(ctx context.Context, c *call) {
	w := &s.work
	w.lone = true
	w.turns++
	turns := w.turns
	switch {
	case w.ticker == nil:
		w.relieve = func() { s.relieve(ctx) }
		w.ticker = time.AfterFunc(turn, func() { s.tick(ctx) })
	case !w.ticking:
		w.ticker.Reset(turn)
	}
	w.ticking = true
	c.Watch = w.relieve
	s.mu.Unlock()
	c.Run(ctx)
	s.mu.Lock()
	if w.turns == turns {
		w.lone = false
	}
}

// relieve asks for another worker if a call is performed for which none was.
func (s *session) relieve(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := &s.work; w.lone {
		w.lone = false
		w.warned = warned
		s.ask(ctx)
	}
}

// tick ends a turn that takes too long.
func (s *session) tick(ctx context.Context) {
	s.mu.Lock()
	w := &s.work
	late := w.lone && w.turns == w.seen
	w.ticking = w.turns != w.seen
	if w.ticking {
		w.seen = w.turns
		w.ticker.Reset(turn)
	}
	s.mu.Unlock()
	if late {
		s.relieve(ctx)
	}
}
