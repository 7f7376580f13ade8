package tpp

import "context"

// performClassic performs the one call of a classic connection, which came by frames, in
// the goroutine that reads. Calls of persistent mode that came before it end first.
func (s *session) performClassic(ctx context.Context, c *call, frames *frameReader) error {
	if err := s.settle(); err != nil {
		c.frame.free()
		return err
	}
	if err := s.conn.Acquire(ctx); err != nil {
		c.free()
		return err
	}
	s.flush() // a worker may hold answers to the calls before, which come first
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
