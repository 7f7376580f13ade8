package tpp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/tpp"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// Whatever goes wrong, a peer gets the answer that errors.txt has, byte by byte.
func TestServer_errors(t *testing.T) {
	wiretest.Each(t, transcript("errors.txt"), func(t *testing.T, c *wiretest.Conversation) {
		synctest.Test(t, func(t *testing.T) {
			l := wiretest.Listen()
			ctx, cancel := context.WithCancel(t.Context())
			server := &runtime.Server{
				Wire:    tpp.Wire{},
				Handler: failing(),
				Auth:    auth.Plain(map[string]string{"test": "s3cret"}),
				Authorize: func(_ context.Context, _ runtime.Principal, a *runtime.Action) error {
					if a.Name == "denied" {
						return errors.New("the test is on leave")
					}
					return nil
				},
			}
			ended := make(chan error)
			go func() { ended <- server.Serve(ctx, l) }()
			conn, err := l.Dial()
			if err != nil {
				t.Fatal(err)
			}
			go say(conn, c, wiretest.Client, false)
			want := c.Sent(wiretest.Server)
			got := make([]byte, len(want))
			n, err := io.ReadFull(conn, got)
			conn.SetReadDeadline(time.Now().Add(time.Second))
			if more, _ := io.ReadAll(conn); string(got) != string(want) || len(more) > 0 {
				t.Errorf("answer\n%q, %v\nwant\n%q", string(got[:n])+string(more), err, want)
			}
			conn.Close()
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	})
}

// failing returns the service of errors.txt.
func failing() *runtime.Mux {
	errTooLarge := runtime.NewError(runtime.ErrorInfo{Code: 2, Name: "TooLarge", Message: "the number is too large"})
	mux := new(runtime.Mux)
	double := &runtime.Action{Name: "double"}
	mux.Handle(double, stub.Unary(double, func(_ context.Context, n *natural) (*natural, error) {
		return nil, errTooLarge.Errorf("the number is too large: %d", *n)
	}))
	for name, err := range map[string]error{
		"unimplemented": stub.Unimplemented(&runtime.Action{Name: "unimplemented"}),
		"denied":        nil,
		"leaving":       fmt.Errorf("pod 7 is evicted: %w", runtime.GoingAway.Errorf("draining")),
		"private":       errors.New("pq: password authentication failed for user admin"),
		"data":          errTooLarge.WithData(raw(`{"most":1000}`)),
		"words":         runtime.Errorf(7, "seven"),
		"body":          &runtime.Error{Code: 1, Message: "it went wrong", Body: raw(`{"body":"error","error":"it went wrong"}`)},
	} {
		mux.Handle(&runtime.Action{Name: name}, func(context.Context, *runtime.Request, runtime.Responder) error { return err })
	}
	mux.Handle(&runtime.Action{Name: "panic"}, func(context.Context, *runtime.Request, runtime.Responder) error { panic("at the disco") })
	mux.Handle(&runtime.Action{Name: "wait"}, func(ctx context.Context, _ *runtime.Request, _ runtime.Responder) error {
		<-ctx.Done()
		return fmt.Errorf("waiting for 10.0.0.7: %w", ctx.Err())
	})
	return mux
}

// A natural is {"n": 5}.
type natural int64

func (v *natural) DecodeJSON(d *codec.Decoder) {
	for d.Object(); d.Member(); {
		*v = natural(d.Int64())
	}
}

func (v natural) AppendJSON(b []byte) ([]byte, error) { return fmt.Appendf(b, `{"n":%d}`, v), nil }
