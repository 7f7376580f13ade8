package tpp

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A protocol is the server's side of TPP.
type protocol struct{}

// ServeConn reads the requests that come on c and answers them. It returns when the
// connection is over and every call has ended. The error is nil if the peer left, or was
// asked to leave, in good order.
func (*protocol) ServeConn(ctx context.Context, c *transport.Conn) error {
	// This goroutine lives as long as the connection. Workers do the work, so that its
	// stack stays small; it waits while the connection is quiet.
	parked := make(chan *reader)
	c.Go(ctx, &sessionStart{c, parked})
	for {
		r := <-parked
		if r.err != errQuiet {
			return r.err
		}
		r.frames.doze(c.Conn)
		r.session.release()
	}
}

// A sessionStart is the first task of a connection: it makes the session.
type sessionStart struct {
	conn   *transport.Conn
	parked chan *reader
}

// Run makes the session of the connection, and becomes its first worker.
func (b *sessionStart) Run(ctx context.Context) {
	s := newSession(ctx, b.conn, b.parked)
	b.conn.OnDrain(s.drain)
	workTask{s}.Run(ctx)
}

// Refuse tells a peer why it isn't served, then reads until the peer closes its half: the
// peer may not have sent its request yet.
func (*protocol) Refuse(c net.Conn, err *runtime.Error) {
	if _, err := c.Write(endFrame(envelope.AppendRefusal(beginFrame(nil), err))); err == nil {
		linger(c, patience)
	}
}

// A session is one connection of a server. Only state changes.
type session struct {
	conn   *transport.Conn
	out    writer
	start  func(transport.Task) // runs a task in a goroutine of the server
	parked chan *reader         // gives the reader to the goroutine of ServeConn; reader.err says why

	mu    sync.Mutex
	state sessionState // changed by update only
}

const (
	// patience is how long a peer may take to leave after a goaway or an error.
	patience = 5 * time.Second

	// lastMoment is how long a connection that hasn't brought a request may still take
	// to bring one when the server stops.
	lastMoment = time.Second
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// newSession returns the session of c, for which a worker is on its way.
func newSession(ctx context.Context, c *transport.Conn, parked chan *reader) *session {
	both := new(struct { // one piece of memory: see SCHEDULING.md
		session
		reader
	})
	s, r := &both.session, &both.reader
	s.conn, s.parked = c, parked
	s.out.conn, s.out.limit, s.out.server = c, c.Limits().Write, c
	s.start = func(t transport.Task) { c.Go(ctx, t) }
	s.out.start = func() { c.Go(ctx, postTask{s}) }
	r.session, r.armed = s, unarmed
	r.frames = frameReader{src: c, limit: c.Limits().Frame, wait: r.arm, conn: c}
	s.state = sessionState{reader: r, holder: free, asked: true}
	return s
}

// A postTask writes the frames that were posted.
type postTask struct{ session *session }

// Run performs t.
func (t postTask) Run(context.Context) { t.session.sent(t.session.out.writePosted()) }

// park gives the reader to the goroutine of ServeConn. Only the worker that has the reader
// calls it.
func (s *session) park(r *reader) {
	s.update(func(st *sessionState) { st.reader = r })
	s.parked <- r
}

// release lets a worker have the reader, which is parked.
func (s *session) release() {
	s.update(func(st *sessionState) { st.holder = free })
}

// drain ends a read that waits for the next request, because the server stops. A
// request that has begun to come may still come.
func (s *session) drain() {
	s.update(func(st *sessionState) {
		st.draining = true
		if st.awaiting == between {
			s.conn.SetReadDeadline(st.lastRead())
		}
	})
}

// after returns the deadline for something that may take d; 0 is no limit.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// linger closes the writing half of c and then reads until the peer closes its half,
// patience is over, or too much has come. Closing a connection while input is unread
// would make the peer lose the last answer.
func linger(c net.Conn, patience time.Duration) {
	half, ok := c.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.SetReadDeadline(time.Now().Add(patience))
	discard(c)
}

// errTooMuch is why discard stops reading from a peer that keeps sending.
var errTooMuch = errors.New("the peer keeps sending")

// discard reads from r until that fails, or too much has come. It returns why it stopped.
func discard(r io.Reader) error {
	const most = 64 << 20
	buf := newBuffer()
	defer buf.free()
	for n := 0; n < most; {
		m, err := r.Read(buf.b[:cap(buf.b)])
		if err != nil {
			return err
		}
		n += m
	}
	return errTooMuch
}
