package balance

import (
	"context"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

// A nothing is an Endpoint that performs calls by doing nothing.
type nothing struct{}

func (nothing) Do(context.Context, *runtime.Request, runtime.Responder) error { return nil }
func (nothing) Connect(context.Context) error                                 { return nil }
func (nothing) Close()                                                        {}

// BenchmarkDo measures what balancing adds to a call.
func BenchmarkDo(b *testing.B) {
	for _, addr := range []string{"a", "a,b,c"} {
		b.Run(addr, func(b *testing.B) {
			c := New(&runtime.Client{Addr: addr}, func(*Backend) Endpoint { return nothing{} })
			defer c.Close()
			req := &runtime.Request{Action: "plain"}
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Do(context.Background(), req, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
