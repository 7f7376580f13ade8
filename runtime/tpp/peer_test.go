package tpp

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A town has servers at several addresses, which may come and go.
type town struct {
	mu      sync.Mutex
	servers map[string]*server
	dials   map[string]int
	calls   map[string]int
}

func newTown() *town {
	return &town{servers: map[string]*server{}, dials: map[string]int{}, calls: map[string]int{}}
}

// open starts a server at addr.
func (w *town) open(t *testing.T, addr string) *server {
	s := serve(t, runtime.Limits{})
	s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
		w.mu.Lock()
		w.calls[addr]++
		w.mu.Unlock()
		return next(ctx, req, out)
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.servers[addr] = s
	return s
}

// shut stops the server at addr, and waits for that.
func (w *town) shut(t *testing.T, addr string) {
	w.mu.Lock()
	s := w.servers[addr]
	delete(w.servers, addr)
	w.mu.Unlock()
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

func (w *town) dial(_ context.Context, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dials[addr]++
	s := w.servers[addr]
	if s == nil {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	return s.l.Dial()
}

// count returns how often addr was called, and dialed, since the last time.
func (w *town) count(addr string) (calls, dials int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls, dials = w.calls[addr], w.dials[addr]
	w.calls[addr], w.dials[addr] = 0, 0
	return calls, dials
}

func (w *town) client(t *testing.T, addr string) *Client {
	c := &Client{Addr: addr, Token: "s3cret", Dial: w.dial}
	t.Cleanup(func() { c.Close() })
	return c
}

// together makes n calls at once that take a second each.
func together(t *testing.T, c *Client, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := invoke(t.Context(), c.Do, &actionWait, 1); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
	}
	wg.Wait()
}

func TestClient_spreadsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		for _, addr := range []string{"a", "b", "c"} {
			w.open(t, addr)
		}
		c := w.client(t, "a, b,c")
		together(t, c, 30)
		for _, addr := range []string{"a", "b", "c"} {
			if n, _ := w.count(addr); n != 10 {
				t.Errorf("%s got %d of 30 calls", addr, n)
			}
		}
		for range 300 { // one after the other
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
		}
		for _, addr := range []string{"a", "b", "c"} {
			if n, _ := w.count(addr); n < 50 {
				t.Errorf("%s got %d of 300 calls", addr, n)
			}
		}
	})
}

func TestClient_leavesOutPeersThatAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		c := w.client(t, "a,b")
		for range 600 { // a minute
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if _, dials := w.count("b"); dials > 20 {
			t.Errorf("b was dialed %d times in a minute", dials)
		}
		w.open(t, "b")
		time.Sleep(10 * time.Second)
		for range 100 {
			invoke(t.Context(), c.Do, &actionDouble, 1)
			synctest.Wait()
		}
		if n, _ := w.count("b"); n < 20 {
			t.Errorf("b is back, and got %d of 100 calls", n)
		}
		items(t.Context(), c.Do, &actionCount, 1)
		w.shut(t, "a")
		for range 10 {
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Error(err)
			}
			if _, err := items(t.Context(), c.Do, &actionCount, 1); err != nil {
				t.Error(err)
			}
		}
	})
}

// A peer that never answers holds up the first call a little, and then no more.
func TestClient_leavesOutPeersThatAreSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		c := w.client(t, "a,b,c")
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			if addr == "a" {
				return w.dial(ctx, addr)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		for range 200 {
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 2*haste {
			t.Errorf("200 calls took %v", took)
		}
	})
}

// mutePeer returns a connection to a peer that takes a request, and then hangs up; so do
// proxies whose server is gone.
func mutePeer(after time.Duration) net.Conn {
	near, far := wiretest.Pipe()
	go func() {
		defer far.Close()
		f := frameReader{src: far, limit: 1 << 20}
		if frame, err := f.next(); err == nil {
			frame.free()
			time.Sleep(after)
		}
	}()
	return near
}

// A peer that takes connections and doesn't answer gets a call now and then, to find
// out whether that has changed, and the others go elsewhere.
func TestClient_leavesOutPeersThatAreMute(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first bool          // it was well in the beginning
		after time.Duration // it takes that long to hang up
	}{
		{"from the beginning", false, 0},
		{"later", true, 0},
		{"slowly", true, 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTown()
				w.open(t, "a")
				if tt.first {
					w.open(t, "b")
				}
				var mute atomic.Bool
				mute.Store(!tt.first)
				c := w.client(t, "a,b")
				c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
					if addr == "b" && mute.Load() {
						return mutePeer(tt.after), nil
					}
					return w.dial(ctx, addr)
				}
				var failed atomic.Int64
				var wg sync.WaitGroup
				call := func() {
					wg.Go(func() {
						if _, err := invoke(t.Context(), c.Do, &actionWait, 0); err != nil {
							failed.Add(1)
						}
					})
					synctest.Wait()
				}
				for range 100 {
					call()
				}
				if tt.first {
					w.shut(t, "b")
					time.Sleep(time.Second)
					mute.Store(true)
				}
				for range 6000 { // a minute
					call()
					time.Sleep(10 * time.Millisecond)
				}
				wg.Wait()
				if n := failed.Load(); n < 5 || n > 40 {
					t.Errorf("%d of 6000 calls failed", n)
				}
				w.open(t, "b")
				mute.Store(false)
				for range 1500 {
					call()
					time.Sleep(10 * time.Millisecond)
				}
				w.count("b")
				for range 100 {
					call()
				}
				if n, _ := w.count("b"); n < 20 {
					t.Errorf("b is back, and got %d of 100 calls", n)
				}
			})
		})
	}
}

// Calls wait a moment for a server behind a proxy as they do for one that can't be
// reached: one after the other finds out.
func TestClient_waitsForComebackBehindProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		c := w.client(t, "a")
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			if nc, err := w.dial(ctx, addr); err == nil {
				return nc, nil
			}
			return mutePeer(0), nil
		}
		invoke(t.Context(), c.Do, &actionWait, 0)
		w.shut(t, "a")
		time.AfterFunc(500*time.Millisecond, func() { w.open(t, "a") })
		var failed atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 0); err != nil {
					failed.Add(1)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if n := failed.Load(); n > 20 {
			t.Errorf("%d of 100 calls failed", n)
		}
	})
}

// That a peer doesn't answer some calls is no reason not to make others.
func TestClient_someCallsAreNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{Addr: "script", Dial: func(context.Context, string) (net.Conn, error) {
			near, far := wiretest.Pipe()
			go func() {
				defer far.Close()
				f := frameReader{src: far, limit: 1 << 20}
				if frame, err := f.next(); err == nil && !strings.Contains(string(frame.b), "double") {
					io.WriteString(far, framed(`{"code":0,"body":{"n":1}}`))
				}
			}()
			return near, nil
		}}
		defer c.Close()
		for range 100 {
			for range 5 {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.CodeOf(err) != runtime.Unavailable {
					t.Errorf("a call that isn't answered: %v", err)
				}
				time.Sleep(300 * time.Millisecond)
			}
			began := time.Now()
			if _, err := invoke(t.Context(), c.Do, &actionBare, 1); err != nil || time.Since(began) > 0 {
				t.Errorf("one that is: %v after %v", err, time.Since(began))
			}
		}
	})
}

// A caller that leaves before its answer says nothing about the peer.
func TestClient_leavingIsNoTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		c := w.client(t, "a")
		for _, calls := range []int{0, 1} { // before it: a connection of its own, and a shared one
			for range calls {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					t.Fatal(err)
				}
				(*c.all()[0].shared.Load())[0].fail(io.EOF) // so that none has an answer
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := invoke(ctx, c.Do, &actionWait, 60); runtime.CodeOf(err) != runtime.DeadlineExceeded {
				t.Errorf("%v", err)
			}
			cancel()
			if tr := c.all()[0].trouble.Load(); tr != nil {
				t.Errorf("after %d calls: %+v", calls, tr)
			}
		}
	})
}

func TestClient_backsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		c := w.client(t, "a")
		began := time.Now()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for time.Since(began) < time.Minute {
					if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.CodeOf(err) != runtime.Unavailable || !errors.Is(err, syscall.ECONNREFUSED) {
						t.Errorf("%v", err)
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > time.Minute+time.Second {
			t.Errorf("a call took %v", took-time.Minute)
		}
		if _, dials := w.count("a"); dials > 40 {
			t.Errorf("a was dialed %d times in a minute", dials)
		}
		w.open(t, "a")
		time.Sleep(10 * time.Second)
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
			t.Errorf("when it's there again: %v", err)
		}
	})
}

// Calls wait for a peer that was there before, but not for ever.
func TestClient_waitsForComeback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		c := w.client(t, "a")
		for range 3 {
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Fatal(err)
			}
			w.shut(t, "a")
			time.AfterFunc(500*time.Millisecond, func() { w.open(t, "a") })
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				began := time.Now()
				_, err := invoke(ctx, c.Do, &actionDouble, 1)
				if runtime.CodeOf(err) != runtime.DeadlineExceeded || time.Since(began) != 100*time.Millisecond {
					t.Errorf("with a deadline: %v after %v", err, time.Since(began))
				}
			})
			wg.Wait()
			if _, dials := w.count("a"); dials > 20 {
				t.Errorf("a was dialed %d times", dials)
			}
		}
		w.shut(t, "a")
		began := time.Now()
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.CodeOf(err) != runtime.Unavailable || time.Since(began) > comeback {
			t.Errorf("for good: %v after %v", err, time.Since(began))
		}
		began = time.Now()
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.CodeOf(err) != runtime.Unavailable || time.Since(began) > 0 {
			t.Errorf("and then: %v after %v", err, time.Since(began))
		}
	})
}

// A server that stops sends its callers away, and the calls it has are finished.
func TestClient_goawaySendsCallsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		a := w.open(t, "a")
		w.open(t, "b")
		c := w.client(t, "a,b")
		together(t, c, 2)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 5); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		w.count("a")
		w.count("b")
		a.stop()
		synctest.Wait()
		together(t, c, 20)
		if na, _ := w.count("a"); na != 0 {
			t.Errorf("a got %d calls", na)
		}
		if nb, _ := w.count("b"); nb != 20 {
			t.Errorf("b got %d calls", nb)
		}
		wg.Wait()
	})
}

// A peer that asks for calls to go elsewhere has its way for a second, if there are others.
func TestClient_goawayIsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		w.open(t, "b")
		c := w.client(t, "a,b")
		calls := func() (a, b int) {
			t.Helper()
			w.count("a")
			w.count("b")
			for range 100 {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					t.Fatal(err)
				}
			}
			a, _ = w.count("a")
			b, _ = w.count("b")
			return a, b
		}
		calls()
		c.all()[0].rest()
		time.Sleep(away - 1)
		if a, b := calls(); a != 0 || b != 100 {
			t.Errorf("until then a got %d calls, b %d", a, b)
		}
		time.Sleep(2 * time.Nanosecond)
		if a, b := calls(); a < 20 || b < 20 {
			t.Errorf("from then on a got %d calls, b %d", a, b)
		}

		c.replace([]place{{"a", "a"}}) // there are no others
		c.all()[0].rest()
		if a, _ := calls(); a != 100 {
			t.Errorf("alone a got %d calls", a)
		}
	})
}

// While peers are in trouble their name is looked up once a second.
func TestClient_troubleLooksNamesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		c := w.client(t, "svc:1")
		var lookups []time.Time
		c.names.lookup = func(context.Context, string) ([]string, error) {
			lookups = append(lookups, time.Now())
			return []string{"10.0.0.1", "10.0.0.2"}, nil
		}
		for range 100 {
			c.all()[0].failed(nil, io.EOF)
			time.Sleep(lookTrouble / 10)
		}
		if len(lookups) != 10 {
			t.Errorf("%d lookups in 10 s", len(lookups))
		}
		for i := 1; i < len(lookups); i++ {
			if d := lookups[i].Sub(lookups[i-1]); d != lookTrouble {
				t.Errorf("lookup %d came %v after the one before", i, d)
			}
		}
	})
}

// The addresses of a name are peers, also when they change.
func TestClient_namesAreLookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		for _, addr := range []string{"svc:1", "10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "[fd00::1]:1"} {
			w.open(t, addr)
		}
		var addrs atomic.Pointer[[]string]
		var failing atomic.Bool
		c := w.client(t, "svc:1")
		c.names.lookup = func(_ context.Context, host string) ([]string, error) {
			if host != "svc" || failing.Load() {
				return nil, &net.DNSError{Err: "no such host", Name: host}
			}
			return *addrs.Load(), nil
		}
		for _, tt := range []struct {
			addrs, want string
		}{
			{"10.0.0.1 fd00::1", "svc:1"}, // one host
			{"10.0.0.1 10.0.0.2 fd00::1", "10.0.0.1:1 10.0.0.2:1"},
			{"10.0.0.2 10.0.0.3", "10.0.0.2:1 10.0.0.3:1"},
			{"", "10.0.0.2:1 10.0.0.3:1"}, // can't be looked up
			{"fd00::1", "svc:1"},
		} {
			failing.Store(tt.addrs == "")
			addrs.Store(new(strings.Fields(tt.addrs)))
			time.Sleep(lookAgain)
			invoke(t.Context(), c.Do, &actionDouble, 1)
			synctest.Wait()
			for addr := range w.servers {
				w.count(addr)
			}
			together(t, c, 12)
			for addr := range w.servers {
				n, _ := w.count(addr)
				if want := strings.Fields(tt.want); strings.Contains(tt.want, addr) != (n > 0) || n > 12/len(want) {
					t.Errorf("%q: %s got %d calls", tt.addrs, addr, n)
				}
			}
		}
	})
}

// A call that was begun before its peer was replaced goes to another one.
func TestClient_peerIsReplacedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open(t, "a")
		w.open(t, "b")
		c := w.client(t, "a")
		invoke(t.Context(), c.Do, &actionDouble, 1)
		old := c.all()[0]
		c.replace([]place{{"b", "b"}})
		synctest.Wait()
		if err := old.call(t.Context(), &runtime.Request{Action: "wait"}, nil); !errors.Is(err, errNotSeen) {
			t.Errorf("a call of the old peer: %v", err)
		}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
			t.Error(err)
		}
		if n, _ := w.count("b"); n != 1 {
			t.Errorf("b got %d calls", n)
		}
	})
}

func TestClient_hedges(t *testing.T) {
	actionSlow := runtime.Action{Name: "slow", Idempotent: true}
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		var cancelled atomic.Int64
		for _, addr := range []string{"a", "b"} {
			mux := w.open(t, addr).Handler.(*runtime.Mux)
			mux.Handle(&actionSlow, stub.Unary(&actionSlow, func(ctx context.Context, req *Number) (*Number, error) {
				if addr == "b" {
					return req, nil
				}
				_, err := wait(ctx, &Number{60})
				if err != nil {
					cancelled.Add(1)
				}
				return req, err
			}))
		}
		c := w.client(t, "a,b")
		c.Hedge = 50 * time.Millisecond
		for range 100 {
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				t.Error(err)
			}
		}
		for c.all()[0].mode.Load() != persistent || c.all()[1].mode.Load() != persistent {
			invoke(t.Context(), c.Do, &actionDouble, 1)
		}
		w.count("a")
		slow := 0
		for n := range int64(5) {
			began := time.Now()
			if got, err := invoke(t.Context(), c.Do, &actionSlow, n); got != n || err != nil {
				t.Errorf("slow(%d) = %d, %v", n, got, err)
			}
			if took := time.Since(began); took > 50*time.Millisecond {
				t.Errorf("it took %v", took)
			} else if took > 0 {
				slow++
			}
		}
		synctest.Wait()
		if n := cancelled.Load(); n != int64(slow) {
			t.Errorf("%d calls were slow, %d handlers were cancelled", slow, n)
		}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 2000); !errors.Is(err, errTooLarge) {
			t.Errorf("an error is an answer: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		c.all()[1].trouble.Store(&trouble{until: time.Now().Add(time.Hour)}) // b isn't asked
		if _, err := invoke(ctx, c.Do, &actionSlow, 1); runtime.CodeOf(err) != runtime.DeadlineExceeded {
			t.Errorf("with a deadline: %v", err)
		}
	})
}

// Second attempts are a tenth of all at most.
func TestHedges_bound(t *testing.T) {
	var h hedges
	second := 0
	for range 1000 {
		h.earn()
		if h.spend() {
			second++
		}
	}
	if second != 100 {
		t.Errorf("%d of 1000", second)
	}
}
