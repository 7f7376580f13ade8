package tpp

import (
	"context"
	"fmt"
	"iter"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// A Text is a JSON string, for messages of any size.
type Text struct{ S string }

func (v *Text) DecodeJSON(d *codec.Decoder) { v.S = d.String() }

func (v Text) AppendJSON(b []byte) ([]byte, error) { return codec.AppendString(b, v.S), nil }

var actionEcho = runtime.Action{Name: "echo"}

var actionFlood = runtime.Action{Name: "flood", Stream: true, Reply: runtime.Bare}

// flood yields a text again and again.
func flood(_ context.Context, t *Text) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		for yield(*t, nil) {
		}
	}
}

// loopback returns a client of a server that echoes and repeats, over TCP.
func loopback(tb testing.TB) *runtime.Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return connectTo(tb, l)
}

// connectTo returns a client of such a server, which listens at l.
func connectTo(tb testing.TB, l net.Listener) *runtime.Client {
	mux := new(runtime.Mux)
	mux.Handle(&actionFlood, stub.Stream(&actionFlood, flood))
	mux.Handle(&actionEcho, stub.Unary(&actionEcho, func(_ context.Context, t *Text) (*Text, error) { return &Text{t.S}, nil }))
	s := &runtime.Server{Wire: Wire{}, Handler: mux, Auth: auth}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	c := watched(&runtime.Client{Wire: Wire{}, Addr: l.Addr().String(), Token: "s3cret"})
	tb.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return c
}

// A unary call allocates three times on the client's side (its result, what
// Invoke needs, and the copy that the strings of the answer share) and seven
// times on the server's.
func TestClient_allocations(t *testing.T) {
	c := loopback(t)
	msg := &Text{strings.Repeat("x", 100)}
	echo := func() {
		if _, err := stub.Invoke[Text](context.Background(), c.Do, &actionEcho, msg, nil); err != nil {
			t.Error(err)
		}
	}
	for range 100 {
		echo()
	}
	// A buffer more or less is lost to the garbage collector now and then, and
	// the race detector makes pools forget on purpose.
	if n := testing.AllocsPerRun(1000, echo); n > 11 && !raceEnabled {
		t.Errorf("%v allocations for a call, on both sides", n)
	}
}

func BenchmarkUnary(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 64 << 10} {
		for _, callers := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("%dB/%d", size, callers), func(b *testing.B) {
				c := loopback(b)
				msg := &Text{strings.Repeat("x", size)}
				echo := func() error {
					_, err := stub.Invoke[Text](context.Background(), c.Do, &actionEcho, msg, nil)
					return err
				}
				if err := echo(); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.ResetTimer()
				var left atomic.Int64
				left.Store(int64(b.N))
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							if err := echo(); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// BenchmarkStream measures the items of streams that are read as fast as they come.
func BenchmarkStream(b *testing.B) {
	for _, size := range []int{20, 1 << 10, 60 << 10} {
		for _, streams := range []int{1, 16} {
			b.Run(fmt.Sprintf("%dB/%d", size, streams), func(b *testing.B) {
				c := loopback(b)
				msg := &Text{strings.Repeat("x", size)}
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for range streams {
					wg.Go(func() {
						left := b.N/streams + 1
						for item, err := range stub.InvokeStream[Text](context.Background(), c.Do, &actionFlood, msg, nil) {
							if err != nil || len(item.S) != size {
								b.Error(err)
								return
							}
							if left--; left <= 0 {
								break
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// BenchmarkClassic measures calls that have a connection each.
func BenchmarkClassic(b *testing.B) {
	c := loopback(b)
	call := func() error {
		_, err := stub.Invoke[Text](context.Background(), endpoints(c)[0].lone, &actionEcho, &Text{"x"}, nil)
		return err
	}
	if err := call(); err != nil { // its connection is kept, all others aren't
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
}
