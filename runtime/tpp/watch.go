package tpp

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// A watch is the task that notices when the peer is gone while calls are under way and no
// more requests are read. It throws away what comes.
type watch struct {
	session *session
	gone    error // why the peer is gone; nil if it isn't
}

// watch begins to watch the peer of c, which is classic, unless c has ended.
func (s *session) watch(c *call) {
	s.startWatch(&watch{session: s}, func(st *sessionState) bool { return st.classic == c })
}

// unwatch ends the watch of the classic call, which has ended.
func (s *session) unwatch() {
	s.update(func(st *sessionState) { st.classic = nil })
	s.stopWatch()
}

// settle waits until nothing is under way, and watches the peer meanwhile. It returns why
// the peer is gone; nil if it isn't. Only the worker that has the reader calls it, when no
// more requests are read.
//
// A peer that closes its half may only have sent all that it wants to, or may have left
// without waiting for its calls. They have some time left, and are cancelled then.
func (s *session) settle() error {
	w := &watch{session: s}
	if !s.startWatch(w, func(st *sessionState) bool { return !st.idle() }) {
		return nil
	}
	s.await(context.Background(), func(st *sessionState) bool { return st.idle() || !st.watched })
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.await(wait, (*sessionState).idle) != nil {
		s.cancelAll()
		s.await(context.Background(), (*sessionState).idle)
	}
	s.stopWatch()
	return w.gone
}

// startWatch starts w if condition holds, and reports whether it does. Drain doesn't end
// the watch.
func (s *session) startWatch(w *watch, condition func(*sessionState) bool) (begins bool) {
	s.update(func(st *sessionState) {
		if begins = condition(st); begins {
			st.watched = true
			st.stopReading()
			s.conn.SetReadDeadline(time.Time{})
		}
	})
	if begins {
		s.start(w)
	}
	return begins
}

// stopWatch ends the watch, if there is one, and waits for its end. The read deadline has
// passed then.
func (s *session) stopWatch() {
	s.update(func(st *sessionState) {
		st.stopReading()
		s.conn.SetReadDeadline(longAgo)
	})
	s.await(context.Background(), func(st *sessionState) bool { return !st.watched })
}

// Run cancels every call when the connection breaks, or the peer sends without end. It
// doesn't when the peer closes its half: that may still wait for answers.
func (w *watch) Run(context.Context) {
	err := discard(w.session.conn)
	if err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.gone = err
		w.session.cancelAll()
	}
	w.session.update(func(st *sessionState) { st.watched = false })
}
