package tpp

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/tpp-rpc/tpp/runtime/transport"
)

// This file decides which goroutine reads requests and which performs calls, and when
// answers are written. SCHEDULING.md explains the decisions and what was measured.

const (
	// turn is how long a lone call may keep its connection from being read, or up to
	// twice as long.
	turn = time.Millisecond

	// wary is how many calls, after a lone one that took too long, aren't performed as
	// lone calls.
	wary = 256

	// many is the number of ready calls from which on answers are written in two halves.
	many = 12

	// hold is how long an answer may wait for those of other calls.
	hold = 250 * time.Microsecond
)

// loneCalls is the part of a session's state that watches how long lone calls take. A
// lone call is one that is performed while no other worker was asked for.
type loneCalls struct {
	count   int         // lone calls that have begun
	seen    int         // what count was when timer last ran
	wary    int         // how many of the next calls aren't lone
	timer   *time.Timer // made with the first lone call
	ticking bool        // timer is set
	watch   func()      // is relieve; made with timer
}

// A workTask is the task of one worker.
type workTask struct{ session *session }

// A worker is a goroutine of the server while it works for a session. It performs the calls
// that are ready, and reads if no other worker does.
type worker struct {
	session *session
	reader  *reader // nil unless this worker has it

	begun    bool // it works: the session no longer expects it
	over     bool // it has nothing more to do
	busy     bool // a call that it took counts as busy
	lone     int  // the count of the lone call that it performs; 0 if it performs none
	followed bool // another worker is on its way, and will flush

	held    bool      // answers may be held that it must flush: its own, or those of a worker that asked for it
	half    int       // how many answers are to come until the first half of many is written
	flushed time.Time // when it flushed last, or began; zero before its first call
}

// Run works until another worker does what is left, or the reader is parked.
func (t workTask) Run(ctx context.Context) {
	w := worker{session: t.session, held: true}
	defer w.leave()
	for {
		if c := w.take(); c != nil {
			w.perform(ctx, c)
			continue
		}
		if w.held {
			w.flush()
			if w.reader == nil {
				continue // to see what there is to do now
			}
		}
		if w.reader == nil {
			w.over = true
			return
		}
		if over := w.reader.read(ctx); over {
			w.over = true
			w.session.park(w.reader)
			return
		}
	}
}

// leave tidies up after a panic, or a handler that ended this goroutine. If this worker was
// reading, that ends the connection.
func (w *worker) leave() {
	s := w.session
	if p := recover(); p != nil {
		s.conn.Core().Log().Error("panic", "peer", s.conn.RemoteAddr(), "panic", p, "stack", string(debug.Stack()))
	}
	switch {
	case w.over:
	case w.reader != nil:
		s.cancelAll()
		s.await(context.Background(), (*sessionState).idle)
		w.reader.err = transport.ErrInternal
		s.park(w.reader)
	default:
		s.update(w.end)
		w.flush()
	}
}

// take ends the call that w has performed, if any, and returns the next. If there is
// none, w has the reader if it's to read.
func (w *worker) take() (c *call) {
	w.session.update(func(st *sessionState) {
		w.end(st)
		switch {
		case !w.begun:
			w.begun, st.asked = true, false
			w.plan(st)
		case w.reader != nil:
			w.plan(st)
			w.release(st)
		}
		if c = st.ready.take(); c != nil {
			w.busy = true
			if w.lone != 0 {
				c.Watch = st.lone.watch
			}
			st.lone.wary = max(st.lone.wary-1, 0)
			w.followed = st.asked || st.needsWorker()
			return
		}
		// What is held is flushed before reading, which may wait. A worker that was asked
		// for can read in the meantime.
		if st.holder == free && (!w.held || !st.asked) {
			w.reader, st.reader, st.holder = st.reader, nil, taken
		}
	})
	return c
}

// plan decides when to flush the answers of the calls that are ready.
func (w *worker) plan(st *sessionState) {
	w.flushed = time.Time{}
	w.half = -1
	if n := st.ready.len(); n >= many {
		w.half = n / 2
	}
}

// release gives back the reader, so that another worker can read while w performs what it
// has read. If that is one call, and the only one, it's a lone call.
func (w *worker) release(st *sessionState) {
	r := w.reader
	st.reader, st.holder, w.reader = r, free, nil
	if st.ready.len() == 1 && len(st.calls) == 1 && st.lone.wary == 0 && !r.frames.buffered() {
		w.lone = w.session.lend(st)
	}
}

// end ends the call that w has performed. If it was a lone one that didn't take long, no
// other worker has taken the reader.
func (w *worker) end(st *sessionState) {
	if w.busy {
		w.busy = false
		st.busy--
	}
	if w.lone != 0 && w.lone == st.lone.count && st.holder == lent {
		st.holder = free
	}
	w.lone = 0
}

// perform performs c, and flushes the answers that have been held for long enough.
func (w *worker) perform(ctx context.Context, c *call) {
	if w.lone != 0 {
		c.perform(ctx)
		return
	}
	if w.held && !w.followed { // no other worker flushes while c runs
		w.flush()
	}
	if w.flushed.IsZero() {
		w.flushed = time.Now()
	}
	c.held, w.held = true, true
	c.perform(ctx)
	w.half--
	if since := time.Since(w.flushed); since >= hold || w.half == 0 {
		w.flush()
		w.flushed = w.flushed.Add(since)
	}
}

// flush writes the answers that are held.
func (w *worker) flush() {
	w.held = false
	w.session.flush()
}

// lend lends the reader while a lone call is performed, and returns the count of the
// call.
func (s *session) lend(st *sessionState) int {
	st.holder = lent
	l := &st.lone
	l.count++
	switch {
	case l.timer == nil:
		l.watch = s.relieve
		l.timer = time.AfterFunc(turn, s.tick)
	case !l.ticking:
		l.timer.Reset(turn)
	}
	l.ticking = true
	return l.count
}

// relieve has another worker read if a lone call is performed, because it takes long.
func (s *session) relieve() { s.update((*sessionState).relieve) }

func (st *sessionState) relieve() {
	if st.holder == lent {
		st.holder = free
		st.lone.wary = wary
	}
}

// tick relieves a lone call that has taken longer than a turn. It runs each turn, as
// long as lone calls begin.
func (s *session) tick() {
	s.update(func(st *sessionState) {
		l := &st.lone
		l.ticking = l.count != l.seen
		if l.ticking {
			l.seen = l.count
			l.timer.Reset(turn)
		} else {
			st.relieve()
		}
	})
}
