package tpp

import (
	"context"
	"errors"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file finds shared connections that are dead without having been closed: the peer's
// machine has vanished, or a device in between has forgotten the connection.
//
// A connection is doubted when a call on it runs into its deadline, or has waited for a beat
// or two, and nothing has come since the call began. Then the peer is asked for a sign of
// life, which it gives without its handlers. A connection that had no calls for a while is
// doubted, too, and asked when it's needed. Calls that begin meanwhile use other
// connections. Whatever comes ends the doubt. If nothing does, calls with a deadline run
// into it, and the others fail after longSilent beats.

const (
	// beat is how often a connection with calls is looked at.
	beat = 10 * time.Second

	// longIdle is the number of beats without calls after which a connection is doubted.
	longIdle = 3

	// longSilent is the number of beats after which a connection is closed that was asked
	// for a sign of life. A peer whose queue is full may not read for a minute.
	longSilent = 8

	// longMute is the number of beats after which a client that waits, and has written
	// nothing, pings, so that the peer knows that it's there.
	longMute = 3

	// hesitation is how long no connection is opened because one that was asked, or the
	// first call, may be answered.
	hesitation = 50 * time.Millisecond

	// probeTime is how long Connect waits for a connection and its sign of life.
	probeTime = 5 * time.Second

	// piece is how much is written at once, so that progress can be seen.
	piece = 256 << 10
)

// errSilent is why a connection ends that gives no sign of life.
var errSilent = errors.New("the connection is silent: there was no answer to a ping")

// A source is what comes on a connection.
type source struct{ *conn }

// Read ends the doubt about the connection if something comes.
func (s source) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if n > 0 {
		s.heard.Add(1)
		if s.doubted.Load() {
			s.trust()
		}
	}
	return n, err
}

// A sink is where to write on a connection.
type sink struct{ *conn }

// Write writes p in pieces, and counts them.
func (s sink) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var wrote int
		wrote, err = s.Conn.Write(p[n:min(n+piece, len(p))])
		n += wrote
		s.wrote.Add(1)
	}
	return n, err
}

// A pulse is what a shared connection was like at its last beat. There are no beats while the
// connection is doubted for being idle.
type pulse struct {
	timer  *time.Timer
	heard  uint64 // conn.heard
	wrote  uint64 // conn.wrote
	lastID uint64
	idle   int // beats without calls
	silent int // beats that brought nothing since the connection was asked
	mute   int // beats in which nothing was written
}

// startPulse makes the next beat come after the usual time; it is called within update.
func (cn *conn) startPulse(s *connState) {
	if s.err != nil {
		return
	}
	if s.pulse.timer == nil {
		s.pulse.timer = time.AfterFunc(beat, cn.beat)
	} else {
		s.pulse.timer.Reset(beat)
	}
	s.pulse.idle = 0
}

// beat looks at the connection.
func (cn *conn) beat() {
	var ask, tell, silent, idle bool
	cn.update(func(s *connState) {
		if s.err != nil || s.leaving {
			return // after a goaway, the peer may do nothing but answer its calls
		}
		heard, wrote := cn.heard.Load(), cn.wrote.Load()
		p := &s.pulse
		writes := wrote != p.wrote
		if p.mute++; writes {
			p.mute = 0
		}
		switch {
		case heard != p.heard:
			p.idle = 0
			tell = len(s.waiting) > 0 && p.mute >= longMute
		case s.asked:
			if !writes || p.silent == 0 { // otherwise a long request is on its way
				p.silent++
			}
			silent = p.silent == 1
			if p.silent >= longSilent || p.silent > 1 && !s.awaited() {
				s.err = cn.lost(errSilent)
			}
		case len(s.waiting) > 0:
			p.idle = 0
			for id := range s.waiting {
				ask = ask || id <= p.lastID
			}
		default:
			p.idle++
			idle = p.idle >= longIdle
		}
		p.heard, p.wrote, p.lastID = heard, wrote, s.lastID
		if s.err == nil && !idle {
			p.timer.Reset(beat)
		}
	})
	switch {
	case ask:
		cn.ask()
	case tell:
		cn.tell()
	case silent:
		cn.end.peer.Report(balance.Silent)
	case idle:
		cn.doubt()
	}
}

// awaited reports whether a caller waits for an answer.
func (s *connState) awaited() bool {
	for _, w := range s.waiting {
		if w != nil {
			return true
		}
	}
	return false
}

// doubt keeps new calls from cn until something comes.
func (cn *conn) doubt() {
	cn.trusting.Lock()
	cn.end.unshare(cn)
	busy := false
	cn.update(func(s *connState) {
		busy = len(s.waiting) > 0 // a call has begun meanwhile
		s.doubted = true
		cn.doubted.Store(true)
	})
	cn.trusting.Unlock()
	if busy {
		cn.ask()
	}
}

// ask doubts cn and sends a ping, unless one is out.
func (cn *conn) ask() {
	var id uint64
	cn.trusting.Lock()
	cn.end.unshare(cn)
	cn.update(func(s *connState) {
		if s.err != nil || s.leaving || s.asked {
			return
		}
		s.asked, s.doubted = true, true
		cn.doubted.Store(true)
		s.pulse.silent = 0
		id = s.newPing(nil)
		cn.attend(s)
		cn.startPulse(s)
	})
	cn.trusting.Unlock()
	if id != 0 {
		cn.end.asks()
		cn.sendPing(id)
	}
}

// trust ends the doubt about cn. If there are enough other connections by now, cn is left
// when its calls have ended.
func (cn *conn) trust() {
	cn.trusting.Lock()
	defer cn.trusting.Unlock()
	back := false
	cn.update(func(s *connState) {
		back = s.doubted && s.err == nil && !s.leaving
		s.doubted, s.asked = false, false
		cn.doubted.Store(false)
	})
	if !back {
		return
	}
	kept := cn.end.add(cn, cn.end.maxShared())
	cn.update(func(s *connState) {
		s.leaving = s.leaving || !kept
		cn.startPulse(s)
	})
	cn.end.trusts()
}

// tell sends a ping, so that the peer knows that this end is there.
func (cn *conn) tell() {
	var id uint64
	cn.update(func(s *connState) {
		if s.err == nil && !s.leaving {
			id = s.newPing(nil)
		}
	})
	if id != 0 {
		cn.sendPing(id)
	}
}

// newPing returns the id of a ping whose answer is for w, which may be nil.
func (s *connState) newPing(w *waiter) uint64 {
	if s.waiting == nil {
		s.waiting = make(map[uint64]*waiter)
	}
	s.lastID++
	s.waiting[s.lastID] = w
	return s.lastID
}

// sendPing sends a ping, and doesn't wait for anything.
func (cn *conn) sendPing(id uint64) {
	b := newBuffer()
	defer b.free()
	b.b = envelope.AppendPing(beginFrame(b.b), id)
	frame := endFrame(b.b)
	if !cn.begun.Load() {
		if first, _ := cn.begin(context.Background(), id, frame); first {
			return
		}
	}
	cn.out.sendAnyway(frame)
}

// ping returns nil when the peer has answered a ping. If ctx ends before that, cn is doubted.
func (cn *conn) ping(ctx context.Context) error {
	var w *waiter
	var id uint64
	cn.update(func(s *connState) {
		if s.err == nil && !s.leaving {
			w = s.newWaiter()
			id = s.newPing(w)
			cn.attend(s)
		}
	})
	if id == 0 {
		return errNotSeen
	}
	defer cn.forget(w)
	cn.sendPing(id)
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
	}
	ours := false
	cn.update(func(s *connState) {
		if _, ours = s.waiting[id]; ours {
			s.waiting[id] = nil
		}
	})
	if !ours {
		<-w.done
		return w.err
	}
	cn.ask()
	return ctx.Err()
}

// asks records that a connection is being asked for a sign of life.
func (e *endpoint) asks() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = time.Now()
}

// trusts wakes the calls that wait for a connection.
func (e *endpoint) trusts() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.trusted != nil {
		close(e.trusted)
		e.trusted = nil
	}
}

// trust returns a channel that is closed when a connection is no longer doubted.
func (e *endpoint) trust() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.trusted == nil {
		e.trusted = make(chan struct{})
	}
	return e.trusted
}

// regain reports whether there is a shared connection. If there is none, but some are
// doubted, it asks them for a sign of life, and waits a little.
func (e *endpoint) regain() bool {
	trust := e.trust()
	if e.hasShared() {
		return false // another one is wanted
	}
	e.mu.Lock()
	var doubted []*conn
	for cn := range e.conns {
		if cn.doubted.Load() {
			doubted = append(doubted, cn)
		}
	}
	e.mu.Unlock()
	for _, cn := range doubted {
		cn.ask()
	}
	e.mu.Lock()
	wait := time.Until(e.asked.Add(hesitation))
	e.mu.Unlock()
	if len(doubted) > 0 && wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-trust:
		case <-t.C:
		case <-e.life.Done():
		}
	}
	return e.hasShared()
}

func (e *endpoint) hasShared() bool {
	shared := e.shared.Load()
	return shared != nil && len(*shared) > 0
}

// A vigil watches a stream, which has a connection to itself, in the same way. It pings when
// the stream has waited for a beat or two, and every longMute beats, so that the peer knows
// that its client is there. It ends the stream if nothing comes for longSilent beats.
type vigil struct {
	*loneCall

	// Guarded by conn.mu.
	timer  *time.Timer
	heard  uint64 // conn.heard at the last beat
	waits  uint64 // loneCall.waits at the last beat
	mute   int    // beats since the last ping
	silent int    // beats that brought nothing, though the stream waited
	over   bool
}

// vigil begins a vigil, until stop is called.
func (l *loneCall) vigil() (stop func()) {
	v := &vigil{loneCall: l}
	l.pinged.Store(loneID)
	l.mu.Lock()
	v.timer = time.AfterFunc(beat, v.beat)
	l.mu.Unlock()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		v.over = true
		v.timer.Stop()
	}
}

func (v *vigil) beat() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over || v.end.wire.Classic {
		return
	}
	v.timer.Reset(beat)
	if v.end.mode.Load() != persistent && !v.named.Load() {
		return // the peer may be classic
	}
	heard, waits := v.conn.heard.Load(), v.loneCall.waits.Load()
	quiet := heard == v.heard && waits == v.waits && waits%2 == 1
	v.heard, v.waits = heard, waits
	v.mute++
	if !quiet {
		v.silent = 0
	} else if v.silent++; v.silent > longSilent {
		v.hushed.Store(true)
		v.Close()
		return
	}
	if v.silent == 1 || v.mute >= longMute {
		v.mute = 0
		b := newBuffer()
		b.b = envelope.AppendPing(beginFrame(b.b), v.pinged.Add(1))
		v.out.sendAnyway(endFrame(b.b))
		b.free()
	}
}

// cut returns the error of a stream that a vigil has ended.
func (l *loneCall) cut() error {
	return runtime.Unavailable.Errorf("%w: %v: %w", runtime.ErrStreamCut, l.end.peer, errSilent)
}
