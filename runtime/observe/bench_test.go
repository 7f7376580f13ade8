package observe

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

// The time that interceptors of this package add to a call.
func BenchmarkInterceptors(b *testing.B) {
	info := slog.New(slog.NewJSONHandler(io.Discard, nil))
	off := slog.New(slog.DiscardHandler)
	for _, bm := range []struct {
		name string
		i    runtime.Interceptor
	}{
		{"log", (&Log{Logger: info, PerSecond: -1}).Server},
		{"sampled log", (&Log{Logger: info, Every: 100}).Server},
		{"log that is off", (&Log{Logger: off}).Server},
		{"stats", Server(new(Stats))},
	} {
		b.Run(bm.name, func(b *testing.B) {
			req := &runtime.Request{Action: "add", Info: &runtime.Action{Name: "add"}}
			next := func(context.Context, *runtime.Request, runtime.Responder) error { return nil }
			b.ReportAllocs()
			for b.Loop() {
				bm.i(b.Context(), req, discard, next)
			}
		})
	}
}
