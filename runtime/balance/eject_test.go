package balance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// saysNothing is the do of a peer that takes calls and never answers.
func saysNothing(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
	<-ctx.Done()
	return ctx.Err()
}

// breaks returns the do of a peer that breaks the connection of some calls.
func breaks(share float64) runtime.Func {
	return func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		if rand.Float64() < share {
			return runtime.Unavailable.Errorf("the connection was reset")
		}
		return Respond(out, new(runtime.Raw(`"ok"`)))
	}
}

// failures makes n calls, one each pause, with a deadline of a second each, and returns how
// many failed.
func failures(t *testing.T, b *Balancer, a *runtime.Action, n int, pause time.Duration) (failed int) {
	for range n {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if invoke(ctx, b, a) != nil {
			failed++
		}
		cancel()
		time.Sleep(pause)
	}
	return failed
}

// A peer that takes calls and says nothing costs one call at first, and then one now and then.
func TestEject_silent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		w.open("b", saysNothing)
		b := w.client(t, "a,b")
		if n := failures(t, b, &plain, 20, 0); n > 1 {
			t.Errorf("%d of the first 20 calls failed, want 1 at most", n)
		}
		if n := failures(t, b, &plain, 600, 100*time.Millisecond); n < 3 || n > 15 {
			t.Errorf("%d of 600 calls in a minute failed, want a few", n)
		}
		w.open("b", nil)
		time.Sleep(11 * time.Second)
		failures(t, b, &plain, 10, 100*time.Millisecond)
		w.count("b")
		failures(t, b, &plain, 100, 0)
		if n, _ := w.count("b"); n < 20 {
			t.Errorf("b answers again, and got %d of 100 calls", n)
		}
	})
}

// Each sign counts, and an error that the peer answers is none.
func TestEject_signs(t *testing.T) {
	refuses := func(context.Context, *runtime.Request, runtime.Responder) error {
		return &runtime.Error{Code: 7, Message: "no such thing"}
	}
	for _, tt := range []struct {
		name     string
		do       runtime.Func
		min, max int // how many of 400 calls b gets
	}{
		{"answers", nil, 150, 250},
		{"answers errors", refuses, 150, 250},
		{"breaks one connection in fifty", breaks(.02), 100, 250},
		{"breaks half of the connections", breaks(.5), 2, 80},
		{"breaks every connection", breaks(1), 2, 40},
		{"says nothing", saysNothing, 2, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTown("a", "b")
				w.open("b", tt.do)
				b := w.client(t, "a,b")
				failures(t, b, &plain, 400, 100*time.Millisecond)
				if n, _ := w.count("b"); n < tt.min || n > tt.max {
					t.Errorf("b got %d of 400 calls, want %d to %d", n, tt.min, tt.max)
				}
			})
		})
	}
}

// At most half of the peers are ejected, and never the last one that is well.
func TestEject_bound(t *testing.T) {
	for n := 1; n <= 7; n++ {
		synctest.Test(t, func(t *testing.T) {
			var addrs string
			w := newTown()
			for i := range n {
				addr := fmt.Sprint("p", i)
				w.open(addr, saysNothing)
				addrs += "," + addr
			}
			b := w.client(t, addrs[1:])
			for range 20 {
				failures(t, b, &plain, n, 0)
				out := 0
				for _, p := range *b.backends.Load() {
					if p.health.Load().state == ejected {
						out++
					}
				}
				if most := (n + 1) / 2; out > most || out == n {
					t.Fatalf("%d of %d peers are ejected", out, n)
				}
			}
		})
	}
}

// Callers in a hurry say nothing about a peer that answers others meanwhile, nor do callers
// that leave.
func TestEject_notThePeersFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		b := w.client(t, "a,b")
		stop, cancel := context.WithCancel(t.Context())
		var others atomic.Int64
		for range 4 {
			go func() {
				for stop.Err() == nil {
					invokeFor(stop, b, &plain, 20*time.Millisecond)
					others.Add(1)
				}
			}()
		}
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			if err := invokeFor(ctx, b, &plain, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			invokeFor(ctx, b, &plain, time.Hour)
		}
		cancel()
		synctest.Wait()
		for _, p := range *b.backends.Load() {
			if s := p.health.Load().state; s != well {
				t.Errorf("%v is in state %d", p, s)
			}
		}
		if others.Load() < 100 {
			t.Errorf("only %d other calls", others.Load())
		}
	})
}

// Hedging hides a silent peer from callers, but not from the balancer.
func TestEject_hedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		w.open("b", saysNothing)
		b := w.client(t, "a,b", func(c *runtime.Client) { c.Hedge = 50 * time.Millisecond })
		failures(t, b, &idempotent, 100, 100*time.Millisecond)
		if n, _ := w.count("b"); n < 1 || n > 20 {
			t.Errorf("b got %d calls", n)
		}
	})
}
