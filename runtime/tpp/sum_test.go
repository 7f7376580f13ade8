package tpp

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file holds what a generator would make of a small contract: numbers are
// the only messages.

// A Number is {"n": 5}.
type Number struct{ N int64 }

func (v *Number) DecodeJSON(d *codec.Decoder) {
	*v = Number{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "n":
			seen = d.Seen(seen, 0)
			v.N = d.Int64()
		default:
			d.Skip()
		}
	}
	d.Require(at, seen, "n")
}

func (v Number) AppendJSON(b []byte) ([]byte, error) {
	return append(strconv.AppendInt(append(b, `{"n":`...), v.N, 10), '}'), nil
}

var (
	actionDouble = runtime.Action{Name: "double", Idempotent: true}
	actionBare   = runtime.Action{Name: "bare", Reply: runtime.Bare, NoAuth: true}
	actionCount  = runtime.Action{Name: "count", Reply: runtime.Bare, Stream: true, Ack: `"ok"`}
	actionNull   = runtime.Action{Name: "null", Reply: runtime.Bare, Stream: true, End: runtime.EndNull}
	actionWait   = runtime.Action{Name: "wait"}
	actionPanic  = runtime.Action{Name: "panic"}
	actionTicks  = runtime.Action{Name: "ticks", Reply: runtime.Bare, Stream: true, End: runtime.EndNever}
	errTooLarge  = runtime.NewError(runtime.ErrorInfo{Code: 2, Name: "TooLarge", Message: "the number is too large"})
)

func double(ctx context.Context, req *Number) (*Number, error) {
	if req.N > 1000 {
		return nil, errTooLarge.Errorf("the number is too large: %d", req.N)
	}
	return &Number{2 * req.N}, nil
}

func count(ctx context.Context, req *Number) iter.Seq2[Number, error] {
	return func(yield func(Number, error) bool) {
		for i := range req.N {
			if i == 1000 {
				yield(Number{}, errTooLarge)
				return
			}
			if !yield(Number{i}, nil) {
				return
			}
		}
	}
}

// wait waits for n seconds, or for the end of its context.
func wait(ctx context.Context, req *Number) (*Number, error) {
	if !pass(ctx, req.N) {
		return nil, ctx.Err()
	}
	return req, nil
}

// pass waits for n seconds, and reports whether ctx has lasted. Where many goroutines of
// one synctest bubble look at channels of timers that are over already, the race
// detector of Go 1.26 crashes; so none is used if there's nothing to wait for.
func pass(ctx context.Context, n int64) bool {
	if n <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(n) * time.Second):
		return true
	}
}

// ticks yields a number every n seconds.
func ticks(ctx context.Context, req *Number) iter.Seq2[Number, error] {
	return func(yield func(Number, error) bool) {
		for i := int64(0); ; i++ {
			if !pass(ctx, req.N) {
				yield(Number{}, ctx.Err())
				return
			}
			if !yield(Number{i}, nil) {
				return
			}
		}
	}
}

func newMux() *runtime.Mux {
	mux := new(runtime.Mux)
	mux.Handle(&actionDouble, stub.Unary(&actionDouble, double))
	mux.Handle(&actionBare, stub.Unary(&actionBare, double))
	mux.Handle(&actionCount, stub.Stream(&actionCount, count))
	mux.Handle(&actionNull, stub.Stream(&actionNull, count))
	mux.Handle(&actionWait, stub.Unary(&actionWait, wait))
	mux.Handle(&actionTicks, stub.Stream(&actionTicks, ticks))
	mux.Handle(&actionPanic, stub.Unary(&actionPanic, func(context.Context, *Number) (*Number, error) {
		panic("a secret of the handler")
	}))
	return mux
}

// auth knows the token of the recorded conversations.
func auth(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
	if c.Token != "s3cret" {
		return runtime.Principal{}, runtime.BadCredentials
	}
	return runtime.Principal{Name: "ci"}, nil
}

// kind returns how a call ended: the reason of its error, or else the code.
func kind(err error) string {
	if r := runtime.ReasonOf(err); r != "" {
		return string(r)
	}
	return runtime.CodeOf(err).String()
}
