package tpp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// A panic ends its own call only, wherever it happens: every other call of the connection
// gets its answer.
func TestServer_panicsAmongOthers(t *testing.T) {
	const n = 1000
	internal := `{"id":%d,"code":1,"body":{"error":"internal error"},"reason":"internal"}`
	kinds := []struct {
		action, token string
		want          []string
	}{
		{"panic", "s3cret", []string{internal}},
		{"inside", "s3cret", []string{internal}},
		{"outside", "s3cret", []string{internal}},
		{"encode", "s3cret", []string{internal}},
		{"fail", "s3cret", []string{internal}},
		{"exit", "s3cret", []string{internal}},
		{"double", "odd", []string{internal}},
		{"middle", "s3cret", []string{`{"id":%d,"code":0,"more":true,"body":{"n":1}}`, internal}},
		{"null", "s3cret", []string{`{"id":%d,"code":0,"more":true,"body":{"n":0}}`, `{"id":%d,"code":0}`}},
		{"wait", "s3cret", []string{`{"id":%d,"code":0,"body":{"wait":{"n":1}}}`}},
	}
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
			s.Log = slog.New(slog.NewTextHandler(&logged, nil))
			s.Interceptors = append(s.Interceptors, func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
				if req.Action == "outside" {
					panic("around the check of the token")
				}
				return next(ctx, req, out)
			})
			s.Auth = func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
				if c.Token == "odd" {
					panic("in the check of the token")
				}
				return auth(ctx, c)
			}
		})
		mux := s.Handler.(*runtime.Mux)
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			if req.Action == "inside" {
				panic("around the handler")
			}
			return next(ctx, req, out)
		})
		handle := func(name string, f runtime.Func) { mux.Handle(&runtime.Action{Name: name}, f) }
		handle("inside", func(context.Context, *runtime.Request, runtime.Responder) error { return nil })
		handle("encode", func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
			return out.Respond(new(volatile))
		})
		handle("fail", func(context.Context, *runtime.Request, runtime.Responder) error {
			return &runtime.Error{Code: 5, Body: new(volatile)}
		})
		handle("exit", func(context.Context, *runtime.Request, runtime.Responder) error {
			goruntime.Goexit()
			return nil
		})
		actionMiddle := runtime.Action{Name: "middle", Reply: runtime.Bare, Stream: true}
		mux.Handle(&actionMiddle, stub.Stream(&actionMiddle, func(context.Context, *Number) iter.Seq2[Number, error] {
			return func(yield func(Number, error) bool) {
				yield(Number{1}, nil)
				panic("in the middle")
			}
		}))

		c := s.dial(t)
		defer c.Close()
		go func() {
			for id := 1; id <= n; id++ {
				kind := kinds[id%len(kinds)]
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":%q,"token":%q,"body":{"n":1}}`, id, kind.action, kind.token)))
				if id%100 == 0 {
					io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"s3cret","body":{"n":%d}}`, n+id, id)))
				}
			}
		}()
		got := make(map[uint64][]string)
		want := make(map[uint64][]string)
		for id := uint64(1); id <= n; id++ {
			for _, text := range kinds[id%uint64(len(kinds))].want {
				want[id] = append(want[id], fmt.Sprintf(text, id))
			}
			if id%100 == 0 {
				want[n+id] = []string{fmt.Sprintf(`{"id":%d,"code":0,"body":{"double":{"n":%d}}}`, n+id, 2*id)}
			}
		}
		f := &frameReader{src: c, limit: 1 << 20}
		for left := len(want); left > 0; {
			text := read(t, f)
			var id uint64
			if _, err := fmt.Sscanf(text, `{"id":%d,`, &id); err != nil {
				t.Fatalf("%s, with %d calls left", text, left)
			}
			got[id] = append(got[id], text)
			if !strings.Contains(text, `"more":true`) {
				left--
			}
		}
		for id := range want {
			if !slices.Equal(got[id], want[id]) {
				t.Errorf("%q, want %q", got[id], want[id])
			}
		}
		if got, want := strings.Count(logged.String(), "level=ERROR msg=panic"), n*8/len(kinds); got != want {
			t.Errorf("%d panics in the log, want %d", got, want)
		}
	})
}
