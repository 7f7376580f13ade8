package tpp

import (
	"context"
	"iter"
	"net"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file tests when the items of a stream are written, and what they cost.

// An item is written at once if its handler then waits: it needs neither another item nor
// a timer.
func TestStream_itemBeforeWaiting(t *testing.T) {
	for _, classic := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			next := make(chan int64)
			s := serve(t, runtime.Limits{})
			slowly := runtime.Action{Name: "slowly", Reply: runtime.Bare, Stream: true}
			s.Handler.(*runtime.Mux).Handle(&slowly, stub.Stream(&slowly, func(context.Context, *Number) iter.Seq2[Number, error] {
				return func(yield func(Number, error) bool) {
					for n := range next {
						if !yield(Number{n}, nil) {
							return
						}
					}
				}
			}))
			c := s.client(t)
			c.Wire = Wire{Classic: classic}
			began := time.Now()
			go func() { next <- 0 }()
			want := int64(0)
			for item, err := range stub.InvokeStream[Number](t.Context(), c.Do, &slowly, &Number{}, nil) {
				if err != nil || item.N != want {
					t.Fatalf("item %v, %v, want %d", item, err, want)
				}
				if took := time.Since(began); took != 0 {
					t.Errorf("item %d took %v", want, took)
				}
				if want++; want == 3 {
					close(next)
					continue
				}
				go func() { next <- want }()
			}
			if want != 3 {
				t.Errorf("%d items", want)
			}
		})
	}
}

// Items that come faster than they are written share writes.
func TestStream_writesPerItem(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes who runs when")
	}
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &countedListener{Listener: tcp}
	c := connectTo(t, l)
	const all, most = 25_600, 0.02
	l.writes.Store(0)
	got := 0
	for _, err := range stub.InvokeStream[Text](t.Context(), c.Do, &actionFlood, &Text{strings.Repeat("x", 20)}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got == all {
			break
		}
	}
	if writes := float64(l.writes.Load()) / all; writes > most {
		t.Errorf("%.3f writes for each item, want at most %v", writes, most)
	}
}

// An item allocates itself and one copy for all its strings, and nothing on the server.
func TestStream_allocationsPerItem(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget on purpose")
	}
	c := loopback(t)
	next, stop := iter.Pull2(stub.InvokeStream[Text](t.Context(), c.Do, &actionFlood, &Text{strings.Repeat("x", 20)}, nil))
	defer stop()
	var failed atomic.Bool
	got := testing.AllocsPerRun(10_000, func() {
		if _, err, ok := next(); err != nil || !ok {
			failed.Store(true)
		}
	})
	if failed.Load() {
		t.Fatal("the stream failed")
	}
	if got > 2 {
		t.Errorf("%v allocations for each item, want at most 2", got)
	}
}
