package tpp

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// An endpoint performs a client's calls on one peer. A peer that knows persistent mode
// gets a few connections that carry many calls (shared.go); any other peer, and every
// stream, gets a connection for each call (lone.go). The first answer of a peer shows
// which mode it knows.
type endpoint struct {
	peer *balance.Backend
	wire Wire

	mode    atomic.Int32            // what the last answer said of the peer
	shared  atomic.Pointer[[]*conn] // connections for unary calls; nil or empty if there are none
	refused atomic.Int64            // when the peer last refused a connection, in ns since 1970; 0 if it never has

	life context.Context // ends with the endpoint
	end  context.CancelFunc
	wait sync.WaitGroup // for goroutines that read, write or connect

	mu      sync.Mutex
	closed  bool
	asked   time.Time          // when a shared connection was last asked for a sign of life
	trusted chan struct{}      // closed when one gives it; nil if no call waits
	opening *opening           // a shared connection that is being opened; nil if none is
	finding *finding           // the first call; nil if there was none
	conns   map[*conn]struct{} // all there are
}

// What is known about the mode of a peer.
const (
	unknown int32 = iota
	classic
	persistent
)

func newEndpoint(w Wire, p *balance.Backend) *endpoint {
	e := &endpoint{peer: p, wire: w, conns: make(map[*conn]struct{})}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// Do makes one attempt of a call, in the way that fits the peer.
func (e *endpoint) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if req.Info != nil && req.Info.Stream || req.Upload != nil {
		return e.lone(ctx, req, out)
	}
	if e.mode.Load() == unknown && !e.wire.Classic {
		f, first := e.find()
		if first {
			defer close(f.done)
		} else if err := f.await(ctx); err != nil {
			return err
		}
	}
	if e.mode.Load() != persistent {
		return e.lone(ctx, req, out)
	}
	cn, err := e.pick(ctx)
	if err != nil {
		return err
	}
	return cn.perform(ctx, req, out)
}

// A finding is the first call of a peer, which finds out its mode. Other calls wait a moment
// for that: if each opened a connection, hundreds that begin at once would spend their time
// on handshakes.
type finding struct {
	done  chan struct{} // closed when the call has ended
	until time.Time     // when the others wait no longer
}

// find returns the finding, and whether its call is the caller's.
func (e *endpoint) find() (f *finding, first bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.finding == nil {
		e.finding, first = &finding{make(chan struct{}), time.Now().Add(hesitation)}, true
	}
	return e.finding, first
}

// await waits for the moment, and returns an error if ctx ends meanwhile.
func (f *finding) await(ctx context.Context) error {
	wait := time.Until(f.until)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-f.done:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connect finds out whether the peer can be reached. It keeps the connection to a peer
// that knows persistent mode.
func (e *endpoint) Connect(ctx context.Context) error {
	if e.mode.Load() != persistent {
		cn, err := e.connect(ctx)
		if err == nil {
			e.drop(cn)
		}
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	cn, err := e.pick(ctx)
	if err != nil {
		return err
	}
	return cn.ping(ctx)
}

// Close ends all connections, and the calls on them.
func (e *endpoint) Close() {
	e.mu.Lock()
	e.closed = true
	all := make([]*conn, 0, len(e.conns))
	for cn := range e.conns {
		all = append(all, cn)
	}
	e.mu.Unlock()
	e.end()
	for _, cn := range all {
		cn.update(func(s *connState) {
			if s.err == nil {
				s.err = runtime.ErrClosed
			}
		})
	}
	e.wait.Wait()
}

// connect opens a connection.
func (e *endpoint) connect(ctx context.Context) (*conn, error) {
	nc, err := e.peer.Dial(ctx, nil)
	if err != nil {
		return nil, err
	}
	cn := newConn(e, nc)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		nc.Close()
		return nil, runtime.ErrClosed
	}
	e.conns[cn] = struct{}{}
	return cn, nil
}

// drop closes cn.
func (e *endpoint) drop(cn *conn) {
	cn.Close()
	cn.out.end(net.ErrClosed)
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, cn)
}

// crowded is how many calls a connection carries before another one is opened. With
// fewer calls, one connection is faster than two: its buffers are fuller.
const crowded = 100

func (e *endpoint) maxShared() int {
	if e.wire.Conns <= 0 {
		return 4
	}
	return e.wire.Conns
}

// An opening is a connection to be shared that is being opened.
type opening struct {
	done chan struct{} // closed when it is there
	err  error         // why it isn't
}

// await waits for o, or until a connection that was doubted is shared again.
func (e *endpoint) await(ctx context.Context, o *opening) error {
	select {
	case <-o.done:
		return o.err
	case <-e.trust():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pick returns the shared connection with the fewest calls.
func (e *endpoint) pick(ctx context.Context) (*conn, error) {
	for {
		var best *conn
		var load int64
		all := 0
		if shared := e.shared.Load(); shared != nil {
			all = len(*shared)
			for _, cn := range *shared {
				if l := cn.load.Load(); best == nil || l < load {
					best, load = cn, l
				}
			}
		}
		if best != nil && (load < crowded || all >= e.maxShared() || e.full()) {
			return best, nil
		}
		o, err := e.open()
		if err != nil {
			return nil, err
		}
		if best != nil {
			return best, nil // the next call gets the new one
		}
		if err := e.await(ctx, o); err != nil {
			return nil, err
		}
	}
}

// open begins to open one more shared connection, unless one is being opened already.
func (e *endpoint) open() (*opening, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, runtime.ErrClosed
	case e.opening != nil:
		return e.opening, nil
	}
	o := &opening{done: make(chan struct{})}
	e.opening = o
	e.wait.Go(func() {
		var err error
		if !e.regain() {
			var cn *conn
			if cn, err = e.connect(e.life); err == nil && !e.share(cn, e.maxShared()) {
				e.drop(cn)
			}
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.closed {
			err = runtime.ErrClosed
		}
		o.err = err
		e.opening = nil
		close(o.done)
	})
	return o, nil
}

// share makes cn one of at most most shared connections; it reports false if there are
// that many.
func (e *endpoint) share(cn *conn, most int) bool {
	cn.out.failed = cn.sendFailed
	cn.frames.skips = min(cn.frames.limit, 1<<30) + maxSkipped // headers that say more than MaxInt32 aren't told apart
	ok := e.add(cn, most)
	if ok {
		cn.update(func(s *connState) {
			cn.attend(s)
			cn.startPulse(s)
		})
	}
	return ok
}

// add adds cn to the shared connections, unless there are most or more.
func (e *endpoint) add(cn *conn, most int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []*conn
	if shared := e.shared.Load(); shared != nil {
		list = *shared
	}
	switch {
	case slices.Contains(list, cn):
		return true
	case e.closed || len(list) >= most:
		return false
	}
	list = append(slices.Clip(list), cn)
	e.shared.Store(&list)
	return true
}

// unshare takes cn out of the shared connections, if it is one.
func (e *endpoint) unshare(cn *conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	shared := e.shared.Load()
	if shared == nil || !slices.Contains(*shared, cn) {
		return
	}
	list := slices.DeleteFunc(slices.Clone(*shared), func(other *conn) bool { return other == cn })
	e.shared.Store(&list)
}

// unnamed notes an answer without an id, on a connection that hasn't brought any id. A
// success shows that the peer is classic. An error shows nothing: a persistent peer
// refuses a connection in the same way.
func (e *endpoint) unnamed(resp *envelope.Response) {
	switch {
	case resp.Code == runtime.OK:
		e.mode.Store(classic)
		e.peer.Report(balance.Answered)
	case resp.Goaway, e.mode.Load() == persistent:
		e.refused.Store(time.Now().UnixNano())
		e.peer.Report(balance.NoAnswer)
	default:
		e.peer.Report(balance.Answered)
	}
}

// full reports whether the peer refused a connection a moment ago: then no other one is
// opened.
func (e *endpoint) full() bool {
	return time.Since(time.Unix(0, e.refused.Load())) < time.Second
}

// ended returns what callers learn when the peer ends their connection by resp, which
// has no id.
func (e *endpoint) ended(resp *envelope.Response) error {
	if resp.Code == runtime.OK {
		return runtime.BadResponse.Errorf("%v answered without an id", e.peer)
	}
	return runtime.Unavailable.Errorf("%v ended the connection: %s", e.peer, envelope.ErrorText(resp.Body))
}
