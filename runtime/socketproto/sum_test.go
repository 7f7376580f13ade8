package socketproto

import (
	"context"
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file is like generated code, for a small contract whose messages are numbers.

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
	actionDouble = runtime.Action{Name: "double"}
	actionPlain  = runtime.Action{Name: "plain", Reply: runtime.Bare, NoAuth: true, Wire: map[string]string{"socketproto": `{"service":10,"data":8,"plain":true}`}}
	actionCount  = runtime.Action{Name: "count", Reply: runtime.Bare, Stream: true}
	actionWait   = runtime.Action{Name: "wait"}
	actionBack   = runtime.Action{Name: "back"}
	errNegative  = runtime.NewError(runtime.ErrorInfo{Code: 13, Name: "Negative", Message: "the number is negative"})
)

func double(ctx context.Context, req *Number) (*Number, error) {
	if req.N < 0 {
		return nil, errNegative
	}
	return &Number{2 * req.N}, nil
}

func count(ctx context.Context, req *Number) iter.Seq2[Number, error] {
	return func(yield func(Number, error) bool) {
		for i := range req.N {
			if !yield(Number{i}, nil) {
				return
			}
		}
	}
}

// wait waits for n seconds, or for the end of its context.
func wait(ctx context.Context, req *Number) (*Number, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Duration(req.N) * time.Second):
		return req, nil
	}
}

// back asks its caller to double the number, and adds one.
func back(ctx context.Context, req *Number) (*Number, error) {
	n, err := invoke(ctx, ChannelOf(ctx).Do, &actionDouble, req.N)
	return &Number{n + 1}, err
}

func newMux() *runtime.Mux {
	mux := new(runtime.Mux)
	mux.Handle(&actionDouble, stub.Unary(&actionDouble, double))
	mux.Handle(&actionPlain, stub.Unary(&actionPlain, double))
	mux.Handle(&actionCount, stub.Stream(&actionCount, count))
	mux.Handle(&actionWait, stub.Unary(&actionWait, wait))
	mux.Handle(&actionBack, stub.Unary(&actionBack, back))
	return mux
}

func invoke(ctx context.Context, do runtime.Func, a *runtime.Action, n int64) (int64, error) {
	resp, err := stub.Invoke[Number](ctx, do, a, &Number{n}, nil)
	if err != nil {
		return 0, err
	}
	return resp.N, nil
}

// tokens accepts one token.
func tokens(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
	if c.Token != "s3cret" {
		return runtime.Principal{}, runtime.BadCredentials
	}
	return runtime.Principal{Name: "ann"}, nil
}

// standard frames messages as the zero Config does.
var standard = new(Config{}.orDefault(false))

// pair returns two channels that are connected. They end with the test.
func pair(t *testing.T, dialed, accepted Config) (d, a *Channel) {
	here, there := wiretest.Pipe()
	a = Accept(accepted, there)
	d = Open(dialed, here)
	t.Cleanup(func() {
		d.Close()
		a.Close()
		d.Wait()
		a.Wait()
	})
	return d, a
}

// serve runs a server until the test ends.
func serve(t *testing.T, srv *runtime.Server) *wiretest.Listener {
	l := wiretest.Listen()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- srv.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l
}
