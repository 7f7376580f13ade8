package observe_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/observe"
)

// Log and count the calls of a service.
func Example() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "took" {
			return slog.Attr{}
		}
		return a
	}}))
	stats := new(observe.Stats)
	mux := new(runtime.Mux)
	mux.Use((&observe.Log{Logger: log}).Server, observe.Server(stats))
	mux.Handle(&runtime.Action{Name: "greet"}, func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		return runtime.Errorf(10, "no name to greet")
	})

	mux.Serve(context.Background(), &runtime.Request{Action: "greet"}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
	for _, c := range stats.Counts() {
		fmt.Println(c.Action, "ended with", c.Code, c.Calls, "times")
	}
	// Output:
	// level=WARN msg="call served" action=greet code=10
	// greet ended with 10 1 times
}
