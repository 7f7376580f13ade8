package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// A Handler performs the calls of a server. A Mux is one.
type Handler interface {
	// Serve is a Func.
	Serve(ctx context.Context, req *Request, out Responder) error

	// Action returns what is known about an action; nil if nothing is. A server asks
	// before it checks the token.
	Action(name string) *Action
}

// A Server accepts connections and serves their calls. Its fields don't change
// once it serves; it may serve several listeners at once.
type Server struct {
	// Wire is the protocol that peers speak.
	Wire Wire

	// Handler performs the calls.
	Handler Handler

	// Auth checks the token of every call whose action doesn't say that it
	// needs none. There is no default; a server that is open to everybody says so by
	// Anybody.
	Auth Auth

	// Interceptors stand around every call, the first one outermost: around the
	// check of its token, too, and around calls of actions that nobody knows.
	// Those of a Mux stand inside, around the calls that it performs. If nil,
	// there are none.
	Interceptors []Interceptor

	// Limits bound what peers can take.
	Limits Limits

	// Grace is how long calls may go on after the end of Serve's context. If
	// zero, it is 10 s; if negative, they are cut at once. Once Shutdown is called,
	// its context decides that instead, be it sooner or later.
	Grace time.Duration

	// Log gets what goes wrong, and at debug level every call. Tokens and
	// bodies never reach it. If nil, nothing is logged.
	Log *slog.Logger

	peers peers

	mu       sync.Mutex
	stopped  bool
	calls    *places // one for each call under way, on all listeners; made with the first
	conns    int
	refusing int
	serving  map[*serving]struct{}
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return discard
	}
	return s.Log
}

var discard = slog.New(slog.DiscardHandler)

func (s *Server) grace() time.Duration {
	if s.Grace == 0 {
		return 10 * time.Second
	}
	return max(s.Grace, 0)
}

// Serve accepts connections from l and serves them until ctx ends or Shutdown
// is called: then it closes l, lets calls under way finish, cuts those that take too
// long, and returns nil. If ctx has ended, too long is Grace; if Shutdown was called,
// before that or since, it is until the end of Shutdown's context. Serve returns an
// error if l fails, after Grace as well, or if handlers go on for 5 s after they were cut.
//
// Over TLS, l comes from tls.NewListener or tls.Listen.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.Auth == nil {
		l.Close()
		return errNoAuth
	}
	// Calls go on when ctx ends, for a while.
	cutCtx, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	v := &serving{
		server:   s,
		listener: l,
		limits:   s.Limits.orDefault(),
		draining: make(chan struct{}),
		shutdown: make(chan struct{}),
		cutNow:   make(chan struct{}),
		ended:    make(chan struct{}),
		conns:    make(map[*Conn]struct{}),
	}
	defer close(v.ended)
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		l.Close()
		return ErrClosed
	}
	if s.serving == nil {
		s.serving = make(map[*serving]struct{})
		s.calls = newPlaces(v.limits.Calls)
	}
	v.calls = s.calls
	s.serving[v] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.serving, v)
		s.mu.Unlock()
	}()

	defer context.AfterFunc(ctx, v.drain)()
	err := v.accept(cutCtx)
	v.drain()
	return errors.Join(err, v.end(cut))
}

// Shutdown makes every Serve of s stop, and waits for them. Calls under way may
// go on until ctx ends, for ever if it doesn't: Grace no longer counts, not even for a
// Serve whose context has ended already. When ctx ends before all have returned,
// Shutdown cuts the calls that are left, waits for their handlers, for 5 s at
// most, and returns ctx's error. If it's called twice, the context that ends first
// cuts.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.stopped // after which no Serve begins
	s.stopped = true
	var all []*serving
	for v := range s.serving {
		all = append(all, v)
		if first {
			close(v.shutdown)
		}
	}
	s.mu.Unlock()
	for _, v := range all {
		v.drain()
	}
	var err error
	for _, v := range all {
		select {
		case <-v.ended:
			continue
		case <-ctx.Done():
		}
		err = ctx.Err()
		for _, v := range all {
			v.cutOnce.Do(func() { close(v.cutNow) })
		}
		<-v.ended
	}
	return err
}

// A serving is one Serve of a Server.
type serving struct {
	server   *Server
	listener net.Listener
	limits   Limits
	calls    *places

	draining  chan struct{} // closed when no more connections are wanted
	drainOnce sync.Once
	shutdown  chan struct{} // closed when Shutdown is called
	cutNow    chan struct{} // closed when its context has ended
	cutOnce   sync.Once
	ended     chan struct{} // closed when Serve returns

	workers workers
	wait    sync.WaitGroup // for connections
	mu      sync.Mutex
	drained bool // draining is closed
	conns   map[*Conn]struct{}
}

func (v *serving) drain() {
	v.drainOnce.Do(func() {
		close(v.draining)
		v.listener.Close()
		var tell []func()
		v.mu.Lock()
		v.drained = true
		for c := range v.conns {
			if c.onDrain != nil {
				tell = append(tell, c.onDrain)
			}
		}
		v.mu.Unlock()
		for _, f := range tell {
			f()
		}
	})
}

// accept serves connections until there are no more. An error that isn't the
// end of the listener, such as too many open files, makes it pause.
func (v *serving) accept(ctx context.Context) error {
	const shortest, longest = 5 * time.Millisecond, 500 * time.Millisecond
	pause := shortest
	for {
		nc, err := v.listener.Accept()
		if err == nil {
			pause = shortest
			v.start(ctx, nc)
			continue
		}
		select {
		case <-v.draining:
			return nil
		default:
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accepting connections: %w", err)
		}
		v.server.log().Error("accepting a connection", "err", err, "again in", pause)
		select {
		case <-v.draining:
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

// start serves nc in a goroutine, or refuses it.
func (v *serving) start(ctx context.Context, nc net.Conn) {
	s := v.server
	addr := peerAddr(nc.RemoteAddr())
	s.mu.Lock()
	full := s.conns >= v.limits.Conns
	if !full {
		s.conns++
	}
	s.mu.Unlock()
	if full {
		v.refuse(nc, Errorf(Failed, "too many connections: the limit is %d", v.limits.Conns))
		return
	}
	if !s.peers.connect(addr, v.limits.ConnsPerIP) {
		s.mu.Lock()
		s.conns--
		s.mu.Unlock()
		v.refuse(nc, Errorf(Failed, "too many connections from this address: the limit is %d", v.limits.ConnsPerIP))
		return
	}
	c := &Conn{Conn: nc, Limits: v.limits, serving: v, addr: addr, calls: newPlaces(v.limits.CallsPerConn)}
	v.mu.Lock()
	v.conns[c] = struct{}{}
	v.mu.Unlock()
	v.wait.Go(func() { v.serve(ctx, c) })
}

// serve serves c until its end. It needs little of the stack, as every connection
// has one for as long as it's there.
func (v *serving) serve(ctx context.Context, c *Conn) {
	defer v.leave(c)
	if err := v.server.Wire.Serve(ctx, c); err != nil && ctx.Err() == nil {
		c.logEnd(err)
	}
}

// leave forgets c, which has been served. A panic in a wire ends one connection.
func (v *serving) leave(c *Conn) {
	s := v.server
	if p := recover(); p != nil {
		s.log().Error("panic", "peer", c.RemoteAddr(), "panic", p)
	}
	c.Close()
	v.mu.Lock()
	delete(v.conns, c)
	v.mu.Unlock()
	s.peers.disconnect(c.addr)
	s.mu.Lock()
	s.conns--
	s.mu.Unlock()
}

// refuse tells the peer of nc why it isn't served, if not too many are being
// told already.
func (v *serving) refuse(nc net.Conn, err *Error) {
	const most, patience = 64, 2 * time.Second
	s := v.server
	s.log().Warn("connection refused", "peer", nc.RemoteAddr(), "err", err)
	s.mu.Lock()
	busy := s.refusing >= most
	if !busy {
		s.refusing++
	}
	s.mu.Unlock()
	if busy {
		nc.Close()
		return
	}
	v.wait.Go(func() {
		late := time.AfterFunc(patience, func() { nc.Close() }) // a wire may set deadlines of its own
		s.Wire.Refuse(nc, err)
		late.Stop()
		nc.Close()
		s.mu.Lock()
		s.refusing--
		s.mu.Unlock()
	})
}

// end waits for the connections, as long as it may, then it cuts them, and waits a
// little longer for handlers to notice.
func (v *serving) end(cut context.CancelFunc) error {
	const toNotice = 5 * time.Second
	done := make(chan struct{})
	go func() {
		v.wait.Wait()
		v.workers.end()
		close(done)
	}()
	if v.spare(done) {
		return nil
	}
	cut()
	v.mu.Lock()
	v.server.log().Warn("connections cut", "connections", len(v.conns))
	for c := range v.conns {
		c.Close()
	}
	v.mu.Unlock()
	late := time.NewTimer(toNotice)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		v.mu.Lock()
		defer v.mu.Unlock()
		return fmt.Errorf("%d connections have handlers that go on although their contexts have ended", len(v.conns))
	}
}

// spare waits for done, and reports whether that came: within Grace, or, once
// Shutdown is called, before the end of its context.
func (v *serving) spare(done <-chan struct{}) bool {
	select {
	case <-v.shutdown:
	default:
		grace := time.NewTimer(v.server.grace())
		defer grace.Stop()
		select {
		case <-done:
			return true
		case <-grace.C:
			return false
		case <-v.shutdown:
		}
	}
	select {
	case <-done:
		return true
	case <-v.cutNow:
		return false
	}
}
