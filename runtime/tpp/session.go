package tpp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// protocol is what a server says on its connections.
type protocol struct{}

// ServeConn answers the requests that come on c. A worker reads them, as long as they
// come. On a connection that nothing comes on for a while, it's the goroutine of
// Serve that waits: it has never done anything else, so its stack is as small as
// they are. What it calls here is chosen with that in mind.
func (protocol) ServeConn(ctx context.Context, c *transport.Conn) error {
	s := newSession(c)
	c.OnDrain(s.drain)
	for {
		s.resume(ctx)
		<-s.rests
		if s.err != errQuiet {
			return s.err
		}
		s.frames.doze(c.Conn)
	}
}

// newSession returns what is known of c at first. If it were a part of Serve, its room on
// the stack would stay taken.
//
//go:noinline
func newSession(c *transport.Conn) *session {
	s := &session{
		conn:  c,
		out:   writer{conn: c, limit: c.Limits().Write},
		armed: unarmed,
		rests: make(chan struct{}),
	}
	s.frames = frameReader{src: c, limit: c.Limits().Frame, wait: s.arm}
	return s
}

// errQuiet is why a worker stops reading: nothing has come for a while.
var errQuiet = errors.New("the connection is quiet")

// Refuse answers a request that hasn't come yet, and perhaps never does.
func (protocol) Refuse(c net.Conn, err *runtime.Error) {
	if _, err := c.Write(endFrame(envelope.AppendError(beginFrame(nil), 0, err))); err == nil {
		linger(c, patience)
	}
}

// A session is one connection, as the server sees it.
type session struct {
	conn   *transport.Conn
	frames frameReader
	out    writer

	rests chan struct{} // gets a value when a worker doesn't read any more
	err   error         // why it doesn't

	// What only the goroutine that reads touches.
	armed  phase // what the read deadline was set for
	begun  int   // requests that have come
	idle   int   // what begun was when the deadline was set
	quiet  bool  // none has come for a while
	goaway bool  // the peer was asked to leave
	woken  bool  // hasten may have ended a read

	token  string // of the last request
	action string

	persistent bool // a request had an id

	known    atomic.Bool // a request has come
	draining atomic.Bool // the server stops

	wait  sync.WaitGroup // for the calls of persistent mode, or the watch of classic
	mu    sync.Mutex
	work  work
	calls map[uint64]*call // those under way, and those that wait for room
	queue queue            // those that wait for room
	gone  bool             // nobody waits for any answer
	over  bool             // the classic call has ended: there's nothing to watch
}

const (
	unarmed phase = -1

	// patience is how long a peer has to take notice of a goaway or an error.
	patience = 5 * time.Second

	// quietAfter is when a connection without calls gives back what it needs for
	// them only.
	quietAfter = 10 * time.Second

	// maxSkipped bounds the frames over the limit that persistent mode skips, so
	// that they cost their own call only.
	maxSkipped = 64 << 20

	// lastMoment is how long a connection that hasn't brought a request yet has
	// to do so once the server stops.
	lastMoment = time.Second
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// arm sets the deadline of a read, if it waits for something else than the
// read before.
func (s *session) arm(p phase) {
	if p == s.armed {
		return
	}
	s.armed, s.idle = p, s.begun
	l := s.conn.Limits()
	limit := l.Idle
	if !s.quiet {
		limit = min(max(limit, 0), quietAfter)
		if l.Idle == 0 {
			limit = quietAfter
		}
	} else if l.Idle > 0 {
		limit = max(l.Idle-quietAfter, time.Nanosecond)
	}
	switch {
	case p == body:
		limit = l.Body
	case p == header:
		limit = l.Header
	case s.goaway:
		limit = patience
	case s.begun == 0:
		limit = l.Header
	}
	s.conn.SetReadDeadline(after(limit))
	if p == between && !s.goaway && s.draining.Load() {
		s.hasten() // it may have come too early for this deadline
	}
}

// after returns the deadline for something that may take d; 0 is for ever.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// drain makes the reader take notice that the server stops.
func (s *session) drain() {
	s.draining.Store(true)
	s.hasten()
}

// hasten ends the read that waits for a request: at once, or in the last moment if none
// has come so far. That may be because TLS is still shaking hands, which can't
// go on after a deadline has passed.
func (s *session) hasten() {
	if s.known.Load() {
		s.conn.SetReadDeadline(longAgo)
	} else {
		s.conn.SetReadDeadline(after(lastMoment))
	}
}

// gather reads requests until there are calls to be performed, and then as long as
// more have come already. It reports whether that's over, and why: nil is the good end.
// Apart from errQuiet, the calls under way have ended then.
func (s *session) gather(ctx context.Context) (over bool, err error) {
	for ready := 0; ready == 0 || ready < batch && s.frames.ready(); {
		frame, err := s.frames.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			switch err = s.late(); err {
			case nil:
				continue
			case errQuiet:
				return true, err
			}
		}
		if err != nil {
			if skipped := new(errSkipped); errors.As(err, skipped) && skipped.id != 0 {
				s.armed = unarmed
				s.refuse(ctx, skipped.id, skipped.error)
				continue
			}
			return true, s.end(ctx, err)
		}
		s.begun++
		if s.armed != between {
			s.armed = unarmed // the next one has its own time
		}
		if s.begun == 1 || s.quiet {
			s.armed = unarmed // for another time than so far
			s.quiet = false
			s.known.Store(true)
		}
		c := &call{session: s, frame: frame, request: request{Token: s.token, Action: s.action}}
		if err := envelope.ParseRequest(frame.b, s.conn.Limits().Depth, &c.request); err != nil {
			id := c.ID
			s.recognize(id)
			frame.free()
			if id == 0 {
				return true, s.end(ctx, err)
			}
			s.refuse(ctx, id, err)
			continue
		}
		s.recognize(c.ID)
		s.token, s.action = c.request.Token, c.Action
		switch {
		case c.Cancels:
			s.cancel(c.ID)
			frame.free()
		case c.ID == 0:
			s.share(ctx)
			s.wait.Wait()
			return true, s.classic(ctx, c)
		default:
			here, err := s.start(ctx, c)
			if err != nil {
				frame.free()
				return true, s.end(ctx, err)
			}
			if here {
				ready++
			}
		}
	}
	return false, nil
}

// refuse answers a request that can't be read.
func (s *session) refuse(ctx context.Context, id uint64, err error) {
	s.share(ctx)
	s.sendError(id, runtime.AsError(err), false)
}

// recognize takes notice that a peer knows persistent mode.
func (s *session) recognize(id uint64) {
	if id != 0 {
		s.persistent, s.frames.skips = true, maxSkipped
	}
}

// late decides what it means that a deadline has passed: nil is to go on, errQuiet
// to go on in the goroutine of Serve.
func (s *session) late() error {
	waited := s.armed
	s.armed = unarmed
	l := s.conn.Limits()
	draining := s.draining.Load()
	early := draining && !s.woken // perhaps it's only hasten that has ended the read
	s.woken = draining
	switch {
	case s.frames.phase() == body && waited == body && !early:
		return runtime.Errorf(runtime.Failed, "the request took longer than %v", l.Body)
	case s.frames.phase() == header && waited == header && !early:
		return runtime.Errorf(runtime.Failed, "the header took longer than %v", l.Header)
	case s.frames.phase() != between:
		return nil
	case s.begun == 0:
		return io.EOF
	case s.goaway && s.underWay() == 0:
		return io.EOF
	case s.goaway:
		return nil
	case !draining && (s.begun != s.idle || s.underWay() > 0):
		return nil
	case !draining && !s.quiet && (s.conn.Limits().Idle == 0 || s.conn.Limits().Idle > quietAfter):
		s.quiet = true
		s.save()
		s.frames.small()
		s.arm(between)
		return errQuiet
	}
	s.goaway = true
	return s.send(append(beginFrame(nil), envelope.Goaway...), false)
}

// save gives back what is of use for calls only.
func (s *session) save() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.action = "", ""
	if len(s.calls) == 0 {
		s.calls = nil
	}
	if w := &s.work; !w.ticking {
		w.ticker, w.relieve = nil, nil
	}
	s.work.ready = nil
}

func (s *session) underWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// end waits for the calls under way, and tells the peer of err if that is
// worth telling. The peer's leaving is no error, but the end of its calls.
func (s *session) end(ctx context.Context, err error) error {
	s.share(ctx)
	var told *runtime.Error
	switch {
	case err == io.EOF && s.begun == 0 && s.armed != unarmed:
		told = envelope.ErrEmpty // the peer may have closed its half only
	case errors.As(err, &told):
	case errors.As(err, new(errCutShort)):
		told = runtime.AsError(err) // it may have closed its half here, too
		s.cancelAll()
	default:
		s.cancelAll()
	}
	s.wait.Wait()
	s.out.settle() // what a worker holds that is about to send it
	if told == nil {
		if err == io.EOF {
			return nil
		}
		return err
	}
	b := newBuffer()
	defer b.free()
	b.b = envelope.AppendEnd(beginFrame(b.b), s.persistent, told)
	if s.send(b.b, true) == nil {
		linger(s.conn.Conn, patience)
	}
	return told
}

// start begins a call of persistent mode, and reports whether it's ready to be
// performed by whoever works next. An error ends the connection.
func (s *session) start(ctx context.Context, c *call) (ready bool, err error) {
	if s.out.full.Load() { // who doesn't read answers gets no more calls
		s.share(ctx)
		s.out.relax(ctx)
	}
	begins := s.conn.TryBegin()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[c.ID] != nil {
		if begins {
			s.conn.Finish()
		}
		return false, runtime.Errorf(runtime.Failed, "call %d is under way already", c.ID)
	}
	if s.calls == nil {
		s.calls = make(map[uint64]*call)
	}
	s.calls[c.ID] = c
	if len(s.queue.calls) > 0 && begins { // not to overtake
		s.conn.Finish()
		begins = false
	}
	if !begins {
		s.ask(ctx)
		return false, s.enqueue(ctx, c)
	}
	s.wait.Add(1)
	if a := s.conn.Core().Action(c.Action); a != nil && a.Stream {
		s.conn.Go(ctx, c)
		return false, nil
	}
	s.work.ready = append(s.work.ready, c)
	return true, nil
}

// cancel cancels a call, if it is still under way.
func (s *session) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.calls[id]; c != nil {
		c.left = true
		c.Cancel()
	}
}

// cancelAll cancels every call under way, and those that wait.
func (s *session) cancelAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	if s.queue.leave != nil {
		s.queue.leave()
	}
	for _, c := range s.calls {
		c.left = true
		c.Cancel()
	}
}

// finish forgets a call, and reports whether it was the only one.
func (s *session) finish(id uint64) (alone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
	return len(s.calls) == 0
}

// classic performs the one call of a classic connection.
func (s *session) classic(ctx context.Context, c *call) error {
	if err := s.conn.Begin(ctx); err != nil {
		c.frame.free()
		return err
	}
	c.Watch = func() { s.watch(c) }
	c.perform(ctx)
	s.out.settle() // if calls of persistent mode came before it
	s.unwatch()
	if s.frames.unread() {
		linger(s.conn.Conn, patience)
	}
	return nil
}

// watch cancels c when the peer is gone: when its connection breaks. That it
// closes its half says nothing, since it may still wait for the answer.
func (s *session) watch(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.conn.SetReadDeadline(time.Time{})
	s.wait.Go(func() {
		const most = 64 << 10 // a peer that goes on talking isn't gone
		buf := newBuffer()
		defer buf.free()
		for n := 0; n < most; {
			m, err := s.conn.Read(buf.b[:cap(buf.b)])
			n += m
			if err != nil {
				if err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
					c.Cancel()
				}
				return
			}
		}
	})
}

// unwatch ends what watch began.
func (s *session) unwatch() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.conn.SetReadDeadline(longAgo)
	s.wait.Wait()
}

// send sends what was appended after beginFrame.
func (s *session) send(b []byte, alone bool) error {
	return s.sent(s.out.send(endFrame(b), alone, true))
}

// sent takes notice that nothing can be sent any more, if err says so.
func (s *session) sent(err error) error {
	if err != nil && err != errFull {
		s.conn.Close() // so that the reader learns of it
	}
	return err
}

// flush sends what is held.
func (s *session) flush() { s.sent(s.out.flush()) }

func (s *session) sendError(id uint64, err *runtime.Error, alone bool) error {
	b := newBuffer()
	defer b.free()
	b.b = envelope.AppendError(beginFrame(b.b), id, err)
	return s.send(b.b, alone)
}

// linger closes the writing half of c and reads on, for a while and up to a
// point, until the peer has closed its own: closing a connection with unread
// input would take away the last answer from the peer.
func linger(c net.Conn, patience time.Duration) {
	const most = 64 << 20
	half, ok := c.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	end := time.Now().Add(patience)
	c.SetReadDeadline(end)
	buf := newBuffer()
	defer buf.free()
	for n := 0; n < most; {
		m, err := c.Read(buf.b[:cap(buf.b)])
		n += m
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(end):
			c.SetReadDeadline(end) // it was another one, of a server that stops
		default:
			return
		}
	}
}
