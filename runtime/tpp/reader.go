package tpp

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A reader reads the requests of a session. It belongs to one goroutine at a time, which
// has it from session.state and gives it back there.
type reader struct {
	session *session
	frames  frameReader
	err     error // why nothing more is read, for now or for good; see read

	armed    phase         // what the read deadline was set for
	requests int           // those that have come
	before   int           // what requests was when the deadline was set
	early    bool          // the deadline is that of a newcomer
	since    time.Time     // when an early deadline was set
	spent    time.Duration // of the time for the phase spentOn, before the peer was known
	spentOn  phase
	quiet    bool // nothing has come for a while
	goaway   bool // the peer was asked to leave
	told     bool // the peer knows why nothing more is read

	pinged  bool          // the peer has asked for a sign of life: it gives some as well
	silence time.Duration // how long it hasn't since

	persistent bool    // a request had an ID
	upload     *upload // what the last item was for; nil if a call has come since
	token      string  // of the last request; the next mostly has the same
	action     string
}

const (
	unarmed phase = -1

	// batch is how many calls are read before they are performed.
	batch = 64

	// quietAfter is how long a connection is without calls before it frees what only
	// calls need.
	quietAfter = 10 * time.Second

	// maxSkipped bounds the requests over the limit of which persistent mode refuses the
	// call only. For a longer one, the connection is closed.
	maxSkipped = 64 << 20

	// vanishedAfter is how long nothing may come from a peer that pings while calls are
	// under way. It pings every 30 s.
	vanishedAfter = 100 * time.Second
)

var (
	// errQuiet is why a worker stops reading when nothing has come for a while.
	errQuiet = errors.New("the connection is quiet")

	// errVanished is why a connection with calls is closed whose peer no longer says that it
	// waits for them.
	errVanished = errors.New("the peer has vanished")

	// errTimeUp is why a connection is closed when its peer hasn't sent anything, or
	// hasn't left after a goaway.
	errTimeUp = errors.New("the peer's time is up")
)

// read reads requests until calls are ready, and then as long as more have come already.
// It reports true if there is nothing to read any more. Then r.err says why: errQuiet is
// for now, everything else for good, when every call has ended; nil is the good end.
func (r *reader) read(ctx context.Context) (over bool) {
	s, req := r.session, new(request)
	for ready := 0; ready == 0 || ready < batch && r.frames.ready(); {
		if r.item(req) {
			continue
		}
		frame, err := r.next(req)
		switch {
		case err == errQuiet:
			r.err = err
			return true
		case err != nil:
			r.err = r.close(err)
			return true
		case frame == nil:
		case req.Cancels:
			s.cancel(req.ID)
			frame.free()
		case req.ID != 0 && (req.Item != nil || req.Ends):
			r.upload = s.uploaded(frame, req)
		case req.Pings:
			frame.free()
			if err := r.pong(req.ID); err != nil {
				r.err = r.close(err)
				return true
			}
		case req.ID == 0:
			r.err = s.performClassic(ctx, newCall(s, frame, req), &r.frames)
			return true
		default:
			r.upload = nil // its id may be used again
			c := newCall(s, frame, req)
			added, err := s.accept(ctx, c)
			if err != nil {
				c.free()
				r.err = r.close(err)
				return true
			}
			if added {
				ready++
			}
		}
	}
	return false
}

// next reads the next request into req, and returns the frame that holds it. It returns nil
// if there is none, but the connection goes on: a request was refused, or a deadline passed
// that doesn't matter.
func (r *reader) next(req *request) (*buffer, error) {
	frame, err := r.frames.next()
	if err != nil {
		return nil, r.failed(err)
	}
	r.came()
	*req = request{Token: r.token, Action: r.action}
	err = envelope.ParseRequest(frame.b, r.session.conn.Limits().Depth, req)
	if req.ID != 0 {
		r.persistent, r.frames.skips = true, maxSkipped
	}
	if err == nil {
		if req.Item == nil {
			r.token, r.action = req.Token, req.Action
		}
		return frame, nil
	}
	frame.free()
	if req.ID == 0 || r.taken(req.ID) {
		return nil, err
	}
	r.refuse(req.ID, err)
	return nil, nil
}

// came notes that a request has come.
func (r *reader) came() {
	if r.armed != between || r.requests == 0 || r.quiet {
		r.armed = unarmed // the next request has a time of its own
	}
	r.requests++
	r.quiet = false
}

// item reads the next request without copying it, if all of it has come and it is another
// item of the last upload. It reports false for everything else, which it leaves to next.
func (r *reader) item(req *request) bool {
	if r.upload == nil {
		return false
	}
	frame, end, ok := r.frames.peek()
	if !ok || !envelope.ParseItem(frame, r.session.conn.Limits().Depth, req) || req.ID != r.upload.call.id {
		return false
	}
	r.frames.r = end
	r.came()
	r.upload.add(len(frame), req)
	return true
}

// failed returns why the connection is over, or quiet, when reading a frame ended with
// err; nil if neither is so.
func (r *reader) failed(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return r.late()
	}
	var long errTooLong
	if errors.As(err, &long) && long.id != 0 {
		return r.tooLong(long)
	}
	return err
}

// tooLong answers a request that is over the limit. If it wasn't skipped, nothing more can
// be read: the peer is asked to leave first, and the error that ends the connection has no
// news for it.
func (r *reader) tooLong(err errTooLong) error {
	s := r.session
	switch {
	case r.taken(err.id):
		return err.error
	case err.skipped:
		r.armed = unarmed
		r.refuse(err.id, err.error)
		return nil
	}
	r.persistent, r.told = true, true
	s.block(func() { s.send(append(beginFrame(nil), envelope.Goaway...), false) })
	r.refuse(err.id, err.error)
	return err.error
}

// taken reports whether a call with this id is under way.
func (r *reader) taken(id uint64) (taken bool) {
	r.session.update(func(st *sessionState) { taken = st.calls[id] != nil })
	return taken
}

// refuse answers a request that can't be read.
func (r *reader) refuse(id uint64, err error) {
	r.session.block(func() { r.session.sendError(id, runtime.AsError(err), false) })
}

// arm sets the deadline of the next read, which waits for p, unless it's that of the read
// before.
func (r *reader) arm(p phase) {
	if p == r.armed {
		return
	}
	r.armed, r.before, r.early = p, r.requests, false
	s := r.session
	s.update(func(st *sessionState) {
		st.awaiting, st.heard = p, r.requests > 0
		var end time.Time
		switch {
		case p == between && r.goaway:
			end = after(r.limit(p))
		case p == between && st.draining:
			end = st.lastRead()
		default:
			limit := r.limit(p)
			if r.spentOn == p && limit > 0 {
				limit = max(limit-r.spent, time.Nanosecond)
			}
			if end, r.early = s.conn.By(limit); r.early {
				r.since = time.Now()
			}
		}
		r.spent = 0
		s.conn.SetReadDeadline(end)
	})
}

// limit returns how long the peer may take for p; 0 is no limit.
func (r *reader) limit(p phase) time.Duration {
	l := r.session.conn.Limits()
	switch {
	case p == body:
		return l.Body
	case p == header:
		return l.Header
	case r.goaway:
		return patience
	case r.requests == 0:
		return l.Header
	case r.quiet && l.Idle > 0:
		return max(l.Idle-quietAfter, time.Nanosecond)
	case r.quiet:
		return 0
	case l.Idle > 0:
		return min(l.Idle, quietAfter)
	}
	return quietAfter
}

// late decides what it means that a deadline has passed. It returns nil if the connection
// goes on.
func (r *reader) late() error {
	s, waited, phase := r.session, r.armed, r.frames.phase()
	r.armed = unarmed
	var draining, calls bool
	s.update(func(st *sessionState) { draining, calls = st.draining, len(st.calls) > 0 })
	l := s.conn.Limits()
	switch {
	case r.early && phase != between:
		if err := s.conn.Late(); err != nil {
			return err
		}
		r.spent, r.spentOn = time.Since(r.since), waited // it isn't a newcomer any more
		return nil
	case r.early && r.requests > 0 && !r.goaway:
		if s.conn.Late() == nil {
			return nil
		}
	case phase == body && waited == body:
		return runtime.OverLimit.Errorf("the request took longer than %v", l.Body)
	case phase == header && waited == header:
		return runtime.OverLimit.Errorf("the header took longer than %v", l.Header)
	case phase != between:
		return nil // part of it came with the last moment
	case r.requests == 0:
		return errTimeUp
	case r.goaway && !calls:
		return errTimeUp
	case r.goaway:
		return nil
	case !draining && calls && r.pinged && r.vanished():
		return errVanished
	case !draining && (r.requests != r.before || calls):
		return nil
	case !draining && !r.quiet && (l.Idle == 0 || l.Idle > quietAfter):
		r.save()
		return errQuiet
	}
	r.goaway = true
	return s.send(append(beginFrame(nil), envelope.Goaway...), false)
}

// pong answers a ping.
func (r *reader) pong(id uint64) error {
	s := r.session
	var taken bool
	s.update(func(st *sessionState) { taken = st.calls[id] != nil })
	if taken {
		return runtime.BadRequest.Errorf("call %d is under way already", id)
	}
	r.pinged = true
	b := newBuffer()
	defer b.free()
	b.b, _ = envelope.AppendResponse(beginFrame(b.b), id, false, nil)
	s.block(func() { s.send(b.b, false) })
	return nil
}

// vanished counts a wait that has brought nothing, and reports whether it was one too many.
func (r *reader) vanished() bool {
	if r.requests != r.before {
		r.silence = 0
	} else {
		r.silence += r.limit(between)
	}
	return r.silence >= vanishedAfter
}

// save frees what only calls need, and sets the deadline of the wait for the next one.
func (r *reader) save() {
	r.quiet = true
	r.token, r.action, r.upload = "", "", nil
	r.frames.small()
	r.session.update((*sessionState).save)
	r.arm(between)
}

// close ends the calls of a connection on which nothing more is read, because of err. It
// tells the peer why, if it can, and returns the error for the log: nil if the peer left,
// which cancels its calls.
func (r *reader) close(err error) error {
	s := r.session
	s.update((*sessionState).stopReading)
	var told *runtime.Error
	switch {
	case err == io.EOF && r.requests == 0:
		told = envelope.ErrEmpty // the peer may have closed its half only
	case errors.As(err, &told):
	case errors.As(err, new(errCutShort)):
		told = runtime.BadRequest.Errorf("%w", err) // here, too
		s.cancelAll()
	default:
		s.cancelAll()
	}
	s.settle()
	s.out.finish() // a worker may hold answers that it's about to write
	r.frames.forget()
	if told == nil {
		if err == io.EOF || err == errTimeUp {
			return nil
		}
		return err
	}
	var failed error
	if !r.told {
		b := newBuffer()
		defer b.free()
		b.b = envelope.AppendEnd(beginFrame(b.b), r.persistent, told)
		failed = s.send(b.b, true)
	}
	if failed == nil {
		linger(s.conn.Conn, patience)
	}
	return told
}
