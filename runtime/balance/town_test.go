package balance

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A town has backends at several addresses, which may come and go. Calls reach them by
// endpoints that keep one connection each.
type town struct {
	mu       sync.Mutex
	backends map[string]*fakePeer
	ends     []*fakeEndpoint
	dials    map[string]int
	calls    map[string]int
}

// A fakePeer performs the calls of one address.
type fakePeer struct {
	// do performs a call; nil answers at once, or waits for as long as the call's body
	// says.
	do runtime.Func

	// hangUp makes the peer close each connection that brings a call, after so long.
	// If negative, it doesn't.
	hangUp time.Duration
}

func newTown(addrs ...string) *town {
	w := &town{backends: map[string]*fakePeer{}, dials: map[string]int{}, calls: map[string]int{}}
	for _, addr := range addrs {
		w.open(addr, nil)
	}
	return w
}

// open puts a peer at addr.
func (w *town) open(addr string, do runtime.Func) { w.set(addr, &fakePeer{do, -1}) }

// mute puts a peer at addr that takes calls and hangs up.
func (w *town) mute(addr string, after time.Duration) { w.set(addr, &fakePeer{nil, after}) }

// set puts p at addr instead of the peer that was there. That one performs the calls
// it has, and wants no more.
func (w *town) set(addr string, p *fakePeer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.backends[addr] = p
	for _, e := range w.ends {
		if e.peer.addr == addr && e.conn.Swap(nil) != nil {
			e.peer.Report(GoAway)
		}
	}
}

// shut takes the peer at addr away.
func (w *town) shut(addr string) { w.set(addr, nil) }

// count returns how often addr was called, and dialed, since the last time.
func (w *town) count(addr string) (calls, dials int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls, dials = w.calls[addr], w.dials[addr]
	w.calls[addr], w.dials[addr] = 0, 0
	return calls, dials
}

func (w *town) dial(_ context.Context, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dials[addr]++
	if p := w.backends[addr]; p != nil {
		return &fakeConn{peer: p}, nil
	}
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func (w *town) endpoint(p *Backend) Endpoint {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &fakeEndpoint{town: w, peer: p}
	e.life, e.end = context.WithCancel(context.Background())
	e.closed = e.life.Done()
	w.ends = append(w.ends, e)
	return e
}

// client returns a Balancer over addresses in w. Options change its client.
func (w *town) client(t *testing.T, addr string, options ...func(*runtime.Client)) *Balancer {
	c := &runtime.Client{Addr: addr, Dial: w.dial}
	for _, o := range options {
		o(c)
	}
	b := New(c, w.endpoint)
	t.Cleanup(func() { b.Close() })
	return b
}

// A fakeConn carries calls to a peer.
type fakeConn struct {
	net.Conn
	peer *fakePeer
}

func (*fakeConn) Close() error { return nil }

// A fakeEndpoint is the Endpoint of one address in a town.
type fakeEndpoint struct {
	town    *town
	peer    *Backend
	conn    atomic.Pointer[fakeConn] // nil if there is none
	mu      sync.Mutex
	opening *opening // nil if no connection is being made
	life    context.Context
	end     context.CancelFunc
	closed  <-chan struct{} // closed by Close
}

// An opening is a connection that is being made.
type opening struct {
	done chan struct{}
	conn *fakeConn
	err  error
}

// connect returns the connection. All that wait for a new one share it.
func (e *fakeEndpoint) connect(ctx context.Context) (*fakeConn, error) {
	e.mu.Lock()
	if cn := e.conn.Load(); cn != nil {
		e.mu.Unlock()
		return cn, nil
	}
	o := e.opening
	if o == nil {
		o = &opening{done: make(chan struct{})}
		e.opening = o
		go e.open(o)
	}
	e.mu.Unlock()
	select {
	case <-o.done:
		return o.conn, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *fakeEndpoint) open(o *opening) {
	nc, err := e.peer.Dial(e.life, nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	if o.err = err; err == nil {
		o.conn = nc.(*fakeConn)
		e.conn.Store(o.conn)
	}
	e.opening = nil
	close(o.done)
}

func (e *fakeEndpoint) Connect(ctx context.Context) error {
	_, err := e.connect(ctx)
	return err
}

func (e *fakeEndpoint) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	cn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	e.town.mu.Lock()
	e.town.calls[e.peer.addr]++
	e.town.mu.Unlock()
	if cn.peer.hangUp >= 0 {
		time.Sleep(cn.peer.hangUp)
		e.conn.CompareAndSwap(cn, nil)
		e.peer.Report(NoAnswer)
		return runtime.Unavailable.Errorf("%v: %w", e.peer, io.EOF)
	}
	do := cn.peer.do
	if do == nil {
		do = e.wait
	}
	err = do(ctx, req, out)
	if ctx.Err() == nil && runtime.ReasonOf(err) != runtime.Unavailable {
		e.peer.Report(Answered)
	}
	return err
}

// wait answers after as long as the body of the call says.
func (e *fakeEndpoint) wait(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if d, ok := req.Body.(*delay); ok {
		select {
		case <-time.After(time.Duration(*d)):
		case <-ctx.Done():
			return ctx.Err()
		case <-e.closed:
			return runtime.ErrClosed
		}
	}
	return Respond(out, new(runtime.Raw(`"ok"`)))
}

func (e *fakeEndpoint) Close() { e.end() }

// A delay is how long a call is to take.
type delay time.Duration

func (*delay) AppendJSON(b []byte) ([]byte, error) { return append(b, "null"...), nil }

var (
	plain      = runtime.Action{Name: "plain"}
	idempotent = runtime.Action{Name: "idempotent", Idempotent: true}
	stream     = runtime.Action{Name: "stream", Idempotent: true, Stream: true}
)

// invoke makes a call.
func invoke(ctx context.Context, b *Balancer, a *runtime.Action) error {
	return invokeFor(ctx, b, a, 0)
}

// invokeFor makes a call that takes a while.
func invokeFor(ctx context.Context, b *Balancer, a *runtime.Action, d time.Duration) error {
	req := &runtime.Request{Action: a.Name, Info: a, Body: new(delay(d))}
	return b.Do(ctx, req, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
}

// together makes n calls at once that take a second each.
func together(t *testing.T, b *Balancer, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := invokeFor(t.Context(), b, &plain, time.Second); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	wg.Wait()
}
