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
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A conn is one connection of a client: for one call (lone.go), or for many
// (shared.go).
type conn struct {
	net.Conn
	end    *endpoint
	frames frameReader // belongs to the goroutine that has set state.reading, or to the lone call
	out    writer

	poke   func()        // makes a read of the leader return
	poked  chan struct{} // gets a value when poke has done so
	ticker *time.Timer   // runs while nothing reads from the connection

	begun     atomic.Bool   // a request was sent
	first     atomic.Uint64 // its id
	beginning sync.Mutex    // held while it is

	heard   atomic.Uint64 // reads that brought something
	wrote   atomic.Uint64 // pieces written
	doubted atomic.Bool   // state.doubted

	trusting sync.Mutex // held while the doubt about the connection begins or ends

	load  atomic.Int64 // len(state.waiting)
	mu    sync.Mutex
	state connState
}

// connState is everything about a connection that changes.
type connState struct {
	waiting map[uint64]*waiter // calls begun and not yet answered, by id; nil for those whose callers have left
	unused  *waiter            // those of calls that have ended
	lastID  uint64
	known   bool        // an id or a goaway has come: the peer is persistent
	leaving bool        // no new calls: the peer or the client wants to end it
	reading bool        // a goroutine reads, or is about to
	ticking bool        // ticker runs
	begun   int         // calls so far
	seen    int         // begun at the last tick
	doubted bool        // it isn't shared until something comes
	asked   bool        // it is doubted, and was asked for a sign of life
	pulse   pulse       // what silence has shown
	late    *time.Timer // ends a connection that can't be written to; nil if it can
	err     error       // why the connection ended; nil while it is up
	ended   bool        // update has done what follows from err
}

func newConn(e *endpoint, nc net.Conn) *conn {
	cn := &conn{
		Conn:  nc,
		end:   e,
		poked: make(chan struct{}, 1),
	}
	cn.out.start = func() { e.wait.Go(func() { cn.out.writePosted() }) }
	cn.frames = frameReader{src: source{cn}, limit: e.peer.MaxFrame()}
	cn.out.conn, cn.out.wait = sink{cn}, &e.wait
	cn.poke = func() {
		cn.SetReadDeadline(longAgo)
		cn.poked <- struct{}{}
	}
	return cn
}

// errNotSeen is why a call ended that the peer can't have seen.
var errNotSeen = balance.Unseen(errors.New("the call was not seen"))

// errUnused is why a connection ends that is leaving and has no calls.
var errUnused = errors.New("the connection is not used any more")

// update applies f. Then it ends the connection if that is leaving and no call waits,
// and ends the calls that wait if the connection has ended.
func (cn *conn) update(f func(s *connState)) {
	cn.mu.Lock()
	s := &cn.state
	f(s)
	if s.leaving && len(s.waiting) == 0 && s.err == nil {
		s.err = errUnused
	}
	ends := s.err != nil && !s.ended
	if ends {
		s.ended, s.leaving = true, true
		if s.late != nil {
			s.late.Stop()
		}
		if s.pulse.timer != nil {
			s.pulse.timer.Stop()
		}
		for id, w := range s.waiting {
			delete(s.waiting, id)
			if w != nil {
				w.end(nil, s.err)
			}
		}
	}
	leaving := s.leaving
	cn.load.Store(int64(len(s.waiting)))
	cn.mu.Unlock()
	if leaving {
		cn.end.unshare(cn)
	}
	if ends {
		cn.end.drop(cn)
	}
}

// fail ends the connection, which has broken.
func (cn *conn) fail(err error) {
	mute := false
	cn.update(func(s *connState) {
		mute = s.err == nil && !s.leaving && !s.known && cn.begun.Load()
	})
	if mute {
		cn.end.peer.Report(balance.NoAnswer) // before callers learn of it
	}
	cn.update(func(s *connState) {
		if s.err == nil {
			s.err = cn.lost(err)
		}
	})
}

// lost returns what a caller is told when the connection has broken.
func (cn *conn) lost(err error) error {
	var e *runtime.Error
	if errors.As(err, &e) {
		if e.Reason == runtime.OverLimit {
			return e
		}
		return runtime.BadResponse.Errorf("%w", e)
	}
	if err == io.EOF {
		return runtime.Unavailable.Errorf("%v closed the connection without an answer", cn.end.peer)
	}
	return runtime.Unavailable.Errorf("%v: %w", cn.end.peer, err)
}

// interruptible makes a read return when ctx ends, until stop is called.
func (cn *conn) interruptible(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	undo := context.AfterFunc(ctx, cn.poke)
	return func() {
		if !undo() {
			<-cn.poked
			cn.SetReadDeadline(time.Time{})
		}
	}
}

// interrupted reports whether err is what interruptible has done.
func interrupted(ctx context.Context, err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil
}

// encode appends the frame of a request to b, but for its header.
func (e *endpoint) encode(ctx context.Context, b *buffer, id uint64, req *runtime.Request) (err error) {
	r := e.peer.Request(req)
	b.b, err = envelope.AppendRequest(beginFrame(b.b), id, envelope.Timeout(ctx), &r)
	return err
}
