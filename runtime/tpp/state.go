package tpp

import (
	"context"
	"time"
)

// A sessionState is everything about a session that changes, except what only the
// goroutine that reads needs to know, which is in reader. It is changed by
// session.update only.
type sessionState struct {
	calls map[uint64]*call // accepted and not yet answered, by ID; nil if there are none
	queue queue            // those of calls that wait for room
	ready callList         // those of calls that have room and wait for a worker

	holder holder
	reader *reader // nil while a worker has it
	asked  bool    // a worker was started and hasn't begun
	lone   loneCalls

	classic *call // the call of a classic connection while it is performed
	busy    int   // calls that have begun and not ended, and admissions
	watched bool  // a watch is under way
	gone    bool  // the peer gets no more answers: every call is cancelled

	draining bool  // the server stops
	awaiting phase // what the read deadline was set for last; unarmed for none
	heard    bool  // a request had come when it was set

	condition func(*sessionState) bool // what the worker that has the reader waits for; nil if nothing
	met       chan struct{}            // closed when condition holds
}

// A holder says who has the reader.
type holder int

const (
	free    holder = iota // no worker: one is on its way
	lent                  // no worker: the one that performs a lone call takes it back, unless the call takes long
	taken                 // a worker that reads, or the goroutine of ServeConn
	blocked               // a worker that waits for something other than requests
)

// update changes the state by f, and then does what the change requires:
//
//   - If a worker is needed and none is on its way, it asks for one.
//   - If calls wait for room and no goroutine begins them, it starts an admission.
//   - If the peer gets no more answers, the admission waits no longer.
//   - If the condition that the reader waits for holds, it wakes the reader.
//
// F must not block.
func (s *session) update(f func(*sessionState)) {
	s.mu.Lock()
	st := &s.state
	f(st)
	ask := st.needsWorker() && !st.asked
	if ask {
		st.asked = true
	}
	admit := len(st.queue.calls) > 0 && !st.queue.admitting
	if admit {
		st.queue.admitting = true
		st.busy++
	}
	if st.gone && st.queue.abort != nil {
		st.queue.abort()
	}
	if st.condition != nil && st.condition(st) {
		st.condition = nil
		close(st.met)
	}
	s.mu.Unlock()
	if ask {
		s.start(workTask{s})
	}
	if admit {
		s.start(admission{s})
	}
}

// needsWorker reports whether there is something to do that no worker is about to do. A
// worker that reads performs the calls that are ready when it has read what has come.
func (st *sessionState) needsWorker() bool {
	return st.holder == free || st.holder == blocked && st.ready.len() > 0
}

// lastRead returns the deadline of a read that waits for the next request while the
// server stops. If no request has come yet, TLS may still be shaking hands, which can't
// go on after a deadline has passed.
func (st *sessionState) lastRead() time.Time {
	if st.heard {
		return longAgo
	}
	return after(lastMoment)
}

// stopReading says that no request is read any more, so that drain leaves the read
// deadline alone.
func (st *sessionState) stopReading() { st.awaiting = unarmed }

// await waits until condition holds, or ctx ends. Only the worker that has the reader
// calls it. Meanwhile others perform the calls that are ready.
func (s *session) await(ctx context.Context, condition func(*sessionState) bool) error {
	var met chan struct{}
	s.update(func(st *sessionState) {
		if condition(st) {
			return
		}
		met = make(chan struct{})
		st.condition, st.met, st.holder = condition, met, blocked
	})
	if met == nil {
		return nil
	}
	defer s.update(func(st *sessionState) { st.condition, st.holder = nil, taken })
	select {
	case <-met:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// block runs wait, which may wait for the peer. Only the worker that has the reader
// calls it. Meanwhile others perform the calls that are ready.
func (s *session) block(wait func()) {
	s.update(func(st *sessionState) { st.holder = blocked })
	wait()
	s.update(func(st *sessionState) { st.holder = taken })
}

// idle reports whether nothing is under way.
func (st *sessionState) idle() bool { return st.busy == 0 }

// done ends what busy counted.
func (st *sessionState) done() { st.busy-- }

// save frees what only calls need. There are none.
func (st *sessionState) save() {
	st.calls, st.ready = nil, callList{}
	if l := &st.lone; !l.ticking {
		l.timer, l.watch = nil, nil
	}
}

// retire removes the call with an ID: from now on the peer may use the ID again. It
// reports whether the call was the only one.
func (s *session) retire(id uint64) (alone bool) {
	s.update(func(st *sessionState) {
		delete(st.calls, id)
		alone = len(st.calls) == 0
	})
	return alone
}

// cancel cancels the call with an ID; it does nothing if there is none.
func (s *session) cancel(id uint64) {
	s.update(func(st *sessionState) {
		if c := st.calls[id]; c != nil {
			c.cancelled = true
			c.Cancel()
		}
	})
}

// cancelAll cancels every call, those in the queue included.
func (s *session) cancelAll() {
	s.update(func(st *sessionState) {
		st.gone = true
		for _, c := range st.calls {
			c.cancelled = true
			c.Cancel()
		}
		if st.classic != nil {
			st.classic.Cancel()
		}
	})
}

// A callList is a list of calls, first in, first out. The zero value is empty.
type callList struct {
	calls []*call
	next  int // the first that wasn't taken
}

func (l *callList) len() int { return len(l.calls) - l.next }

func (l *callList) add(c *call) { l.calls = append(l.calls, c) }

// take removes and returns the first call; nil if there is none.
func (l *callList) take() *call {
	if l.len() == 0 {
		return nil
	}
	c := l.calls[l.next]
	l.calls[l.next] = nil
	if l.next++; l.len() == 0 {
		l.calls, l.next = l.calls[:0], 0
	}
	return c
}
