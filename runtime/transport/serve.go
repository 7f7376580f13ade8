package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/keepalive"
)

// Serve serves s on listeners by speaking p: it is the Serve of wires that have
// connections. See runtime.Server.Serve for what it promises.
func Serve(ctx context.Context, s *runtime.Server, p Protocol, listeners ...net.Listener) error {
	core, err := New(s)
	if err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return err
	}
	v := &serveRun{core: core, protocol: p, listeners: listeners, conns: make(map[*Conn]struct{})}
	v.refused.log, v.replaced.log = core.log, core.log
	defer func() {
		core.door.stop()
		v.refused.stop()
		v.replaced.stop()
	}()
	// Calls go on for a while when ctx ends.
	callCtx, cancelCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelCalls()
	defer context.AfterFunc(ctx, v.drain)()

	var accepting sync.WaitGroup
	errs := make([]error, len(listeners))
	for i, l := range listeners {
		accepting.Go(func() {
			errs[i] = v.accept(callCtx, l)
			v.drain()
		})
	}
	accepting.Wait()
	if len(listeners) == 0 {
		<-ctx.Done()
	}
	return errors.Join(append(errs, v.end(cancelCalls))...)
}

// A serveRun is one call of Serve.
type serveRun struct {
	core      *Core
	protocol  Protocol
	listeners []net.Listener
	workers   workers
	wait      sync.WaitGroup // for connections
	stop      sync.Once
	refused   sampler // of refused connections
	replaced  sampler // of newcomers' connections that others have replaced

	mu       sync.Mutex
	drained  bool // drain was called
	conns    map[*Conn]struct{}
	refusing int // connections that are being told why they aren't served
}

// drain makes the server take no new connections and calls.
func (v *serveRun) drain() {
	v.stop.Do(func() {
		v.core.Drain()
		for _, l := range v.listeners {
			l.Close()
		}
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

// accept serves the connections of l until l is closed. After any other error, such as too
// many open files, it pauses.
func (v *serveRun) accept(ctx context.Context, l net.Listener) error {
	const shortest, longest = 5 * time.Millisecond, 500 * time.Millisecond
	pause := shortest
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = shortest
			v.start(ctx, nc)
			continue
		}
		select {
		case <-v.core.draining:
			return nil
		default:
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accepting connections: %w", err)
		}
		v.core.log.Error("accepting a connection", "err", err, "again in", pause)
		select {
		case <-v.core.draining:
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

// start serves nc in a goroutine, or refuses it.
func (v *serveRun) start(ctx context.Context, nc net.Conn) {
	keepalive.Set(nc)
	c := newConn(v, nc)
	instead, err := v.admit(c)
	if err != nil {
		v.refuse(nc, err)
		return
	}
	if instead != nil {
		v.replace(instead)
	}
	v.wait.Go(func() { v.serve(ctx, c) })
}

// replace closes c, the connection of a newcomer, because another peer needs its place or
// its bytes.
func (v *serveRun) replace(c *Conn) {
	v.replaced.note("connection of a newcomer closed for another one", "peer", c.RemoteAddr())
	c.cut()
}

// admit counts c among the connections, unless there are too many. It may take the place of
// another connection, instead, which then has to be closed.
func (v *serveRun) admit(c *Conn) (instead *Conn, err *runtime.Error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	instead, err = v.core.door.admit(c, len(v.conns) >= v.core.limits.Conns)
	if err != nil {
		return nil, err
	}
	if instead != nil {
		delete(v.conns, instead)
	}
	v.conns[c] = struct{}{}
	return instead, nil
}

// serve serves c until its end. It needs little stack: every connection has one for as
// long as it is there.
func (v *serveRun) serve(ctx context.Context, c *Conn) {
	defer v.leave(c)
	if err := v.protocol.ServeConn(ctx, c); err != nil && ctx.Err() == nil {
		v.logEnd(c, err)
	}
}

func (v *serveRun) logEnd(c *Conn, err error) {
	v.core.log.Debug("connection ended", "peer", c.RemoteAddr(), "err", err)
}

// leave forgets c, which has been served. A panic in a protocol ends one connection.
func (v *serveRun) leave(c *Conn) {
	if p := recover(); p != nil {
		v.core.log.Error("panic", "peer", c.RemoteAddr(), "panic", p)
	}
	c.Close()
	v.mu.Lock()
	delete(v.conns, c)
	v.mu.Unlock()
	v.core.door.forget(&c.peer)
}

// refuse tells the peer of nc why it isn't served, if not too many are being told already.
func (v *serveRun) refuse(nc net.Conn, err *runtime.Error) {
	const most, patience = 64, 2 * time.Second
	v.refused.note("connection refused", "peer", nc.RemoteAddr(), "err", err)
	v.mu.Lock()
	busy := v.refusing >= most
	if !busy {
		v.refusing++
	}
	v.mu.Unlock()
	if busy {
		nc.Close()
		return
	}
	v.wait.Go(func() {
		late := time.AfterFunc(patience, func() { nc.Close() }) // a protocol may set deadlines of its own
		v.protocol.Refuse(nc, err)
		late.Stop()
		nc.Close()
		v.mu.Lock()
		v.refusing--
		v.mu.Unlock()
	})
}

// end waits for the connections within Grace; then it cancels the calls that are left,
// closes their connections, and waits a little longer for handlers to notice.
func (v *serveRun) end(cancelCalls context.CancelFunc) error {
	const toNotice = 5 * time.Second
	done := make(chan struct{})
	go func() {
		v.wait.Wait()
		v.workers.end()
		close(done)
	}()
	if within(v.core.Grace(), done) {
		return nil
	}
	cancelCalls()
	v.mu.Lock()
	if len(v.conns) > 0 {
		v.core.log.Warn("connections cut", "connections", len(v.conns))
	}
	for c := range v.conns {
		c.Close()
	}
	v.mu.Unlock()
	if within(toNotice, done) {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return fmt.Errorf("%d connections have handlers that go on although their contexts have ended", len(v.conns))
}

// within waits for done, and reports whether it came in time.
func within(d time.Duration, done <-chan struct{}) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}
