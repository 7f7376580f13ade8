package wiretest

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file tests what every wire must do when a client has several addresses, or
// makes a call more than once.

var (
	actionPlain = runtime.Action{Name: "plain"}
	actionSafe  = runtime.Action{Name: "safe", Idempotent: true}
	actionItems = runtime.Action{Name: "items", Idempotent: true, Stream: true}
)

// A town has servers at several addresses, which start and stop.
type town struct {
	wire    runtime.Wire
	mu      sync.Mutex
	servers map[string]*site
	mute    map[string]bool
	dials   map[string]int
	calls   map[string]int
}

// A site is a server at one address.
type site struct {
	listener *Listener
	stop     context.CancelFunc
	ended    chan error
}

func newTown(w runtime.Wire) *town {
	return &town{wire: w, servers: map[string]*site{}, mute: map[string]bool{}, dials: map[string]int{}, calls: map[string]int{}}
}

// open starts a server at addr, which ends with the test. Do performs its calls; if nil,
// late does.
func (w *town) open(t *testing.T, addr string, do runtime.Func) {
	if do == nil {
		do = late
	}
	counted := func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		w.mu.Lock()
		w.calls[addr]++
		w.mu.Unlock()
		return do(ctx, req, out)
	}
	mux := new(runtime.Mux)
	for _, a := range []*runtime.Action{&actionPlain, &actionSafe, &actionItems} {
		mux.Handle(a, counted)
	}
	srv := &runtime.Server{Wire: w.wire, Handler: mux, Auth: runtime.Anybody, Grace: time.Minute}
	ctx, stop := context.WithCancel(context.Background())
	s := &site{listener: Listen(), stop: stop, ended: make(chan error, 1)}
	go func() { s.ended <- srv.Serve(ctx, s.listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-s.ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	w.mu.Lock()
	w.servers[addr] = s
	w.mu.Unlock()
}

// late answers after the number of seconds in the request.
func late(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	var n number
	if err := req.Decode(ctx, &n); err != nil {
		return err
	}
	select {
	case <-time.After(time.Duration(n.n) * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	return answer(ctx, req, out)
}

// answer answers with 1.
func answer(_ context.Context, req *runtime.Request, out runtime.Responder) error {
	body, err := (&number{1}).AppendJSON([]byte(`{"` + req.Action + `":`))
	if err != nil {
		return err
	}
	return out.Respond(new(runtime.Raw(append(body, '}'))))
}

// shut stops the server at addr: it finishes its calls, and dialing it fails.
func (w *town) shut(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.servers[addr].stop()
	delete(w.servers, addr)
}

func (w *town) dial(_ context.Context, addr string) (net.Conn, error) {
	w.mu.Lock()
	s, mute := w.servers[addr], w.mute[addr]
	w.dials[addr]++
	w.mu.Unlock()
	switch {
	case mute:
		near, far := Pipe()
		far.Close()
		return near, nil
	case s == nil:
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	c, err := s.listener.Dial()
	if err != nil {
		return nil, err // not a nil *Conn in an interface
	}
	return c, nil
}

// count returns how many calls and dials addr has got since the last count.
func (w *town) count(addr string) (calls, dials int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls, dials = w.calls[addr], w.dials[addr]
	w.calls[addr], w.dials[addr] = 0, 0
	return calls, dials
}

// client returns a client that is closed when the test ends.
func (w *town) client(t *testing.T, addr string) *runtime.Client {
	c := &runtime.Client{Wire: w.wire, Addr: addr, Dial: w.dial}
	t.Cleanup(func() { c.Close() })
	return c
}

// invoke makes a call that takes this many seconds.
func invoke(ctx context.Context, c *runtime.Client, a *runtime.Action, seconds int64) error {
	_, err := stub.Invoke[number](ctx, c.Do, a, &number{seconds}, nil)
	return err
}

// together makes n calls at once, of a second each. None may fail.
func together(t *testing.T, c *runtime.Client, n int) {
	t.Helper()
	var wait sync.WaitGroup
	for range n {
		wait.Go(func() {
			if err := invoke(t.Context(), c, &actionPlain, 1); err != nil {
				t.Errorf("one of many calls: %v", err)
			}
		})
		synctest.Wait()
	}
	wait.Wait()
}

// severalPeers: each gets its share of the calls.
func severalPeers(t *testing.T, w *town) {
	w.open(t, "a", nil)
	w.open(t, "b", nil)
	c := w.client(t, "a, b")
	together(t, c, 20)
	for _, addr := range []string{"a", "b"} {
		if n, _ := w.count(addr); n != 10 {
			t.Errorf("%s got %d of 20 calls", addr, n)
		}
	}
}

// deadPeer: no call fails because of a peer that is down, and it gets calls when it is
// back.
func deadPeer(t *testing.T, w *town) {
	w.open(t, "a", nil)
	c := w.client(t, "a,b")
	for range 600 { // a minute
		if err := invoke(t.Context(), c, &actionPlain, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, dials := w.count("b"); dials > 30 {
		t.Errorf("b was dialed %d times in a minute", dials)
	}
	w.open(t, "b", nil)
	time.Sleep(10 * time.Second)
	invoke(t.Context(), c, &actionPlain, 0) // notices that b is back
	synctest.Wait()
	w.count("b")
	together(t, c, 20)
	if n, _ := w.count("b"); n < 5 {
		t.Errorf("b is back, and got %d of 20 calls", n)
	}
	w.shut("a")
	synctest.Wait()
	together(t, c, 20)
}

// mutePeer: a peer that closes its connections gets few calls.
func mutePeer(t *testing.T, w *town) {
	w.open(t, "a", nil)
	w.mute["b"] = true
	c := w.client(t, "a,b")
	failed := 0
	for range 600 { // a minute
		if err := invoke(t.Context(), c, &actionPlain, 0); err != nil {
			failed++
		}
		if err := invoke(t.Context(), c, &actionSafe, 0); err != nil {
			t.Errorf("a call that may be made again: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, dials := w.count("b"); failed > 30 || dials > 100 {
		t.Errorf("%d of 600 calls failed, b was dialed %d times", failed, dials)
	}
}

// restarts: servers that stop in order fail no call, even if none is idempotent.
func restarts(t *testing.T, w *town) {
	w.open(t, "a", nil)
	w.open(t, "b", nil)
	c := w.client(t, "a,b")
	together(t, c, 2)
	var wait sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 10 {
		wait.Go(func() {
			for ctx.Err() == nil {
				if err := invoke(t.Context(), c, &actionPlain, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		for _, addr := range []string{"a", "b"} {
			time.Sleep(2500 * time.Millisecond)
			w.shut(addr)
			time.Sleep(500 * time.Millisecond)
			w.open(t, addr, nil)
		}
	}
	stop()
	wait.Wait()
}

// comeback: calls wait a second for the only peer if it was up before.
func comeback(t *testing.T, w *town) {
	c := w.client(t, "a")
	err := invoke(t.Context(), c, &actionPlain, 0)
	expect(t, "a call without a server", err, runtime.Unavailable, "connecting to a: ")
	w.open(t, "a", nil)
	time.Sleep(20 * time.Second)
	if err := invoke(t.Context(), c, &actionPlain, 0); err != nil {
		t.Fatal(err)
	}
	w.shut("a")
	synctest.Wait()
	time.AfterFunc(500*time.Millisecond, func() { w.open(t, "a", nil) })
	together(t, c, 5)
}

// brokenConnection: a call whose connection breaks is made again only if it is unary and
// its action idempotent, and three times at most.
func brokenConnection(t *testing.T, w *town) {
	var last atomic.Pointer[Conn]
	w.open(t, "a", func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		last.Load().Reset()
		return nil
	})
	c := w.client(t, "a")
	c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
		nc, err := w.dial(ctx, addr)
		if err == nil {
			last.Store(nc.(*Conn))
		}
		return nc, err
	}
	for _, test := range []struct {
		action *runtime.Action
		want   int
	}{{&actionPlain, 1}, {&actionSafe, 3}, {&actionItems, 1}} {
		err := c.Do(t.Context(), &runtime.Request{Action: test.action.Name, Body: &number{}, Info: test.action}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
		expect(t, test.action.Name, err, runtime.Unavailable, "")
		if n, _ := w.count("a"); n != test.want {
			t.Errorf("%s was made %d times, want %d", test.action.Name, n, test.want)
		}
	}
}

// hedged: a late call is made once more, and the first answer counts.
func hedged(t *testing.T, w *town) {
	const hedge = 50 * time.Millisecond
	var slow atomic.Bool
	var left atomic.Int64
	w.open(t, "a", func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		if slow.Load() {
			<-ctx.Done()
			left.Add(1)
			return ctx.Err()
		}
		return answer(ctx, req, out)
	})
	w.open(t, "b", answer)
	c := w.client(t, "a,b")
	c.Hedge = hedge
	for range 100 {
		if err := invoke(t.Context(), c, &actionSafe, 0); err != nil {
			t.Fatal(err)
		}
	}
	slow.Store(true)
	for n := 0; left.Load() < 3; n++ {
		began := time.Now()
		err := invoke(t.Context(), c, &actionSafe, 0)
		if took := time.Since(began); err != nil || took > 2*hedge {
			t.Fatalf("a call: %v after %v", err, took)
		}
		if n == 100 {
			t.Fatal("the peer that doesn't answer got too few calls, or wasn't told that they were cancelled")
		}
		synctest.Wait()
	}
}

// gateway: a call that was answered isn't made again because a call to another peer
// failed while the answer was handed on.
func gateway(t *testing.T, w *town) {
	w.open(t, "a", answer)
	front, back := w.client(t, "a"), w.client(t, "b")
	for range 2 { // the first call of a client may travel in another way
		for _, a := range []*runtime.Action{&actionPlain, &actionSafe, &actionItems} {
			var failed error
			err := front.Do(t.Context(), &runtime.Request{Action: a.Name, Body: &number{0}, Info: a}, runtime.ResponderFunc(func(runtime.Message) error {
				failed = back.Do(t.Context(), &runtime.Request{Action: "plain", Body: &number{0}, Info: &actionPlain}, nil)
				return failed
			}))
			if n, _ := w.count("a"); n != 1 || failed == nil || err != failed {
				t.Errorf("%s: %v after %d attempts, want %v after one", a.Name, err, n, failed)
			}
		}
	}
}

// closeCuts: Close waits for calls during Grace, and then cuts them.
func closeCuts(t *testing.T, w *town) {
	w.open(t, "a", nil)
	for _, test := range []struct{ grace, want time.Duration }{
		{0, 10 * time.Second},
		{3 * time.Second, 3 * time.Second},
		{-1, 0},
	} {
		c := w.client(t, "a")
		c.Grace = test.grace
		together(t, c, 1)
		cut := make(chan error)
		for _, a := range []*runtime.Action{&actionPlain, &actionSafe, &actionItems} {
			go func() {
				cut <- c.Do(t.Context(), &runtime.Request{Action: a.Name, Body: &number{3600}, Info: a}, nil)
			}()
		}
		synctest.Wait()
		w.count("a")
		began := time.Now()
		done := make(chan struct{})
		go func() {
			c.Close()
			close(done)
		}()
		for range 3 {
			if err := <-cut; !errors.Is(err, runtime.ErrClosed) || time.Since(began) != test.want {
				t.Errorf("Grace %v: a call ends after %v with %v", test.grace, time.Since(began), err)
			}
		}
		<-done
		if took := time.Since(began); took != test.want {
			t.Errorf("Grace %v: Close takes %v", test.grace, took)
		}
		if n, _ := w.count("a"); n != 0 {
			t.Errorf("Grace %v: %d calls are made again", test.grace, n)
		}
	}
}

// closeCutsDial: Close cuts a call that waits for its connection, too.
func closeCutsDial(t *testing.T, w *town) {
	c := w.client(t, "a")
	c.Grace = -1
	c.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	cut := make(chan error)
	for _, a := range []*runtime.Action{&actionPlain, &actionSafe, &actionItems} {
		go func() {
			cut <- c.Do(t.Context(), &runtime.Request{Action: a.Name, Body: &number{0}, Info: a}, nil)
		}()
	}
	synctest.Wait()
	began := time.Now()
	c.Close()
	for range 3 {
		if err := <-cut; !errors.Is(err, runtime.ErrClosed) || time.Since(began) > 0 {
			t.Errorf("a call ends after %v with %v", time.Since(began), err)
		}
	}
}
