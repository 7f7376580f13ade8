package tinyproto

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime/internal/keepalive"
)

// A Server accepts connections and runs a Loop on each. Don't change its fields while it
// serves. Its methods are safe for concurrent use.
//
// It handles messages. To serve the actions of a contract, use a runtime.Server with this
// package's Wire.
type Server struct {
	// Addrs are the addresses of ListenAndServe, each a host and a port.
	Addrs []string

	// Config is for each connection.
	Config Config

	// Loop handles the messages of each connection, in a goroutine of its own.
	Loop Loop

	// Opened, if not nil, is called with each connection after the greetings and
	// before its Loop; Conns has the connection then. Closed, if not nil, is called
	// with it and the error of Loop.After when the Loop has ended.
	Opened func(c *Conn)
	Closed func(c *Conn, err error)

	// Before, Pass and After, if not nil, are called from one goroutine: Before the
	// server accepts connections, where an error ends Serve; Pass regularly, until the
	// server stops; After when the last connection has ended.
	Before func(ctx context.Context) error
	Pass   func(ctx context.Context)
	After  func()

	// Every is how often Pass is called. If zero, it is 100 ms.
	Every time.Duration

	// MaxConns is how many connections there may be. Further ones get
	// SignalConnLimit. If zero, it is 16 384; if negative, there is no limit.
	MaxConns int

	// Grace is how long Loops may run after the end of Serve's context, or after Stop.
	// If zero, it is 10 s; if negative, connections are closed at once.
	Grace time.Duration

	// Log gets panics as errors, and the ends of connections at debug level. If nil,
	// nothing is logged.
	Log *slog.Logger

	group group

	once    sync.Once
	stopped chan struct{} // closed by Stop
	stop    sync.Once

	mu       sync.Mutex
	conns    int // without refused ones
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

// Conns returns the open connections, in the order in which they were opened.
func (s *Server) Conns() []*Conn { return s.group.all() }

// Broadcast sends a message to all open connections except some, and returns when each
// send has ended. A Loop may call it. It is no error if connections end meanwhile.
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
// it closes l, lets every Loop finish its current message within Grace, closes all
// connections, and returns nil when everything has ended. Call it once.
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

// accept serves connections until ctx ends. It pauses after an error such as too many open
// files.
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
			keepalive.Set(nc)
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

// end waits for the connections within Grace. Then it closes them and waits for their
// Loops.
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

// Stop makes Serve stop, as the end of its context does, and returns at once. A Loop may
// call it. It may be called before Serve.
func (s *Server) Stop() {
	s.init()
	s.stop.Do(func() { close(s.stopped) })
}

// errStopped is the error of Serve after Stop.
var errStopped = errors.New("tinyproto: the server was stopped")
