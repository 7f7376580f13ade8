package runtime_test

import (
	"context"
	"iter"
	"regexp"
	"strconv"

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

// A User is the envelope: {"user": "ann"}.
type User struct{ Name string }

func (v *User) DecodeJSON(d *codec.Decoder) {
	*v = User{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "user":
			seen = d.Seen(seen, 0)
			v.Name = d.String()
		default:
			d.Skip()
		}
	}
	d.Require(at, seen, "user")
}

func (v User) AppendJSON(b []byte) ([]byte, error) {
	return append(codec.AppendString(append(b, `{"user":`...), v.Name), '}'), nil
}

var (
	actionDouble = runtime.Action{Name: "double", Idempotent: true}
	actionCount  = runtime.Action{Name: "count", Reply: runtime.Bare, Stream: true, Ack: `"ok"`}
	actionBare   = runtime.Action{Name: "bare", Reply: runtime.Bare}
	actionNamed  = runtime.Action{Name: "named", Reply: runtime.Key("number")}
	actionFrom   = runtime.Action{Name: "from", Reply: runtime.KeyFrom("key")}
	errTooLarge  = runtime.NewError(runtime.ErrorInfo{Code: 2, Name: "TooLarge", Message: "the number is too large"})
	errNegative  = runtime.NewError(runtime.ErrorInfo{Code: 2, Name: "Negative", Message: "the number is negative", Match: regexp.MustCompile("negative")})
)

func double(ctx context.Context, req *Number) (*Number, error) {
	switch {
	case req.N > 1000:
		return nil, errTooLarge.Errorf("the number is too large: %d", req.N)
	case req.N < 0:
		return nil, errNegative
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

func newMux() *runtime.Mux {
	mux := new(runtime.Mux)
	mux.Handle(&actionDouble, stub.Unary(&actionDouble, double))
	mux.Handle(&actionBare, stub.Unary(&actionBare, double))
	mux.Handle(&actionNamed, stub.Unary(&actionNamed, double))
	mux.Handle(&actionCount, stub.Stream(&actionCount, count))
	return mux
}
