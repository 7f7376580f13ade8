package tpp

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// performClassic performs the one call of a classic connection, which came by frames, in
// the goroutine that reads. Calls of persistent mode that came before it end first.
func (s *session) performClassic(ctx context.Context, c *call, frames *frameReader) error {
	s.await(context.Background(), (*sessionState).idle)
	if err := s.conn.Begin(ctx); err != nil {
		c.frame.free()
		return err
	}
	s.update(func(st *sessionState) { st.classic = c })
	c.Watch = func() { s.watch(c) }
	func() {
		defer s.unwatch()
		c.perform(ctx)
		s.out.finish() // the calls before may have left answers
	}()
	if frames.unread() {
		linger(s.conn.Conn, patience)
	}
	return nil
}

// A watch is the task that notices when the peer of a classic call is gone.
type watch struct{ call *call }

// watch begins to watch the peer of c, unless c has ended. Nothing else reads meanwhile,
// and drain doesn't end it.
func (s *session) watch(c *call) {
	begins := false
	s.update(func(st *sessionState) {
		if begins = st.classic == c; begins {
			st.busy++
			st.stopReading()
			s.conn.SetReadDeadline(time.Time{})
		}
	})
	if begins {
		s.start(watch{c})
	}
}

// unwatch ends the watch of the classic call, which has ended.
func (s *session) unwatch() {
	s.update(func(st *sessionState) {
		st.classic = nil
		st.stopReading()
		s.conn.SetReadDeadline(longAgo)
	})
	s.await(context.Background(), (*sessionState).idle)
}

// Run cancels the call when its connection breaks. A peer that closes its half may still
// wait for the answer, and one that goes on sending isn't gone.
func (w watch) Run(context.Context) {
	s := w.call.session
	defer s.update((*sessionState).done)
	const most = 64 << 10
	buf := newBuffer()
	defer buf.free()
	for n := 0; n < most; {
		m, err := s.conn.Read(buf.b[:cap(buf.b)])
		n += m
		if err != nil {
			if err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
				w.call.Cancel()
			}
			return
		}
	}
}
