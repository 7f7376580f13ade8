package balance

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestDo_hedges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hedge = 50 * time.Millisecond
		errOdd := runtime.Errorf(7, "odd")
		var slow atomic.Bool
		var cancelled atomic.Int64
		w := newTown()
		w.open("a", func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
			switch {
			case req.Action == "odd":
				return errOdd
			case !slow.Load():
				return nil
			}
			<-ctx.Done()
			cancelled.Add(1)
			return ctx.Err()
		})
		w.open("b", func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
			if req.Action == "odd" {
				return errOdd
			}
			return out.Respond(new(runtime.Raw(`1`)))
		})
		c := w.client(t, "a,b", func(c *runtime.Client) { c.Hedge = hedge })
		for range 100 { // earn second attempts
			if err := invoke(t.Context(), c, &idempotent); err != nil {
				t.Error(err)
			}
		}
		slow.Store(true)
		late := 0
		for range 5 {
			began := time.Now()
			var got string
			err := c.Do(t.Context(), &runtime.Request{Info: &idempotent}, runtime.ResponderFunc(func(m runtime.Message) error {
				b, err := m.AppendJSON(nil)
				got = string(b)
				return err
			}))
			if got != "1" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
			switch took := time.Since(began); took {
			case 0:
			case hedge:
				late++
			default:
				t.Errorf("it took %v", took)
			}
		}
		if n := cancelled.Load(); n != int64(late) {
			t.Errorf("%d calls were late, %d first attempts were cancelled", late, n)
		}
		odd := runtime.Action{Name: "odd", Idempotent: true}
		if err := invoke(t.Context(), c, &odd); !errors.Is(err, errOdd) {
			t.Errorf("an error is an answer: %v", err)
		}
		w.shut("b")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := invoke(ctx, c, &idempotent); runtime.ReasonOf(err) != runtime.DeadlineExceeded {
			t.Errorf("with a deadline: %v", err)
		}
	})
}

// The second attempt goes to another peer, however many calls that has.
func TestDo_hedgesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown()
		w.open("a", func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
			<-ctx.Done()
			return ctx.Err()
		})
		w.open("b", func(context.Context, *runtime.Request, runtime.Responder) error { return nil })
		c := w.client(t, "a,b", func(c *runtime.Client) { c.Hedge = time.Second })
		c.hedges.earned.Store(hedgeCost)
		busy := &(*c.backends.Load())[1].calls
		busy.Add(10)
		defer busy.Add(-10)
		began := time.Now()
		if err := invoke(t.Context(), c, &idempotent); err != nil || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// Calls that aren't idempotent are made once, and so are streams.
func TestDo_hedgesIdempotentUnaryCallsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown("a", "b")
		c := w.client(t, "a,b", func(c *runtime.Client) { c.Hedge = time.Millisecond })
		for range 100 {
			invoke(t.Context(), c, &idempotent)
		}
		for _, a := range []*runtime.Action{&plain, &stream} {
			w.count("a")
			w.count("b")
			if err := invokeFor(t.Context(), c, a, time.Second); err != nil {
				t.Error(err)
			}
			na, _ := w.count("a")
			if nb, _ := w.count("b"); na+nb != 1 {
				t.Errorf("%s was made %d times", a.Name, na+nb)
			}
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
