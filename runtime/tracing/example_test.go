package tracing_test

import (
	"context"
	"fmt"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/tracing"
)

// A service that makes no spans still passes a trace on to the services that it calls.
func Example() {
	t := new(tracing.Tracing)
	called := func(_ context.Context, req *runtime.Request, out runtime.Responder) error {
		keys, err := req.Extra.AppendJSON(nil)
		fmt.Printf("%s\n", keys)
		return err
	}
	calls := runtime.Intercept(called, t.Client)
	mux := new(runtime.Mux)
	mux.Use(t.Server)
	mux.Handle(&runtime.Action{Name: "first"}, func(ctx context.Context, _ *runtime.Request, out runtime.Responder) error {
		return calls(ctx, &runtime.Request{Action: "second"}, out)
	})

	mux.Serve(context.Background(), &runtime.Request{
		Action:   "first",
		Envelope: new(runtime.Raw(`{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`)),
	}, runtime.ResponderFunc(func(runtime.Message) error { return nil }))
	// Output:
	// {"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
}
