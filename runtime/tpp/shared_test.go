package tpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// counted makes c count its connections.
func counted(c *runtime.Client) *atomic.Int64 {
	n, dial := new(atomic.Int64), c.Dial
	c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
		n.Add(1)
		return dial(ctx, addr)
	}
	return n
}

func TestClient_sharesConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		conns := counted(c)
		for n := range int64(10) {
			if got, err := invoke(t.Context(), c.Do, &actionDouble, n); got != 2*n || err != nil {
				t.Fatalf("double(%d) = %d, %v", n, got, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		began := time.Now()
		var wg sync.WaitGroup
		for n := range int64(50) {
			wg.Go(func() {
				if got, err := invoke(t.Context(), c.Do, &actionWait, 50-n); got != 50-n || err != nil {
					t.Errorf("wait(%d) = %d, %v", 50-n, got, err)
				}
			})
			wg.Go(func() {
				if got, err := invoke(ctx, c.Do, &actionDouble, n); got != 2*n || err != nil {
					t.Errorf("double(%d) = %d, %v", n, got, err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took != 50*time.Second {
			t.Errorf("all took %v", took)
		}
		if n := conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// A volatile can't be encoded.
type volatile struct{}

func (*volatile) AppendJSON([]byte) ([]byte, error) { panic("volatile") }

func TestClient_requestPanics(t *testing.T) {
	for _, calls := range []int{0, 1} { // before it: a connection of its own, and a shared one
		for _, hedge := range []time.Duration{0, time.Second} {
			synctest.Test(t, func(t *testing.T) {
				c := serve(t, runtime.Limits{}).client(t)
				c.Hedge = hedge
				for range calls {
					if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
						t.Fatal(err)
					}
				}
				for _, req := range []runtime.Request{{Body: &volatile{}}, {Envelope: &volatile{}}, {Extra: &volatile{}}, {}} {
					if req.Body == nil && req.Envelope == nil && req.Extra == nil {
						c.Envelope = &volatile{}
					}
					req.Action, req.Info = "double", &actionDouble
					func() {
						defer func() {
							if r := recover(); r != "volatile" {
								t.Errorf("recovered %v", r)
							}
						}()
						c.Do(t.Context(), &req, nil)
					}()
				}
				c.Envelope = nil
				if got, err := invoke(t.Context(), c.Do, &actionDouble, 21); got != 42 || err != nil {
					t.Errorf("double(21) after the panic = %d, %v", got, err)
				}
				began := time.Now()
				c.Close()
				if took := time.Since(began); took != 0 {
					t.Errorf("after %d calls, Close takes %v", calls, took)
				}
			})
		}
	}
}

func TestClient_manyCallsOpenAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		conns := counted(c)
		invoke(t.Context(), c.Do, &actionDouble, 1)
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 1); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if n := conns.Load(); n != 4 {
			t.Errorf("%d connections", n)
		}
	})
}

// Calls that begin at once wait for the answer of the first, and share its connection. If it
// takes long, they don't.
func TestClient_firstCalls(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first *runtime.Action
		took  time.Duration // all the other calls
		conns int64
	}{
		{"answered", &actionDouble, 0, 1},
		{"slow", &actionWait, hesitation, 51},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := serve(t, runtime.Limits{}).client(t)
				conns := counted(c)
				dial := c.Dial
				c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
					time.Sleep(time.Millisecond) // for a handshake
					return dial(ctx, addr)
				}
				var all sync.WaitGroup
				all.Go(func() {
					if _, err := invoke(t.Context(), c.Do, tt.first, 1); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				began := time.Now()
				for n := range int64(50) {
					all.Go(func() {
						if got, err := invoke(t.Context(), c.Do, &actionDouble, n); got != 2*n || err != nil {
							t.Errorf("double(%d) = %d, %v", n, got, err)
						}
						if took := time.Since(began); took > tt.took+2*time.Millisecond {
							t.Errorf("a call took %v", took)
						}
					})
				}
				left, leave := context.WithCancel(t.Context())
				leave()
				if _, err := invoke(left, c.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.Canceled {
					t.Errorf("a call that was left: %v", err)
				}
				all.Wait()
				if n := conns.Load(); n != tt.conns {
					t.Errorf("%d connections, want %d", n, tt.conns)
				}
			})
		})
	}
}

// A caller that leaves ends its handler, and disturbs no other call.
func TestClient_leftCallEndsHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		ended := make(chan error, 1)
		s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			err := next(ctx, req, out)
			if err != nil {
				ended <- err
			}
			return err
		})
		c := s.client(t)
		conns := counted(c)
		invoke(t.Context(), c.Do, &actionDouble, 1)
		for _, other := range []bool{false, true} {
			var wg sync.WaitGroup
			if other {
				wg.Go(func() {
					if _, err := invoke(t.Context(), c.Do, &actionWait, 60); err != nil {
						t.Errorf("the other call: %v", err)
					}
				})
				synctest.Wait()
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			began := time.Now()
			if _, err := invoke(ctx, c.Do, &actionWait, 3600); runtime.ReasonOf(err) != runtime.Canceled {
				t.Errorf("left call: %v", err)
			}
			if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
				t.Errorf("its handler ended after %v with %v", time.Since(began), err)
			}
			if got, err := invoke(t.Context(), c.Do, &actionDouble, 4); got != 8 || err != nil {
				t.Errorf("the next call: %d, %v", got, err)
			}
			wg.Wait()
		}
		if n := conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// A peer that doesn't read for a while still learns of each call that was left.
func TestClient_leftCallsOfBusyPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := wiretest.Pipe()
		c := watched(&runtime.Client{Wire: Wire{}, Addr: "script", Dial: func(context.Context, string) (net.Conn, error) { return near, nil }})
		endpoints(c)[0].mode.Store(persistent)
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		call := func(ctx context.Context, bytes int) {
			calls.Go(func() { stub.Invoke[Text](ctx, c.Do, &actionEcho, &Text{strings.Repeat("x", bytes)}, nil) })
			synctest.Wait()
		}
		for range 3 {
			call(ctx, 1)
		}
		f := frameReader{src: far, limit: 1 << 20}
		for range 3 {
			read(t, &f)
		}
		rest, cancelRest := context.WithCancel(t.Context())
		for range 20 { // more than connection and queue have room for
			call(rest, 50_000)
		}
		cancel()
		synctest.Wait()
		cancelled := make(map[string]bool)
		calls.Go(func() {
			for {
				frame, err := f.next()
				if err != nil {
					return
				}
				if text := string(frame.b); strings.Contains(text, "cancel") {
					cancelled[text] = true
				}
				frame.free()
			}
		})
		synctest.Wait()
		for id := 1; id <= 3; id++ {
			if want := fmt.Sprintf(`{"id":%d,"cancel":true}`, id); !cancelled[want] {
				t.Errorf("no %s came", want)
			}
		}
		cancelRest()
		synctest.Wait()
		far.Close()
		calls.Wait()
		c.Close()
	})
}

func TestClient_deadlineTravels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		deadlines := make(chan time.Duration, 1)
		s.Handler.(*runtime.Mux).Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			d, _ := ctx.Deadline()
			deadlines <- time.Until(d)
			return next(ctx, req, out)
		})
		c := s.client(t)
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			if _, err := invoke(ctx, c.Do, &actionDouble, 1); err != nil {
				t.Error(err)
			}
			cancel()
			if d := <-deadlines; d != 3*time.Second+envelope.Slack {
				t.Errorf("the handler has %v", d)
			}
		}
	})
}

func TestClient_idleConnectionIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		conns := counted(c)
		for range 3 {
			for range 2 {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Hour)
			if p := endpoints(c)[0].shared.Load(); p != nil && len(*p) > 0 {
				t.Error("the connection is kept for ever")
			}
		}
		if n := conns.Load(); n != 3 {
			t.Errorf("%d connections", n)
		}
	})
}

// A goaway is noticed on a connection that has no calls, soon after the last one.
func TestClient_unattendedConnection(t *testing.T) {
	for calls, want := range map[int]time.Duration{
		1: unattended,     // from when the connection is shared
		2: 2 * unattended, // the first time it's looked at, there was a call
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := wiretest.Pipe()
			c := &runtime.Client{Wire: Wire{}, Addr: "script", Dial: func(context.Context, string) (net.Conn, error) { return near, nil }}
			defer c.Close()
			ended := make(chan time.Time, 1)
			go func() {
				f := frameReader{src: far, limit: 1 << 20}
				for id := range calls {
					read(t, &f)
					io.WriteString(far, framed(fmt.Sprintf(`{"id":%d,"code":0,"body":{"n":1}}`, id+1)))
				}
				io.WriteString(far, framed(`{"goaway":true}`))
				if got := read(t, &f); got != "! EOF" {
					t.Errorf("the client says %s", got)
				}
				ended <- time.Now()
			}()
			began := time.Now()
			for range calls {
				if _, err := invoke(t.Context(), c.Do, &actionBare, 1); err != nil {
					t.Fatal(err)
				}
			}
			if took := (<-ended).Sub(began); took != want {
				t.Errorf("after %d calls it took %v to notice the goaway, want %v", calls, took, want)
			}
		})
	}
}

// A stream that isn't read, or that sends nothing, delays no other call.
func TestClient_streamHasItsOwnConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		conns := counted(c)
		invoke(t.Context(), c.Do, &actionDouble, 1)
		n := 0
		for _, err := range stub.InvokeStream[Number](t.Context(), c.Do, &actionCount, &Number{1000}, nil) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 1 {
				time.Sleep(time.Minute)
				began := time.Now()
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
					t.Errorf("a call meanwhile: %v after %v", err, time.Since(began))
				}
			}
		}
		if n != 1000 {
			t.Errorf("%d items", n)
		}
		if n := conns.Load(); n != 2 {
			t.Errorf("%d connections", n)
		}
	})
}

// A stream of a persistent peer that just ends was cut.
func TestClient_streamCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, framed(`{"id":1,"code":0,"more":true,"body":{"n":1}}`))
		got, err := items(t.Context(), c.Do, &runtime.Action{Name: "s", Stream: true, Reply: runtime.Bare}, 1)
		if len(got) != 1 || !errors.Is(err, runtime.ErrStreamCut) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// An answer that is too long is the error of its call alone.
func TestClient_answerTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		s.Handler.(*runtime.Mux).Handle(&actionEcho, stub.Unary(&actionEcho, func(_ context.Context, m *Text) (*Text, error) { return m, nil }))
		c := s.client(t)
		c.MaxFrame = 1000
		conns := counted(c)
		echo := func(n int) error {
			_, err := stub.Invoke[Text](t.Context(), c.Do, &actionEcho, &Text{strings.Repeat("x", n)}, nil)
			return err
		}
		if err := echo(900); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 1); err != nil {
					t.Errorf("another call: %v", err)
				}
			})
		}
		synctest.Wait()
		for _, n := range []int{1000, 100_000, 1_000_000} {
			want := fmt.Sprintf("frame of %d bytes is longer than the limit of 1000", n+len(`{"id":2,"code":0,"body":{"echo":""}}`)+1)
			if err := echo(n); runtime.ReasonOf(err) != runtime.OverLimit || err.Error() != want {
				t.Errorf("an answer with a string of %d bytes: %v, want %s", n, err, want)
			}
			if err := echo(900); err != nil {
				t.Errorf("the next one: %v", err)
			}
		}
		wg.Wait()
		if n := conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// On a connection that has brought an id, a response without one ends it, and is no item.
func TestClient_streamWithoutID(t *testing.T) {
	const item = `{"id":1,"code":0,"more":true,"body":{"n":1}}`
	for answer, want := range map[string]struct {
		kind string
		text string
	}{
		framed(item) + framed(`{"code":0,"body":{"n":2}}`):                              {"bad_response", "script answered without an id"},
		framed(item) + framed(`{"code":0,"body":null}`):                                 {"bad_response", "script answered without an id"},
		framed(item) + "0\n":                                                            {"bad_response", "script answered without an id"},
		framed(item) + framed(`{"code":5,"body":{"error":"x"}}`):                        {"unavailable", "script ended the connection: x"},
		framed(item) + framed(`{"goaway":true,"code":5,"body":{"error":"x"}}`):          {"unavailable", "script ended the connection: x"},
		framed(item) + framed(`{"goaway":true}`) + framed(`{"id":1,"code":0}`):          {"0", ""},
		framed(`{"goaway":true}`) + framed(item) + framed(`{"id":1,"code":0}`):          {"0", ""},
		framed(item) + framed(`{"id":1,"code":5,"body":{"error":"x"}}`):                 {"5", "x"},
		framed(item) + framed(`{"id":1,"code":0,"body":null}`) + framed(`{"code":"x"}`): {"0", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := scripted(t, answer)
			got, err := items(t.Context(), c.Do, &runtime.Action{Name: "s", Stream: true, Reply: runtime.Bare}, 1)
			if len(got) != 1 || kind(err) != want.kind || err != nil && err.Error() != want.text {
				t.Errorf("%q: %v, %v, want %v", answer, got, err, want)
			}
			if mode := endpoints(c)[0].mode.Load(); mode != persistent {
				t.Errorf("%q: the peer is taken for %d", answer, mode)
			}
			c.Close()
		})
	}
}

// A peer that was replaced by a classic one answers the first call and never
// reads the others: they are made again.
func TestClient_peerTurnsClassic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answered atomic.Int64
		c := watched(&runtime.Client{Wire: Wire{}, Addr: "script", Dial: func(context.Context, string) (net.Conn, error) {
			near, far := wiretest.Pipe()
			go func() {
				defer far.Close()
				f := frameReader{src: far, limit: 1 << 20}
				if _, err := f.next(); err != nil {
					return
				}
				time.Sleep(time.Second)
				answered.Add(1)
				io.WriteString(far, framed(`{"code":0,"body":{"n":1}}`))
			}()
			return near, nil
		}})
		defer c.Close()
		endpoints(c)[0].mode.Store(persistent)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionBare, 1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := answered.Load(); n != 10 {
			t.Errorf("%d answers", n)
		}
	})
}

// A peer that refuses connections, since it has too many, isn't taken for a classic one.
func TestClient_fullPeer(t *testing.T) {
	const full = "too many connections: the limit is 2"
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Conns: 2})
		c, late := s.client(t), s.client(t)
		conns := counted(c)
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
		p := endpoints(c)[0]
		(*p.shared.Load())[0].fail(io.EOF)
		synctest.Wait()
		others := []net.Conn{s.dial(t), s.dial(t)}
		for range 2 {
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.CodeOf(err) != runtime.Failed || err.Error() != full {
				t.Errorf("a call: %v", err)
			}
			if _, err := items(t.Context(), c.Do, &actionNull, 1); runtime.CodeOf(err) != runtime.Failed || err.Error() != full {
				t.Errorf("a stream: %v", err)
			}
		}
		if _, err := invoke(t.Context(), late.Do, &actionDouble, 1); err == nil || err.Error() != full {
			t.Errorf("of a client that doesn't know the peer: %v", err)
		}
		conns.Store(0)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 0); err == nil || !strings.HasSuffix(err.Error(), full) {
					t.Errorf("one of many calls: %v", err)
				}
			})
		}
		wg.Wait()
		if n := conns.Load(); n >= 100 {
			t.Errorf("100 calls opened %d connections", n)
		}
		if mode := p.mode.Load(); mode != persistent {
			t.Errorf("the peer is taken for %d", mode)
		}
		if mode := endpoints(late)[0].mode.Load(); mode != unknown {
			t.Errorf("the peer that wasn't known is taken for %d", mode)
		}

		for _, other := range others {
			other.Close()
		}
		synctest.Wait()
		conns.Store(0)
		for range 10 {
			for _, c := range []*runtime.Client{c, late} {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					t.Errorf("when there's room again: %v", err)
				}
			}
		}
		if n := conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// When a peer doesn't take one connection more, calls go on with those that there are.
func TestClient_fullPeerHasCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Conns: 1, CallsPerConn: 1000})
		c := s.client(t)
		conns := counted(c)
		invoke(t.Context(), c.Do, &actionDouble, 1)
		failed := 0
		var wg sync.WaitGroup
		for range 300 {
			wg.Go(func() {
				if _, err := invoke(t.Context(), c.Do, &actionWait, 1); err != nil {
					failed++
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if n := conns.Load(); n > 2 || failed > 1 {
			t.Errorf("%d connections, %d calls failed", n, failed)
		}
	})
}

// Calls go past a peer that is full.
func TestClient_fullPeerAmongOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := map[string]*server{"a": serve(t, runtime.Limits{}), "b": serve(t, runtime.Limits{Conns: 1})}
		c := watched(&runtime.Client{Wire: Wire{}, Addr: "a,b", Token: "s3cret", Dial: func(_ context.Context, addr string) (net.Conn, error) { return servers[addr].l.Dial() }})
		defer c.Close()
		for endpoints(c)[0].mode.Load() != persistent || endpoints(c)[1].mode.Load() != persistent {
			invoke(t.Context(), c.Do, &actionDouble, 1)
		}
		(*endpoints(c)[1].shared.Load())[0].fail(io.EOF)
		synctest.Wait()
		defer servers["b"].dial(t).Close()
		failed := 0
		for range 6000 { // a minute
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
				failed++
			}
			time.Sleep(10 * time.Millisecond)
		}
		if failed > 30 {
			t.Errorf("%d of 6000 calls failed", failed)
		}
	})
}

// A persistent peer that was replaced by a classic one is found out by its first
// success, whatever errors it has answered before.
func TestClient_peerTurnsClassicWithErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := make(chan string, 100)
		c := watched(&runtime.Client{Wire: Wire{}, Addr: "script", Dial: func(context.Context, string) (net.Conn, error) {
			near, far := wiretest.Pipe()
			go func() {
				defer far.Close()
				f := frameReader{src: far, limit: 1 << 20}
				if frame, err := f.next(); err == nil {
					frame.free()
					io.WriteString(far, framed(<-answers))
				}
			}()
			return near, nil
		}})
		defer c.Close()
		p := endpoints(c)[0]
		p.mode.Store(persistent)
		for range 10 {
			answers <- `{"code":7,"body":{"error":"seven"}}`
			if _, err := invoke(t.Context(), c.Do, &actionBare, 1); runtime.CodeOf(err) != 7 || err.Error() != "seven" {
				t.Errorf("an error: %v", err)
			}
			if p.mode.Load() != persistent {
				t.Error("an error decides")
			}
		}
		answers <- `{"code":0,"body":{"n":1}}`
		if _, err := invoke(t.Context(), c.Do, &actionBare, 1); err != nil || p.mode.Load() != classic {
			t.Errorf("a success: %v, and the peer is taken for %d", err, p.mode.Load())
		}
		answers <- `{"code":7,"body":{"error":"seven"}}`
		if _, err := invoke(t.Context(), c.Do, &actionBare, 1); runtime.CodeOf(err) != 7 || p.mode.Load() != classic {
			t.Errorf("an error: %v, and the peer is taken for %d", err, p.mode.Load())
		}
	})
}

// Calls go on while servers come and go: what was accepted is answered, and what
// wasn't goes to the next one.
func TestClient_rollingRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var current atomic.Pointer[server]
		current.Store(serve(t, runtime.Limits{}))
		c := &runtime.Client{Wire: Wire{}, Addr: "memory", Token: "s3cret", Dial: func(context.Context, string) (net.Conn, error) { return current.Load().l.Dial() }}
		defer c.Close()
		stop := make(chan struct{})
		var wg sync.WaitGroup
		var calls atomic.Int64
		for n := range int64(32) {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if got, err := invoke(t.Context(), c.Do, &actionWait, n%3); got != n%3 || err != nil {
						t.Errorf("wait(%d) = %d, %v", n%3, got, err)
						return
					}
					calls.Add(1)
					if n%3 == 0 {
						time.Sleep(100 * time.Millisecond)
					}
				}
			})
		}
		for range 10 {
			time.Sleep(1500 * time.Millisecond)
			old := current.Swap(serve(t, runtime.Limits{}))
			began := time.Now()
			old.stop()
			if err := <-old.done; err != nil {
				t.Error(err)
			}
			old.done <- nil
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("the server took %v to stop", took)
			}
		}
		close(stop)
		wg.Wait()
		if calls.Load() < 500 {
			t.Errorf("%d calls", calls.Load())
		}
	})
}

func ExampleClient() {
	mux := newMux()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	srv := &runtime.Server{Wire: Wire{}, Handler: mux, Auth: auth}
	done := make(chan error)
	go func() { done <- srv.Serve(ctx, l) }()

	client := &runtime.Client{Wire: Wire{}, Addr: l.Addr().String(), Token: "s3cret"}
	n, err := stub.Invoke[Number](ctx, client.Do, &actionDouble, &Number{21}, nil)
	fmt.Println(n, err)

	client.Close()
	stop()
	fmt.Println(<-done)
	// Output:
	// &{42} <nil>
	// <nil>
}
