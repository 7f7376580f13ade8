package tinyproto

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// A Server accepts connections and runs a Loop on each. Its fields don't
// change once it serves.
//
// It serves messages; calls with a contract are served by a runtime.Server whose Wire
// is this package's.
type Server struct {
	// Addrs are where ListenAndServe listens, each a host and a port.
	Addrs []string

	// Config is for each connection.
	Config Config

	// Loop is what happens on each connection, from its own goroutine.
	Loop Loop

	// Opened, if not nil, is called with each connection after the greetings,
	// when it's on the list of Conns, and before its Loop. Closed is called with
	// the same ones when the Loop has ended, and with why, as Loop.After is.
	Opened func(c *Conn)
	Closed func(c *Conn, err error)

	// Before, Pass and After, if not nil, are called from one goroutine: Before
	// connections are accepted, where an error means that they won't be; Pass over and
	// over, each Every, until the server stops; After the last connection has
	// ended.
	Before func(ctx context.Context) error
	Pass   func(ctx context.Context)
	After  func()

	// Every is how often Pass is called. If zero, it is 100 ms.
	Every time.Duration

	// MaxConns is how many connections there may be. Further ones get
	// SignalConnLimit. If zero, it is 16 384; if negative, there is no limit.
	MaxConns int

	// Grace is how long Loops may go on after the end of Serve's context, or after
	// Stop. If zero, it is 10 s; if negative, they are cut at once.
	Grace time.Duration

	// Log gets what goes wrong: panics as errors, how connections ended at debug level.
	// If nil, nothing is logged.
	Log *slog.Logger

	group group

	once    sync.Once
	stopped chan struct{} // closed by Stop
	stop    sync.Once

	mu       sync.Mutex
	conns    int // the refused ones aren't counted
	refusing int
}

func (s *Server) init() { s.once.Do(func() { s.stopped = make(chan struct{}) }) }

func (s *Server) maxConns() int {
	switch {
	case s.MaxConns == 0:
		return 16384
	case s.MaxConns < 0:
		return 1<<31 - 1
	}
	return s.MaxConns
}

func (s *Server) every() time.Duration {
	if s.Every <= 0 {
		return 100 * time.Millisecond
	}
	return s.Every
}

func (s *Server) grace() time.Duration {
	if s.Grace == 0 {
		return 10 * time.Second
	}
	return max(s.Grace, 0)
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}

// Conns returns the connections that are open now, in the order in which they
// were opened.
func (s *Server) Conns() []*Conn { return s.group.all() }

// Broadcast sends a message to all open connections but those named, and
// returns when each has it or has failed. It may be called from anywhere,
// also by the Loop of a connection. Connections that end meanwhile are no error.
func (s *Server) Broadcast(ctx context.Context, msg []byte, except ...*Conn) error {
	return s.group.broadcast(ctx, msg, except)
}

// ListenAndServe listens at Addrs and serves as Serve does.
func (s *Server) ListenAndServe(ctx context.Context) error {
	l, err := Listen(s.Addrs...)
	if err != nil {
		return err
	}
	return s.Serve(ctx, l)
}

// Serve accepts connections from l and serves them until ctx ends or Stop is called. Then
// it closes l, lets every Loop finish with the message that it has, within Grace, closes
// all connections, and returns nil once everything has ended. It is called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	s.init()
	select {
	case <-s.stopped:
		return errStopped
	default:
	}

	long, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	if s.Before != nil {
		if err := s.Before(ctx); err != nil {
			return err
		}
	}
	var conns, accepting sync.WaitGroup
	var err error
	accepting.Go(func() {
		defer stop()
		err = s.accept(ctx, long, l, &conns)
	})
	s.passes(ctx)
	stop()
	l.Close()
	accepting.Wait()
	s.end(&conns, cut)
	if s.After != nil {
		s.After()
	}
	return err
}

// passes calls Pass until ctx ends or the server stops.
func (s *Server) passes(ctx context.Context) {
	var tick <-chan time.Time
	if s.Pass != nil {
		t := time.NewTicker(s.every())
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-tick:
			s.Pass(ctx)
		case <-s.stopped:
			return
		case <-ctx.Done():
			return
		}
	}
}

// accept serves connections until ctx ends. An error that isn't the end of the
// listener, such as too many open files, makes it pause.
func (s *Server) accept(ctx, long context.Context, l net.Listener, conns *sync.WaitGroup) error {
	const shortest, longest = 5 * time.Millisecond, 500 * time.Millisecond
	pause := shortest
	for {
		nc, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				nc.Close()
			}
			return nil
		}
		if err == nil {
			pause = shortest
			s.start(ctx, long, nc, conns)
			continue
		}
		if isClosed(err) {
			return fmt.Errorf("tinyproto: accepting connections: %w", err)
		}
		s.log().Error("accepting a connection", "err", err, "again in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		pause = min(2*pause, longest)
	}
}

// end waits for the connections within Grace, and then cuts them and waits for what runs
// on them.
func (s *Server) end(conns *sync.WaitGroup, cut context.CancelFunc) {
	done := make(chan struct{})
	go func() {
		conns.Wait()
		close(done)
	}()
	grace := time.NewTimer(s.grace())
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
	}
	cut()
	s.group.close()
	<-done
}

// Stop makes Serve stop as the end of its context does, and returns at once. It may be
// called from anywhere, also by a Loop, and before Serve.
func (s *Server) Stop() {
	s.init()
	s.stop.Do(func() { close(s.stopped) })
}

// errStopped is the error of a Serve that comes too late.
var errStopped = errors.New("tinyproto: the server was stopped")
