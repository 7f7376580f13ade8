package balance

import (
	"context"
	"errors"
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

func TestDo_spreadsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b", "c")
		c := w.client(t, "a, b,c")
		together(t, c, 30)
		for _, addr := range []string{"a", "b", "c"} {
			if n, _ := w.count(addr); n != 10 {
				t.Errorf("%s got %d of 30 calls", addr, n)
			}
		}
		for range 300 { // one after the other
			if err := invoke(t.Context(), c, &plain); err != nil {
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

func TestDo_leavesOutPeersThatAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		c := w.client(t, "a,b")
		for range 600 { // a minute
			if err := invoke(t.Context(), c, &plain); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if _, dials := w.count("b"); dials > 20 {
			t.Errorf("b was dialed %d times in a minute", dials)
		}
		w.open("b", nil)
		time.Sleep(10 * time.Second)
		for range 100 {
			invoke(t.Context(), c, &plain)
			synctest.Wait()
		}
		if n, _ := w.count("b"); n < 20 {
			t.Errorf("b is back, and got %d of 100 calls", n)
		}
		w.shut("a")
		for range 10 {
			if err := invoke(t.Context(), c, &plain); err != nil {
				t.Error(err)
			}
		}
	})
}

// A peer that never accepts a connection delays the first call a little, and no other.
func TestDo_leavesOutPeersThatAreSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		c := w.client(t, "a,b,c", func(c *runtime.Client) {
			c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
				if addr == "a" {
					return w.dial(ctx, addr)
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		began := time.Now()
		for range 200 {
			if err := invoke(t.Context(), c, &plain); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 2*firstDialTimeout {
			t.Errorf("200 calls took %v", took)
		}
	})
}

// A peer that takes connections and doesn't answer gets a call now and then, to find
// out whether that has changed, and the others go elsewhere.
func TestDo_leavesOutPeersThatAreMute(t *testing.T) {
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
				w := newTown("a", "b")
				if !tt.first {
					w.mute("b", tt.after)
				}
				c := w.client(t, "a,b")
				var failed atomic.Int64
				var wg sync.WaitGroup
				call := func() {
					wg.Go(func() {
						if err := invoke(t.Context(), c, &plain); err != nil {
							failed.Add(1)
						}
					})
					synctest.Wait()
				}
				for range 100 {
					call()
				}
				if tt.first {
					w.shut("b")
					time.Sleep(time.Second)
					w.mute("b", tt.after)
				}
				for range 6000 { // a minute
					call()
					time.Sleep(10 * time.Millisecond)
				}
				wg.Wait()
				if n := failed.Load(); n < 5 || n > 40 {
					t.Errorf("%d of 6000 calls failed", n)
				}
				w.open("b", nil)
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
func TestDo_waitsForComebackBehindProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		c := w.client(t, "a")
		invoke(t.Context(), c, &plain)
		w.mute("a", 0)
		time.AfterFunc(500*time.Millisecond, func() { w.open("a", nil) })
		var failed atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := invoke(t.Context(), c, &plain); err != nil {
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
func TestDo_someCallsAreNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Balancer
		w := newTown()
		w.open("a", func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
			if req.Action == "odd" {
				(*c.backends.Load())[0].Report(NoAnswer)
				return runtime.Unavailable.Errorf("no answer")
			}
			return nil
		})
		c = w.client(t, "a")
		for range 100 {
			for range 5 {
				if err := invoke(t.Context(), c, &runtime.Action{Name: "odd"}); runtime.ReasonOf(err) != runtime.Unavailable {
					t.Errorf("a call that isn't answered: %v", err)
				}
				time.Sleep(300 * time.Millisecond)
			}
			began := time.Now()
			if err := invoke(t.Context(), c, &plain); err != nil || time.Since(began) > 0 {
				t.Errorf("one that is: %v after %v", err, time.Since(began))
			}
		}
	})
}

func TestDo_backsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		c := w.client(t, "a")
		began := time.Now()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for time.Since(began) < time.Minute {
					if err := invoke(t.Context(), c, &plain); runtime.ReasonOf(err) != runtime.Unavailable || !errors.Is(err, syscall.ECONNREFUSED) {
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
		w.open("a", nil)
		time.Sleep(10 * time.Second)
		if err := invoke(t.Context(), c, &plain); err != nil {
			t.Errorf("when it's there again: %v", err)
		}
	})
}

// Calls don't wait for a peer that was never there, nor do they dial it again at once.
func TestDo_doesNotWaitForStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		c := w.client(t, "a")
		began := time.Now()
		for range 10 {
			if err := invoke(t.Context(), c, &plain); !errors.Is(err, syscall.ECONNREFUSED) || time.Since(began) > 0 {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
		if _, dials := w.count("a"); dials != 1 {
			t.Errorf("a was dialed %d times", dials)
		}
	})
}

// Calls wait for a peer that was there before, but not for ever.
func TestDo_waitsForComeback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		c := w.client(t, "a")
		for range 3 {
			if err := invoke(t.Context(), c, &plain); err != nil {
				t.Fatal(err)
			}
			w.shut("a")
			time.AfterFunc(500*time.Millisecond, func() { w.open("a", nil) })
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if err := invoke(t.Context(), c, &plain); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				began := time.Now()
				err := invoke(ctx, c, &plain)
				if runtime.ReasonOf(err) != runtime.DeadlineExceeded || time.Since(began) != 100*time.Millisecond {
					t.Errorf("with a deadline: %v after %v", err, time.Since(began))
				}
			})
			wg.Wait()
			if _, dials := w.count("a"); dials > 20 {
				t.Errorf("a was dialed %d times", dials)
			}
		}
		w.shut("a")
		began := time.Now()
		if err := invoke(t.Context(), c, &plain); runtime.ReasonOf(err) != runtime.Unavailable || time.Since(began) > reconnectWait {
			t.Errorf("for good: %v after %v", err, time.Since(began))
		}
		began = time.Now()
		if err := invoke(t.Context(), c, &plain); runtime.ReasonOf(err) != runtime.Unavailable || time.Since(began) > 0 {
			t.Errorf("and then: %v after %v", err, time.Since(began))
		}
	})
}

// Of two backends one is restarted as soon as the other is there again, however long that
// took: no call fails.
func TestDo_oneRestartAfterTheOther(t *testing.T) {
	for _, gone := range []time.Duration{500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 30 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown("a", "b")
			c := w.client(t, "a,b")
			done := make(chan struct{})
			go func() {
				defer close(done)
				for _, addr := range []string{"a", "b"} {
					time.Sleep(time.Second)
					w.shut(addr)
					time.Sleep(gone)
					w.open(addr, nil)
				}
			}()
			for over := false; !over; time.Sleep(10 * time.Millisecond) {
				if err := invoke(t.Context(), c, &plain); err != nil {
					t.Errorf("backends down for %v: %v", gone, err)
				}
				select {
				case <-done:
					over = true
				default:
				}
			}
		})
	}
}

// A peer that stops sends its callers away, and finishes the calls it has.
func TestDo_goawaySendsCallsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		c := w.client(t, "a,b")
		together(t, c, 2)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := invokeFor(t.Context(), c, &plain, 5*time.Second); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		w.count("a")
		w.count("b")
		w.shut("a")
		together(t, c, 20)
		if n, _ := w.count("a"); n != 0 {
			t.Errorf("a got %d calls", n)
		}
		if n, _ := w.count("b"); n != 20 {
			t.Errorf("b got %d calls", n)
		}
		wg.Wait()
	})
}

// A peer that asks for calls to go elsewhere gets none for a second, if there are others.
func TestDo_goawayIsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		c := w.client(t, "a,b")
		calls := func() (a, b int) {
			t.Helper()
			w.count("a")
			w.count("b")
			for range 100 {
				if err := invoke(t.Context(), c, &plain); err != nil {
					t.Fatal(err)
				}
			}
			a, _ = w.count("a")
			b, _ = w.count("b")
			return a, b
		}
		calls()
		(*c.backends.Load())[0].Report(GoAway)
		time.Sleep(goawayPause - 1)
		if a, b := calls(); a != 0 || b != 100 {
			t.Errorf("until then a got %d calls, b %d", a, b)
		}
		time.Sleep(2 * time.Nanosecond)
		if a, b := calls(); a < 20 || b < 20 {
			t.Errorf("from then on a got %d calls, b %d", a, b)
		}

		replace(c, place{"a", "a"}) // there are no others
		(*c.backends.Load())[0].Report(GoAway)
		if a, _ := calls(); a != 100 {
			t.Errorf("alone a got %d calls", a)
		}
	})
}

// An attempt that failed is repeated as often as its error and its action allow.
func TestDo_attempts(t *testing.T) {
	lost := runtime.Unavailable.Errorf("lost")
	for _, tt := range []struct {
		action *runtime.Action
		err    error
		want   int
		text   string
	}{
		{&plain, lost, 1, "lost"},
		{&stream, lost, 1, "lost"},
		{&idempotent, lost, 3, "lost"},
		{&idempotent, runtime.Errorf(7, "seven"), 1, "seven"},
		{&idempotent, runtime.ErrClosed, 1, "closed"},
		{&plain, Refused(lost), 3, "lost"},
		{&stream, Refused(lost), 3, "lost"},
		{&plain, Unseen(io.EOF), 100, "100 attempts didn't get through: EOF"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown()
			w.open("a", func(context.Context, *runtime.Request, runtime.Responder) error { return tt.err })
			err := invoke(t.Context(), w.client(t, "a"), tt.action)
			if n, _ := w.count("a"); n != tt.want || err.Error() != tt.text || !errors.Is(err, tt.err) {
				t.Errorf("%s, %v: %v after %d attempts, want %d", tt.action.Name, tt.err, err, n, tt.want)
			}
		})
	}
}

// A call that the peer can't have seen goes to another peer at once.
func TestDo_unseenCallsGoElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		w.open("b", func(context.Context, *runtime.Request, runtime.Responder) error { return Unseen(io.EOF) })
		c := w.client(t, "a,b")
		for range 100 {
			began := time.Now()
			if err := invoke(t.Context(), c, &plain); err != nil || time.Since(began) > 0 {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
		if n, _ := w.count("b"); n < 20 || n > 80 {
			t.Errorf("b got %d of 100 calls first", n)
		}
	})
}

// A call whose context ends between two attempts tells its caller that.
func TestDo_contextEndsBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newTown()
		w.open("a", func(context.Context, *runtime.Request, runtime.Responder) error {
			cancel()
			return Unseen(io.EOF)
		})
		if err := invoke(ctx, w.client(t, "a"), &plain); err != context.Canceled {
			t.Errorf("%v", err)
		}
	})
}

// A call that was answered isn't made again, even if the caller's Responder fails like an
// attempt, for example because it makes a call with another client.
func TestDo_responderFails(t *testing.T) {
	for _, hedge := range []time.Duration{0, time.Second} {
		for _, why := range []error{
			Unseen(io.EOF),
			runtime.Unavailable.Errorf("connecting: %w", Unseen(io.EOF)),
			Refused(io.EOF),
			runtime.Unavailable.Errorf("lost"),
		} {
			synctest.Test(t, func(t *testing.T) {
				w := newTown("a")
				c := w.client(t, "a", func(c *runtime.Client) { c.Hedge = hedge })
				for _, a := range []*runtime.Action{&plain, &idempotent, &stream} {
					err := c.Do(t.Context(), &runtime.Request{Action: a.Name, Info: a}, runtime.ResponderFunc(func(runtime.Message) error { return why }))
					if n, _ := w.count("a"); n != 1 || err != why {
						t.Errorf("%s, %v: %v after %d attempts", a.Name, why, err, n)
					}
				}
				if h := (*c.backends.Load())[0].health.Load(); h.state != well {
					t.Errorf("%v: the peer is in state %d", why, h.state)
				}
			})
		}
	}
}

// Close waits for calls until Grace is over, and cuts them then.
func TestClose_grace(t *testing.T) {
	for _, tt := range []struct {
		grace, call, want time.Duration
		err               error
	}{
		{0, 3 * time.Second, 3 * time.Second, nil},
		{0, time.Minute, 10 * time.Second, runtime.ErrClosed},
		{time.Second, time.Minute, time.Second, runtime.ErrClosed},
		{-1, time.Minute, 0, runtime.ErrClosed},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown("a", "b")
			c := w.client(t, "a,b", func(c *runtime.Client) { c.Grace = tt.grace })
			done := make(chan error, 2)
			for range cap(done) {
				go func() { done <- invokeFor(t.Context(), c, &plain, tt.call) }()
			}
			synctest.Wait()
			began := time.Now()
			for range 2 {
				c.Close()
				if took := time.Since(began); took != tt.want {
					t.Errorf("%+v: Close took %v", tt, took)
				}
			}
			for range cap(done) {
				if err := <-done; err != tt.err {
					t.Errorf("%+v: %v", tt, err)
				}
			}
			if err := invoke(t.Context(), c, &idempotent); err != runtime.ErrClosed {
				t.Errorf("a call after Close: %v", err)
			}
			for _, e := range w.ends {
				<-e.closed
			}
		})
	}
}

// A call that waits for a peer when Close is called isn't made.
func TestClose_callBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a")
		c := w.client(t, "a")
		invoke(t.Context(), c, &plain)
		w.shut("a")
		done := make(chan error)
		go func() { done <- invoke(t.Context(), c, &plain) }()
		synctest.Wait()
		c.Close()
		w.open("a", nil)
		if err := <-done; err != runtime.ErrClosed {
			t.Errorf("%v", err)
		}
	})
}
